"""Notices: who is told of what, when, and what becomes of a mail that is not taken."""

import email
import smtplib
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.db import connection
from django.utils import timezone

from continuity import notices, sweep
from continuity.models import Notice, Subscription
from continuity.notices import News
from registry.core import jobs, write
from registry.core.models import Pair, Term, User
from tests.cast import commission, event, session

Every = Subscription.Every


# Who is told -----------------------------------------------------------------------------------------------------


def news(**fields: Any) -> News:
    return News(**{"pair_id": "KG-TJ", "initiative_id": 7, "late": False, "state": "dormant"} | fields)


@pytest.mark.parametrize(
    ("wish", "wanted"),
    [
        ({}, True),
        ({"country_id": "TJ"}, True),
        ({"country_id": "KZ"}, False),
        ({"pair_id": "KG-TJ"}, True),
        ({"pair_id": "KZ-UZ"}, False),
        ({"field_id": 3}, True),
        ({"field_id": 4}, False),
        ({"initiative_id": 7}, True),
        ({"initiative_id": 8}, False),
        ({"states": ["dormant"]}, True),
        ({"states": ["active", "due"]}, False),
        ({"concerns": False}, True),
    ],
)
def test_what_a_subscription_asks_for(wish: dict[str, Any], wanted: bool) -> None:
    assert notices.wants(Subscription(**wish), news(), frozenset({3})) is wanted


@pytest.mark.parametrize("state", ["active", "planned", "concluded", "suspended", "untracked", "episodic"])
def test_without_states_of_its_own_a_subscription_asks_for_due_and_worse(state: str) -> None:
    assert not notices.wants(Subscription(), news(state=state))
    assert notices.wants(Subscription(states=[state]), news(state=state))


def test_of_concerns_only_who_asks_for_them_is_told(kg_tj: Pair, on_day: Any) -> None:
    on_day("2026-11-22")
    event(kg_tj, outcome="PLANNED", started_on="", planned_on="2026-11-01")
    sweep.sweep()
    concern = kg_tj.concerns.get()
    about = news(concern=concern, state="", initiative_id=None)
    assert notices.wants(Subscription(), about)
    assert not notices.wants(Subscription(concerns=False), about)
    assert not notices.wants(Subscription(field_id=3), about)


# When ------------------------------------------------------------------------------------------------------------


SUNDAY_EVENING = datetime(2026, 11, 22, 21, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("every", "zone", "due"),
    [
        ("once", "Asia/Bishkek", "2026-11-22T21:30"),
        ("day", "UTC", "2026-11-23T06:00"),
        ("day", "Asia/Bishkek", "2026-11-23T00:00"),  # there it is 03:30 on Monday
        ("week", "UTC", "2026-11-23T06:00"),
        ("week", "Asia/Bishkek", "2026-11-23T00:00"),
        ("week", "Pacific/Kiritimati", "2026-11-29T16:00"),  # there 6 on Monday has passed
        ("month", "UTC", "2026-12-01T06:00"),
        ("month", "America/Sao_Paulo", "2026-12-01T09:00"),
        ("week", "Nowhere/Land", "2026-11-23T06:00"),
        ("week", "", "2026-11-23T06:00"),
    ],
)
def test_digests_go_out_at_six_in_the_morning_of_the_reader(every: str, zone: str, due: str) -> None:
    assert notices.due_at(every, zone, SUNDAY_EVENING) == datetime.fromisoformat(due).replace(tzinfo=UTC)


# From the lapse to the mail --------------------------------------------------------------------------------------


@pytest.fixture
def council(kg_tj: Pair, on_day: Callable[[str], date]) -> Any:
    """A commission that met on 12 March 2020 and is announced: overdue from 13 March 2021."""
    on_day("2020-04-01")
    council = commission(kg_tj, title="Council", started_on="2020-01-01")
    session(council)
    sweep.sweep()
    return council


@pytest.fixture
def councils(kg_tj: Pair, on_day: Callable[[str], date]) -> list[Any]:
    """Six commissions that began on 1 January 2020 and are announced: overdue from 1 January 2021."""
    on_day("2020-01-02")
    made = [commission(kg_tj, title=f"Council {number}", started_on="2020-01-01") for number in range(6)]
    sweep.sweep()
    return made


