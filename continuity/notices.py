"""Notices: one row for each piece of news and person. The rows are the queue; Celery only rings.

A row is queued, then sending (held by one sender until `leased_until`), then sent or failed. Whoever claims a row does
so by one conditional update, so two senders at once make one mail; a sender that was killed loses its lease, and the
next one sends the same mail under the same Message-ID. Between the mail server's acceptance and our commit lies the
only moment in which a mail can go out twice.
"""

import smtplib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from email.utils import make_msgid
from logging import getLogger
from time import sleep
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import InterfaceError, OperationalError, connection
from django.db.models import Case, Count, F, Q, QuerySet, Value, When
from django.utils import timezone

from continuity import mail, sets
from continuity.models import Concern, Notice, Subscription, Transition
from continuity.rules import State
from registry.core import clock, jobs

log = getLogger(__name__)

Every = Subscription.Every

WORSE = (State.DUE, State.OVERDUE, State.SYMBOLIC, State.DORMANT)
"""What a subscription without states of its own is told of."""

HOUR = time(6)
"""Digests are due at this hour in the reader's own time zone: weekly ones on Monday, monthly ones on the first."""

MOST_AT_ONCE = 5
"""More pieces of news than this, due at once for one person, become one digest."""

LEASE = timedelta(minutes=10)
"""How long a sender may take for one mail before another may try. Each step of the dialogue with a slow server may
take EMAIL_TIMEOUT, half a minute: a shorter lease would send twice what is merely slow."""

WAITS = (1, 2, 4, 8, 16, 30, 30, 30)
"""Seconds between the tries to note that a mail was taken: two minutes, in which a crashed database has recovered."""

ATTEMPTS = 27
"""Tries before a mail is given up: with the pauses of `jobs.pause` about five days, as mail servers have it."""


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


def queue(of: str, news: str, params: Sequence[Any] = ()) -> int:
    """Write a notice for each person who asked for each piece of news. Return how many.

    Whoever asked twice is told once, in the way that is soonest. `news` is a query of the columns of `NEWS`, `of` says
    what it finds: "transition" or "concern". This is `wants` for all news and all wishes at once: change both or
    neither. A wish is first found by its topic, then asked in full.
    Called in a transaction, as it keeps the news in a table meanwhile.
    """
    timing = _timing()
    if not timing:
        return 0
    rows = ", ".join(["(%s, %s, %s, %s, %s, %s)"] * len(timing))
    sql = _WANTED.format(timing=rows, asked=_ASKED[of], awaited=_AWAITED[of], of=of)
    columns = (f"{of}_id", "user_id", "subscription_id", "digest", "due_at", "next_role")
    named = f"WITH told({', '.join(NEWS)}) AS ({news}) SELECT * FROM told"  # noqa: S608 - values are apart
    with sets.table("news", named, params):
        return sets.insert(Notice, columns, sql, [value for row in timing for value in row])


NEWS = ("id", "pair_id", "initiative_id", "state", "late")
"""What `queue` reads of each piece of news, in this order; `late` is 1 or 0."""


def flag(condition: Q) -> Case:
    """Return a condition as a column that holds 1 or 0."""
    return Case(When(condition, then=Value(1)), default=Value(0))


_WORSE = f"n.state IN ({', '.join(repr(str(state)) for state in WORSE)})"
_ASKED = {
    "concern": "w.concerns",
    "transition": f"(w.states = '[]' AND {_WORSE} OR w.states LIKE '%%\"' || n.state || '\"%%')",
}
_AWAITED = {"concern": "TRUE", "transition": _WORSE}
_WANTED = """
WITH timing(every, time_zone, late, place, digest, due_at) AS (VALUES {timing}),
told_by(topic, id, pair_id, initiative_id, state, late) AS MATERIALIZED (
    SELECT '', n.* FROM news n UNION ALL SELECT 'initiative ' || initiative_id, n.* FROM news n
    UNION ALL SELECT 'field ' || f.term_id, n.*
        FROM news n JOIN continuity_initiative_fields f ON f.initiative_id = n.initiative_id
    UNION ALL SELECT 'pair ' || pair_id, n.* FROM news n
    UNION ALL SELECT 'country ' || p.a_id, n.* FROM news n JOIN core_pair p ON p.ref = n.pair_id
    UNION ALL SELECT 'country ' || p.b_id, n.* FROM news n JOIN core_pair p ON p.ref = n.pair_id
), wish AS MATERIALIZED (
    SELECT s.id, s.user_id, t.late, t.place, t.digest, t.due_at, CAST(s.states AS text) AS states, s.concerns,
        s.country_id, s.pair_id, s.field_id, s.initiative_id,
        CASE WHEN s.initiative_id IS NOT NULL THEN 'initiative ' || s.initiative_id
            WHEN s.field_id IS NOT NULL THEN 'field ' || s.field_id WHEN s.pair_id IS NOT NULL THEN 'pair ' || s.pair_id
            WHEN s.country_id IS NOT NULL THEN 'country ' || s.country_id ELSE '' END AS topic
    FROM continuity_subscription s JOIN core_user u ON u.id = s.user_id
        JOIN timing t ON t.every = s.every AND t.time_zone = u.time_zone
    WHERE s.active AND u.is_active AND u.email <> ''
), wanted AS (
    SELECT n.id AS {of}_id, w.user_id, w.id AS subscription_id, w.digest, w.due_at,
        CASE WHEN n.late = 0 AND {awaited} THEN 'deputy' ELSE '' END AS next_role,
        row_number() OVER (PARTITION BY n.id, w.user_id ORDER BY w.place, w.id) AS place
    FROM wish w JOIN told_by n ON n.topic = w.topic AND n.late = w.late JOIN core_pair p ON p.ref = n.pair_id
    WHERE {asked} AND (w.country_id IS NULL OR w.country_id IN (p.a_id, p.b_id))
        AND (w.pair_id IS NULL OR w.pair_id = n.pair_id)
        AND (w.initiative_id IS NULL OR w.initiative_id = n.initiative_id)
        AND (w.field_id IS NULL OR EXISTS (SELECT 1 FROM continuity_initiative_fields f
            WHERE f.initiative_id = n.initiative_id AND f.term_id = w.field_id))
)
SELECT {of}_id, user_id, subscription_id, digest, due_at, next_role FROM wanted WHERE place = 1"""


