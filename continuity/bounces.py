"""Delivery status notifications (RFC 3464): what a mail server sends back when a mail did not arrive."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message

MOST = 10_000_000
"""No bounce is longer, in bytes; whatever is longer is none."""


WORST_FIRST = ("failed", "delayed")
"""The actions that tell of a mail that has not arrived; a notification may also report success."""


class NotABounce(ValueError):
    """What was read tells of no mail; the message says why."""


@dataclass(frozen=True)
class Bounce:
    """What one notification tells of one mail."""

    message_id: str
    status: str
    """Enhanced status code (RFC 3463): 5.x.x for good, 4.x.x for now."""
    action: str
    """`failed`: the server has given up. `delayed`: it goes on trying."""
    told: str

    @property
    def is_final(self) -> bool:
        """Whether the mail will not arrive: also one that could not be delivered for now until the server gave up."""
        return self.action == "failed"

    @property
    def sort(self) -> str:
        return "hard bounce" if self.status.startswith("5") else "soft bounce"


def read(raw: bytes) -> Bounce:
    """Read one notification as a mail server sends it. Raise NotABounce where it is none."""
    if not raw.strip():
        raise NotABounce("Nothing was read. Pipe one bounce to standard input.")
    if len(raw) > MOST:
        raise NotABounce(f"It is longer than {MOST} bytes, so it is no bounce.")
    report = message_from_bytes(raw)
    if report.get_content_type() != "multipart/report" or _report_type(report) != "delivery-status":
        raise NotABounce(
            f"It is {report.get_content_type()}, not multipart/report with report-type=delivery-status (RFC 3464)."
        )
    action, status, told = _of_recipient(report)
    if action not in WORST_FIRST:
        raise NotABounce(f"It reports “{action}”, not a failure.")
    return Bounce(_original_message_id(report), status, action, told)


def _report_type(report: Message) -> str:
    return str(report.get_param("report-type", "")).lower()


def _of_recipient(report: Message) -> tuple[str, str, str]:
    """Return action, status and what was told of the first recipient that was not reached."""
    found = []
    for block in _blocks(report):
        status = re.match(r"[245]\.\d{1,3}\.\d{1,3}\b", _field(block, "Status"))
        if status and (action := _field(block, "Action").lower()):
            told = [status[0], _value(block, "Final-Recipient"), _value(block, "Diagnostic-Code")]
            found.append((action, status[0], " ".join(filter(None, told))[:2000]))
    if not found:
        raise NotABounce("It has no part message/delivery-status with Action and Status of a recipient (RFC 3464).")
    return min(found, key=lambda one: WORST_FIRST.index(one[0]) if one[0] in WORST_FIRST else len(WORST_FIRST))


def _blocks(report: Message) -> Iterator[Message]:
    """Yield the blocks of header fields of the notification; the first is about the mail, the others of recipients."""
    for part in report.walk():
        if part.get_content_type() == "message/delivery-status" and part.is_multipart():
            yield from part.get_payload()  # type: ignore[misc]


def _original_message_id(report: Message) -> str:
    for part in report.walk():
        if part.get_content_type() == "text/rfc822-headers":
            part = message_from_bytes(part.get_payload(decode=True) or b"")  # type: ignore[arg-type]
        elif part is report:
            continue
        found = re.search(r"<[^<>\s]+>", _field(part, "Message-ID"))
        if found:
            return found[0]
    raise NotABounce("It does not return the header of the mail with its Message-ID, so the mail cannot be found.")


def _field(block: Message, name: str) -> str:
    """Return a header field as one line that a database can bear."""
    text = str(block.get(name, "")).encode("utf-8", "replace").decode()
    return " ".join(text.replace("\0", "").split())


def _value(block: Message, name: str) -> str:
    """Return what stands behind the type of a field: “smtp; 550 unknown” → “550 unknown”."""
    return _field(block, name).partition(";")[2].strip()
