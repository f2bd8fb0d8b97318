"""A mail server that keeps what it accepts and misbehaves as it is told.

    python -m tests.survival.sink FOLDER PORT

`FOLDER/mails` gets one file for each accepted mail, on the disk before the sender hears of it. `FOLDER/manners.json`
says how the mails to an address are treated, one manner for each try; the mails to all others, and those after the last
manner, are accepted.
"""

import asyncio
import email.policy
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller, UnthreadedController

MANNERS = {
    "421": "closes for everybody when it hears the recipient",
    "450": "puts the recipient off",
    "550": "refuses the recipient for good",
    "451 text": "puts the mail off when it has heard it",
    "554 text": "refuses the mail for good when it has heard it",
    "hang": "never answers to the mail, and does not keep it",
    "drop": "hangs up after the mail, and does not keep it",
    "keep and drop": "keeps the mail and hangs up without an answer",
    "keep and hang": "keeps the mail and never answers",
    "keep and die": "keeps the mail, and the whole server is gone",
}


@dataclass(frozen=True)
class Kept:
    """An accepted mail."""

    message: EmailMessage
    raw: bytes

    @property
    def to(self) -> str:
        return str(self.message["To"])

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])


class Sink:
    """The handler of aiosmtpd."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("mails", "tries"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self.tries: dict[str, int] = {}
        self.last = 0

    def behave(self, **manners: str | Sequence[str]) -> None:
        """Treat the mails to `name`@example.org so, one manner for each try."""
        wrong = {one for many in manners.values() for one in as_list(many)} - MANNERS.keys()
        assert not wrong, f"{wrong} are no manners; there are {list(MANNERS)}"
        told = {f"{name}@example.org": as_list(many) for name, many in manners.items()}
        new = self.folder / "manners.new"
        new.write_text(json.dumps(told))
        new.rename(self.folder / "manners.json")

    def kept(self) -> list[Kept]:
        """Return the accepted mails in the order in which they were accepted."""
        raw = [path.read_bytes() for path in sorted((self.folder / "mails").glob("*.eml"))]
        return [Kept(read(one), one) for one in raw]

    def number(self) -> int:
        return sum(1 for name in os.listdir(self.folder / "mails") if name.endswith(".eml"))

    def _manner(self, address: str, try_number: int) -> str:
        path = self.folder / "manners.json"
        manners = json.loads(path.read_text()).get(address, []) if path.exists() else []
        return manners[try_number] if try_number < len(manners) else "accept"

    def tried(self, name: str) -> int:
        """Return how often a mail to `name`@example.org has come as far as its text."""
        path = self.folder / "tries" / name
        return len(path.read_text()) if path.exists() else 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        number = self.tries.get(address, 0)
        self.tries[address] = number + 1
        session.manner = self._manner(address, number)
        if session.manner in ("421", "450", "550"):
            return f"{session.manner} as told"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        manner = session.manner
        if manner in ("451 text", "554 text"):
            return manner
        if manner == "accept" or manner.startswith("keep"):
            self._keep(envelope.content)
        for address in envelope.rcpt_tos:
            with (self.folder / "tries" / address.partition("@")[0].replace("/", "_")[:99]).open("a") as file:
                file.write(".")
        if manner == "keep and die":
            os._exit(1)
        if manner.endswith("hang"):
            await asyncio.sleep(3600)
        if manner.endswith("drop"):
            server.transport.abort()
        return "250 OK"

    def _keep(self, content: bytes) -> None:
        self.last = max(self.last + 1, time.time_ns())
        path = self.folder / "mails" / f"{self.last}.part"
        with path.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        path.rename(path.with_suffix(".eml"))


def as_list(manners: str | Sequence[str]) -> list[str]:
    return [manners] if isinstance(manners, str) else list(manners)


def read(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.SMTP)
    assert isinstance(message, EmailMessage)
    return message


def in_thread(sink: Sink, port: int) -> Controller:
    """Return a server in a thread of this process, started."""
    server = Controller(sink, hostname="127.0.0.1", port=port)
    server.start()
    return server


def main(folder: str, port: str) -> None:
    loop = asyncio.new_event_loop()
    server = UnthreadedController(Sink(Path(folder)), hostname="127.0.0.1", port=int(port), loop=loop)
    server.begin()
    loop.run_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
