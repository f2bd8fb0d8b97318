"""Notices: one row for each piece of news and person. The rows are the queue; Celery only rings.

A row is queued, then sending (held by one sender until `leased_until`), then sent or failed. Whoever claims a row does
so by one conditional update, so two senders at once make one mail; a sender that was killed loses its lease, and the
next one sends the same mail under the same Message-ID. Between the mail server's acceptance and our commit lies the
only moment in which a mail can go out twice.
"""

import smtplib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from email.utils import make_msgid
from logging import getLogger
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from continuity import mail
from continuity.models import Concern, Initiative, Notice, Subscription, Transition
from continuity.rules import State
from registry.core import clock

log = getLogger(__name__)

Every = Subscription.Every

WORSE = (State.DUE, State.OVERDUE, State.SYMBOLIC, State.DORMANT)
"""What a subscription without states of its own is told of."""

HOUR = time(6)
"""Digests are due at this hour in the reader's own time zone: weekly ones on Monday, monthly ones on the first."""

MOST_AT_ONCE = 5
"""More pieces of news than this, due at once for one person, become one digest."""

LEASE = timedelta(minutes=10)
"""How long a sender may take for one mail before another may try."""

ATTEMPTS = 27
"""Tries before a mail is given up: with the pauses of `pause` about five days, as mail servers have it."""


# Queueing ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class News:
    """One thing to tell: a transition or a concern. Late news waits for a digest even where it is asked for at once."""

    pair_id: str
    initiative_id: int | None
    late: bool
    transition: Transition | None = None
    concern: Concern | None = None
    state: str = ""


def queue(news: Sequence[News]) -> int:
    """Write a notice for each person who asked for each of these. Return how many.

    Whoever asked twice is told once, in the way that is soonest.
    """
    wishes = list(
        Subscription.objects.filter(active=True, user__is_active=True).exclude(user__email="").select_related("user")
    )
    fields = _fields_of(news) if any(wish.field_id for wish in wishes) else {}
    speeds = Every.values
    now = clock.now()
    rows = []
    for one in news:
        soonest: dict[int, tuple[str, Subscription]] = {}
        for wish in wishes:
            if wants(wish, one, fields.get(one.initiative_id, frozenset())):
                digest = digest_of(wish.every, one.late)
                known = soonest.get(wish.user_id)
                if known is None or speeds.index(digest) < speeds.index(known[0]):
                    soonest[wish.user_id] = digest, wish
        rows += [
            Notice(
                user=wish.user,
                subscription=wish,
                transition=one.transition,
                concern=one.concern,
                digest=digest,
                due_at=due_at(digest, wish.user.time_zone, now),
            )
            for digest, wish in soonest.values()
        ]
    Notice.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)  # told once of each, whatever happens
    return len(rows)


def digest_of(every: str, late: bool) -> str:
    """Return with which mail a wish is answered: what comes late waits for a digest though asked for at once."""
    return str(Every.WEEK) if late and every == Every.ONCE else every


def wants(wish: Subscription, news: News, fields: frozenset[int] = frozenset()) -> bool:
    """Say whether a subscription asks for this; `fields` are those of the initiative."""
    asked = wish.concerns if news.concern else news.state in (wish.states or WORSE)
    return asked and (
        (not wish.country_id or wish.country_id in news.pair_id.split("-"))
        and (not wish.pair_id or wish.pair_id == news.pair_id)
        and (not wish.field_id or wish.field_id in fields)
        and (not wish.initiative_id or wish.initiative_id == news.initiative_id)
    )


def _fields_of(news: Sequence[News]) -> dict[int | None, frozenset[int]]:
    ids = {one.initiative_id for one in news if one.initiative_id}
    found: dict[int | None, set[int]] = defaultdict(set)
    links = Initiative.fields.through.objects.filter(initiative__in=ids)
    for initiative_id, term_id in links.values_list("initiative_id", "term_id"):
        found[initiative_id].add(term_id)
    return {pk: frozenset(terms) for pk, terms in found.items()}


def due_at(digest: str, time_zone: str, now: datetime) -> datetime:
    """Return when the next mail of this kind goes out to somebody in `time_zone`, later than `now` unless at once."""
    if digest == Every.ONCE:
        return now
    try:
        zone: Any = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = UTC
    today = now.astimezone(zone).date()
    for ahead in range(33):
        day = today + timedelta(days=ahead)
        at = datetime.combine(day, HOUR, zone)
        if at > now and _is_day_of(digest, day):
            return at.astimezone(UTC)
    raise ValueError(f"{digest!r} is no digest; it is one of {', '.join(Every.values)}.")


def _is_day_of(digest: str, day: date) -> bool:
    return digest == Every.DAY or digest == Every.WEEK and day.weekday() == 0 or digest == Every.MONTH and day.day == 1