def _timing() -> list[tuple[str, str, int, int, str, Any]]:
    """Return, for each way in which somebody wants to be told and whether the news is late: with which mail, and when.

    The hour of a digest is the reader's, which SQL does not know. `place` puts the soonest first.
    """
    wishes = Subscription.objects.filter(active=True, user__is_active=True).exclude(user__email="").order_by()
    now = clock.now()
    found = []
    for every, zone in wishes.values_list("every", "user__time_zone").distinct():
        for late in (0, 1):
            digest = digest_of(every, bool(late))
            due = Notice._meta.get_field("due_at").get_db_prep_value(due_at(digest, zone, now), connection)
            found.append((every, zone, late, Every.values.index(digest), digest, due))
    return found


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


def awaits_answer(news: News) -> bool:
    """Say whether somebody else is told where the reader does not answer.

    Of what came late nobody awaits it: who loads a register of old agreements has not kept a desk waiting.
    """
    return not news.late and (news.concern is not None or news.state in WORSE)


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
        claim = _claim(group)
        if claim is None:
            continue  # another sender got there first
        try:
            message = claim.compose()
            if message:
                claim.held().update(subject=message.subject)
                message.send()
        except Exception as error:
            failed, stop = _not_sent(claim, error)
            done = replace(done, failed=done.failed + failed, put_back=done.put_back + (not failed))
            if stop:
                break
            continue
        if message:
            _sent(claim)
            done = replace(done, sent=done.sent + 1)
        else:
            claim.held().delete()
    return done


@dataclass(frozen=True)
class Claim:
    """The notices of one mail, held by one sender. The end of the lease tells this claim from a later one."""

    message_id: str
    leased_until: datetime

    def rows(self) -> QuerySet[Notice]:
        return Notice.objects.filter(message_id=self.message_id)

    def held(self) -> QuerySet[Notice]:
        """Return the notices as long as they are ours: who was held to be dead must not speak for the successor."""
        return self.rows().filter(state=Notice.State.SENDING, leased_until=self.leased_until)

    def compose(self) -> EmailMultiAlternatives | None:
        """Return the mail; None where nothing is left to say."""
        told = ("subscription", "transition__initiative", "concern", "unanswered__user")
        rows = self.rows().select_related("user", *told)
        return mail.compose(list(rows.order_by("pk")), self.message_id)


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


def _claim(group: dict[str, Any]) -> Claim | None:
    """Claim all of a group at once, under the Message-ID it bears from now on; None where nothing was left of it."""
    now = timezone.now()
    claim = Claim(group["message_id"] or make_msgid(domain=urlsplit(settings.SITE_URL).hostname), now + LEASE)
    num_claimed = (
        _free(now)
        .filter(**group)
        .update(
            state=Notice.State.SENDING,
            message_id=claim.message_id,
            leased_until=claim.leased_until,
            attempts=F("attempts") + 1,
        )
    )
    return claim if num_claimed else None


def _sent(claim: Claim) -> None:
    """Note that the server has taken a mail: a fact, whoever holds the rows by now.

    Were it forgotten the mail would go out twice. So a database that is just restarting is waited for.
    """
    for seconds in WAITS:
        try:
            return _mark_sent(claim)
        except (OperationalError, InterfaceError) as error:
            log.warning("Mail %s was taken, which cannot be noted yet: %s", claim.message_id, error)
            connection.close()
            sleep(seconds)
    _mark_sent(claim)


def _mark_sent(claim: Claim) -> None:
    claim.rows().update(state=Notice.State.SENT, sent_at=clock.now(), leased_until=None, error="")


def _not_sent(claim: Claim, error: Exception) -> tuple[bool, bool]:
    """Put a mail back, or give it up. Return whether it was given up, and whether to end the round."""
    held = claim.held()
    attempts = held.values_list("attempts", flat=True).first() or 0
    told = f"{type(error).__name__}: {error}"[:2000]
    if is_permanent(error) or attempts >= ATTEMPTS:
        log.error("Mail %s was given up after %s tries: %s", claim.message_id, attempts, told)
        held.update(state=Notice.State.FAILED, leased_until=None, error=told)
        return True, False
    of_server = is_of_server(error)
    log.warning("Mail %s will be tried again: %s", claim.message_id, told, exc_info=None if of_server else error)
    held.update(state=Notice.State.QUEUED, leased_until=timezone.now() + jobs.pause(attempts), error=told)
    return False, of_server


def is_permanent(error: Exception) -> bool:
    """Say whether the server has refused this recipient or this text for good (a 5xx).

    That it refuses us, our log-in or our sender address, is for the administrator to mend, and then the mail goes out.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _answer in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500


def is_of_server(error: Exception) -> bool:
    """Say whether the failure lies with the server or the way to it, so that the next mail would meet it too.

    With a 421 the server closes for everybody, to whatever it answers so.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return any(code == 421 for code, _answer in error.recipients.values())
    if isinstance(error, smtplib.SMTPDataError):
        return error.smtp_code == 421
    return isinstance(error, OSError)  # every SMTPException is an OSError