def follow(user: User, **fields: Any) -> Subscription:
    return Subscription.objects.create(user=user, **fields)


def test_nothing_new_no_mail(council: Any, sardor: User, mailoutbox: list, on_day: Any) -> None:
    follow(sardor, every="once")
    sweep.sweep()
    assert notices.send_notices() == notices.Sent()
    assert not mailoutbox


def test_a_weekly_digest_waits_for_monday(council: Any, sardor: User, mailoutbox: list, on_day: Any) -> None:
    follow(sardor)
    on_day("2021-03-13")  # a Saturday
    sweep.sweep()
    assert notices.send_notices().sent == 0
    on_day("2021-03-15")
    assert [notices.send_notices().sent, notices.send_notices().sent] == [1, 0]
    assert "Council overdue, 368 days since the last session" in mailoutbox[0].subject


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        ("everything", 1),
        ("country", 1),
        ("pair", 1),
        ("field", 1),
        ("initiative", 1),
        ("another country", 0),
        ("another pair", 0),
        ("another field", 0),
        ("another initiative", 0),
    ],
)
def test_every_scope(kg_tj: Pair, sardor: User, mailoutbox: list, on_day: Any, scope: str, told: int) -> None:
    on_day("2020-04-01")
    music, film = Term.objects.filter(vocabulary="field")[:2]
    council, other = commission(kg_tj, started_on="2020-01-01"), commission(kg_tj, rhythm="irregular")
    write.save(council, by=write.SYSTEM, links={"fields": [music]})
    sweep.sweep()
    scopes: dict[str, dict[str, Any]] = {
        "everything": {},
        "country": {"country_id": "TJ"},
        "pair": {"pair": kg_tj},
        "field": {"field": music},
        "initiative": {"initiative_id": council.pk},
        "another country": {"country_id": "KZ"},
        "another pair": {"pair": Pair.objects.between("KZ", "UZ")},
        "another field": {"field": film},
        "another initiative": {"initiative_id": other.pk},
    }
    follow(sardor, every="once", **scopes[scope])
    on_day("2021-01-01")
    sweep.sweep()
    assert notices.send_notices().sent == told == len(mailoutbox)


def test_who_asked_twice_is_told_once_in_the_soonest_way(council: Any, sardor: User, on_day: Any) -> None:
    for every in ("month", "once", "week"):
        follow(sardor, every=every)
    on_day("2021-03-13")
    sweep.sweep()
    assert Notice.objects.get().digest == "once"


def test_who_has_stopped_or_left_is_told_nothing(council: Any, sardor: User, nurlan: User, on_day: Any) -> None:
    follow(sardor, active=False)
    follow(nurlan)
    User.objects.filter(pk=nurlan.pk).update(is_active=False)
    on_day("2021-03-13")
    assert sweep.sweep().notices == 0


def test_what_comes_late_waits_for_the_next_digest_though_asked_for_at_once(
    council: Any, sardor: User, on_day: Any, mailoutbox: list
) -> None:
    follow(sardor, every="once")
    on_day("2021-04-12")  # overdue for 30 days
    sweep.sweep()
    assert Notice.objects.get().digest == "once"
    Notice.objects.all().delete()
    on_day("2021-10-12")  # dormant since 11 September: 31 days
    sweep.sweep()
    assert Notice.objects.get().digest == "week"
    assert notices.send_notices().sent == 0
    on_day("2021-10-18")
    assert notices.send_notices().sent == 1
    assert "A correction: it has been dormant since 11 September 2021" in mailoutbox[0].body


def test_what_was_just_entered_waits_for_the_next_digest(kg_tj: Pair, sardor: User, on_day: Any) -> None:
    follow(sardor, every="once")
    on_day("2021-01-03")
    commission(kg_tj, started_on="2020-01-01")  # overdue for three days
    sweep.sweep()
    assert Notice.objects.get().digest == "week"


def test_five_at_once_are_five_mails(councils: list, sardor: User, on_day: Any, mailoutbox: list) -> None:
    follow(sardor, every="once")
    write.delete(councils[0], by=write.SYSTEM)
    on_day("2021-01-01")
    sweep.sweep()
    assert notices.send_notices().sent == 5
    assert all("more" not in message.subject for message in mailoutbox)