def withdraw(**of: Any) -> None:
    """Remove the notices that have not gone out and have nothing left to say."""
    Notice.objects.filter(state=Notice.State.QUEUED, **of).delete()


# Sending -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sent:
    """What became of the mails of one round."""

    sent: int = 0
    failed: int = 0
    put_back: int = 0


def send_notices() -> Sent:
    """Send every mail that is due. What another sender holds is left to it; what fails holds up no other mail.

    A mail server that does not answer ends the round: the rest waits, unclaimed, for the next one.
    """
    done = Sent()
    for group in _due():
        message_id = _claim(group)
        if not message_id:
            continue  # another sender got there first
        try:
            sent = _send(message_id)
        except Exception as error:
            failed, stop = _not_sent(message_id, error)
            done = replace(done, failed=done.failed + failed, put_back=done.put_back + (not failed))
            if stop:
                break
        else:
            done = replace(done, sent=done.sent + sent)
    return done


def _free(now: datetime) -> QuerySet[Notice]:
    """Return the notices that are due and held by nobody. Leases are real time, whatever day CLOCK names."""
    unheld = Q(leased_until=None) | Q(leased_until__lt=now)
    waiting = Notice.objects.filter(state__in=[Notice.State.QUEUED, Notice.State.SENDING])
    return waiting.filter(unheld, due_at__lte=clock.now())


def _due() -> Iterator[dict[str, Any]]:
    """Yield what is to be one mail, as a condition on notices.

    A mail that was tried keeps what it was made of. At-once news goes out one by one, as long as it is little.
    """
    waiting = _free(timezone.now())
    columns = ("user", "digest", "message_id")
    kinds = waiting.order_by(*columns).values_list(*columns).annotate(number=Count("pk"))
    for user, digest, message_id, number in kinds:
        kind: dict[str, Any] = {"user": user, "digest": digest, "message_id": message_id}
        if message_id:
            yield {"message_id": message_id}
        elif digest == Every.ONCE and number <= MOST_AT_ONCE:
            for pk in waiting.filter(**kind).order_by("pk").values_list("pk", flat=True):
                yield {"message_id": "", "pk": pk}
        else:
            yield kind


def _claim(group: dict[str, Any]) -> str:
    """Claim all of a group at once and return the Message-ID it bears from now on; "" where nothing was left of it."""
    now = timezone.now()
    message_id = group["message_id"] or make_msgid(domain=urlsplit(settings.SITE_URL).hostname)
    num_claimed = (
        _free(now)
        .filter(**group)
        .update(
            state=Notice.State.SENDING,
            message_id=message_id,
            leased_until=now + LEASE,
            attempts=F("attempts") + 1,
        )
    )
    return message_id if num_claimed else ""


def _send(message_id: str) -> bool:
    """Compose and send one claimed mail. Return whether there was anything left to say."""
    claimed = Notice.objects.filter(message_id=message_id)
    rows = list(claimed.select_related("user", "subscription", "transition", "concern").order_by("pk"))
    message = mail.compose(rows, message_id)
    if message is None:
        claimed.delete()
        return False
    message.send()
    claimed.update(state=Notice.State.SENT, sent_at=clock.now(), leased_until=None, error="")
    return True


def _not_sent(message_id: str, error: Exception) -> tuple[bool, bool]:
    """Put a mail back, or give it up. Return whether it was given up, and whether to end the round."""
    claimed = Notice.objects.filter(message_id=message_id)
    attempts = claimed.values_list("attempts", flat=True).first() or 0
    told = f"{type(error).__name__}: {error}"[:2000]
    if is_permanent(error) or attempts >= ATTEMPTS:
        log.error("Mail %s was given up after %s tries: %s", message_id, attempts, told)
        claimed.update(state=Notice.State.FAILED, leased_until=None, error=told)
        return True, False
    of_server = is_of_server(error)
    log.warning("Mail %s will be tried again: %s", message_id, told, exc_info=None if of_server else error)
    claimed.update(state=Notice.State.QUEUED, leased_until=timezone.now() + pause(attempts), error=told)
    return False, of_server


def pause(attempts: int) -> timedelta:
    """Return how long to wait after so many tries: a minute, then twice as long each time, at most six hours."""
    return timedelta(minutes=min(2 ** (attempts - 1), 360))


def is_permanent(error: Exception) -> bool:
    """Say whether the server has refused this recipient or this text for good (a 5xx).

    That it refuses us, our log-in or our sender address, is for the administrator to mend, and then the mail goes out.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _answer in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500


def is_of_server(error: Exception) -> bool:
    """Say whether the failure lies with the server or the way to it, so that the next mail would meet it too."""
    of_mail = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)
    return isinstance(error, OSError) and not isinstance(error, of_mail)  # every SMTPException is an OSError
