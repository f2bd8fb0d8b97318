"""What became of the mails: the log, what failed for good, and the bounces that come back.

A mail is the notices that bear one Message-ID; they go out together, so they share state, tries and answer.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, Max, Min, QuerySet

from continuity.bounces import Bounce
from continuity.models import Notice
from registry.core import clock, dates

State = Notice.State


@dataclass(frozen=True)
class Mail:
    """One mail: the first of its notices stands for all, and how many they are."""

    notice: Notice
    number: int

    @property
    def is_failed(self) -> bool:
        return self.notice.state == State.FAILED

    @property
    def can_be_sent_again(self) -> bool:
        return self.notice.state in (State.FAILED, State.ASIDE)


def grouped(notices: QuerySet[Notice]) -> Any:
    """Return one row (`first`, `number`) for each mail among `notices`, the newest first."""
    mails = notices.exclude(message_id="").order_by().values("message_id")
    return mails.annotate(first=Min("pk"), number=Count("pk"), due=Max("due_at")).order_by("-due", "-first")


def mails(rows: Any) -> list[Mail]:
    """Return the mails of grouped rows. One query, however many there are."""
    rows = list(rows)
    notices = Notice.objects.select_related("user").in_bulk([row["first"] for row in rows])
    return [Mail(notices[row["first"]], row["number"]) for row in rows if row["first"] in notices]


def num_failed() -> int:
    """Return how many mails have failed for good and wait for somebody to look at them."""
    return Notice.objects.filter(state=State.FAILED).values("message_id").distinct().count()


def send_again(message_id: str) -> bool:
    """Queue a mail that had failed or was set aside once more, with all its tries. Return whether it was one."""
    rows = Notice.objects.filter(message_id=message_id, state__in=[State.FAILED, State.ASIDE])
    return bool(rows.update(state=State.QUEUED, attempts=0, leased_until=None, bounced_at=None))


def set_aside(message_id: str) -> bool:
    """Take a failed mail off the list of what needs care. Return whether it was there."""
    return bool(Notice.objects.filter(message_id=message_id, state=State.FAILED).update(state=State.ASIDE))


def take_bounce(bounce: Bounce) -> str:
    """Note a bounce on the mail it tells of and say what was done; LookupError where there is no such mail."""
    rows = Notice.objects.filter(message_id=bounce.message_id)
    if not rows.exists():
        raise LookupError(bounce.message_id)
    noted = {"error": bounce.told, "bounced_at": clock.now()}
    if bounce.is_final:
        noted["state"] = State.FAILED
    if not rows.filter(state=State.SENT).update(**noted):
        state = rows.values_list("state", flat=True)[0]
        return f"Mail {bounce.message_id} is {State(state).name.lower()}, not sent; nothing was changed."
    said = f"Mail {bounce.message_id}: {bounce.sort}, {bounce.told}."
    return f"{said} It did not arrive." if bounce.is_final else f"{said} It is still on its way."


def moment(at: datetime | None) -> str:
    """Write a moment in UTC: “13 March 2021, 06:00”; "" without one."""
    return f"{dates.display_day(at.astimezone(UTC).date())}, {at.astimezone(UTC):%H:%M}" if at else ""