def test_more_than_five_at_once_are_one_digest(councils: list, sardor: User, on_day: Any, mailoutbox: list) -> None:
    follow(sardor, every="once")
    on_day("2021-01-01")
    sweep.sweep()
    assert notices.send_notices().sent == 1
    assert mailoutbox[0].subject.endswith("… and 5 more")


def test_what_was_withdrawn_since_is_not_sent(council: Any, sardor: User, on_day: Any, mailoutbox: list) -> None:
    follow(sardor, every="once")
    on_day("2021-03-13")
    sweep.sweep()
    council.refresh_from_db()
    council.visibility = "draft"
    write.save(council, by=write.SYSTEM)
    assert notices.send_notices() == notices.Sent()
    assert not mailoutbox
    assert not Notice.objects.exists()


def test_a_stopped_subscription_sends_nothing_that_is_queued(
    council: Any, sardor: User, on_day: Any, mailoutbox: list
) -> None:
    wish = follow(sardor, every="once")
    on_day("2021-03-13")
    sweep.sweep()
    Subscription.objects.filter(pk=wish.pk).update(active=False)
    notices.send_notices()
    assert not mailoutbox


# The mail server -------------------------------------------------------------------------------------------------


class Sink:
    """A mail server that keeps what it takes and answers each try as told; "250 OK" once it has nothing more to say."""

    def __init__(self) -> None:
        self.tries: list[Any] = []
        self.answers: list[str] = []
        self.refused: dict[str, str] = {}

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.tries.append(email.message_from_bytes(envelope.content))
        return self.answers.pop(0) if self.answers else "250 OK"


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    sink = Sink()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Controller(sink, hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 5
    yield sink
    server.stop()


@pytest.fixture
def queued(council: Any, sardor: User, on_day: Any) -> Notice:
    """One notice that is due."""
    follow(sardor, every="once")
    on_day("2021-03-13")
    sweep.sweep()
    return Notice.objects.get()


def let_leases_run_out() -> None:
    Notice.objects.exclude(leased_until=None).update(leased_until=timezone.now() - timedelta(seconds=1))


def test_a_mail_put_off_is_sent_again_under_the_same_message_id(queued: Notice, sink: Sink) -> None:
    sink.answers = ["451 come back later"]
    assert notices.send_notices() == notices.Sent(put_back=1)
    queued.refresh_from_db()
    assert (queued.state, queued.attempts, "451" in queued.error) == ("queued", 1, True)
    assert notices.send_notices() == notices.Sent(), "it waits a minute"
    let_leases_run_out()
    assert notices.send_notices() == notices.Sent(sent=1)
    first, second = sink.tries
    assert first["Message-ID"] == second["Message-ID"] == queued.message_id
    queued.refresh_from_db()
    assert (queued.state, queued.attempts, queued.error) == ("sent", 2, "")


def test_a_mail_refused_for_good_has_failed(queued: Notice, sink: Sink) -> None:
    sink.answers = ["550 no such text here"]
    assert notices.send_notices() == notices.Sent(failed=1)
    let_leases_run_out()
    assert notices.send_notices() == notices.Sent()
    queued.refresh_from_db()
    assert (queued.state, "550" in queued.error) == ("failed", True)


def test_a_recipient_refused_for_good_holds_up_nobody(
    council: Any, sardor: User, nurlan: User, on_day: Any, sink: Sink
) -> None:
    for user in (sardor, nurlan):
        follow(user, every="once")
    sink.refused = {"sardor@example.org": "550 unknown"}
    on_day("2021-03-13")
    sweep.sweep()
    assert notices.send_notices() == notices.Sent(sent=1, failed=1)
    assert [one["To"] for one in sink.tries] == ["nurlan@example.org"]


def test_a_server_that_is_down_ends_the_round_and_loses_nothing(
    council: Any, sardor: User, nurlan: User, on_day: Any, sink: Sink, settings: Any
) -> None:
    for user in (sardor, nurlan):
        follow(user, every="once")
    on_day("2021-03-13")
    sweep.sweep()
    port = settings.EMAIL_PORT
    settings.EMAIL_PORT = 1  # nobody listens there
    assert notices.send_notices() == notices.Sent(put_back=1)
    settings.EMAIL_PORT = port
    let_leases_run_out()
    assert notices.send_notices() == notices.Sent(sent=2)
    assert len(sink.tries) == 2


def test_a_mail_is_given_up_after_many_tries(queued: Notice, sink: Sink) -> None:
    Notice.objects.update(attempts=notices.ATTEMPTS - 1)
    sink.answers = ["451 come back later"]
    assert notices.send_notices() == notices.Sent(failed=1)


def test_pauses_grow_and_come_to_about_five_days() -> None:
    pauses = [jobs.pause(number) for number in range(1, notices.ATTEMPTS)]
    assert pauses == sorted(pauses)
    assert timedelta(days=4) < sum(pauses, timedelta()) < timedelta(days=6)


@pytest.mark.parametrize(
    ("error", "permanent", "of_server"),
    [
        (smtplib.SMTPDataError(550, b"no"), True, False),
        (smtplib.SMTPDataError(451, b"later"), False, False),
        (smtplib.SMTPRecipientsRefused({"a@b.c": (550, b"no")}), True, False),
        (smtplib.SMTPRecipientsRefused({"a@b.c": (450, b"later")}), False, False),
        (smtplib.SMTPRecipientsRefused({"a@b.c": (421, b"closing")}), False, True),
        (smtplib.SMTPDataError(421, b"closing"), False, True),
        (smtplib.SMTPSenderRefused(550, b"who are you", "x@y.z"), False, True),
        (smtplib.SMTPAuthenticationError(535, b"wrong password"), False, True),
        (smtplib.SMTPServerDisconnected("gone"), False, True),
        (ConnectionRefusedError(), False, True),
        (TimeoutError(), False, True),
        (ValueError("a poisonous record"), False, False),
    ],
)
def test_what_an_error_means(error: Exception, permanent: bool, of_server: bool) -> None:
    assert (notices.is_permanent(error), notices.is_of_server(error)) == (permanent, of_server)


def test_a_record_that_cannot_be_told_holds_up_nobody(
    council: Any, sardor: User, nurlan: User, on_day: Any, mailoutbox: list
) -> None:
    for user in (sardor, nurlan):
        follow(user, every="once")
    on_day("2021-03-13")
    sweep.sweep()
    Notice.objects.filter(user=sardor).update(digest="no such")
    assert notices.send_notices() == notices.Sent(sent=1, put_back=1)
    assert [message.to for message in mailoutbox] == [["nurlan@example.org"]]


def test_a_killed_sender_loses_its_lease_and_the_next_sends_the_same_mail(queued: Notice, mailoutbox: list) -> None:
    group = {"message_id": "", "pk": queued.pk}
    claim = notices._claim(group)
    assert claim
    assert notices.send_notices() == notices.Sent(), "another holds it"
    let_leases_run_out()
    assert notices.send_notices() == notices.Sent(sent=1)
    assert mailoutbox[0].extra_headers["Message-ID"] == claim.message_id


@pytest.mark.django_db(transaction=True)
def test_of_many_senders_at_once_one_sends(queued: Notice, mailoutbox: list) -> None:
    for _round in range(5):
        Notice.objects.update(state="queued", message_id="", leased_until=None)
        start = threading.Barrier(4)
        results: list[notices.Sent] = []

        def send(start: threading.Barrier = start, results: list = results) -> None:
            start.wait()
            try:
                results.append(notices.send_notices())
            finally:
                connection.close()

        threads = [threading.Thread(target=send) for _sender in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(result.sent for result in results) == [0, 0, 0, 1]
    assert len(mailoutbox) == 5


def test_a_sender_held_to_be_dead_takes_back_nothing_that_its_successor_sent(queued: Notice, mailoutbox: list) -> None:
    slow = notices._claim({"message_id": "", "pk": queued.pk})
    assert slow
    let_leases_run_out()
    assert notices.send_notices() == notices.Sent(sent=1)
    notices._not_sent(slow, smtplib.SMTPDataError(451, b"later"))
    notices._not_sent(slow, smtplib.SMTPDataError(554, b"never"))
    queued.refresh_from_db()
    assert (queued.state, queued.error) == ("sent", "")
    assert notices.send_notices() == notices.Sent()
