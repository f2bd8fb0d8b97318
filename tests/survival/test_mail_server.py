"""A mail server that refuses, hangs and hangs up, and records and addresses that are poison: the others arrive."""

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import psycopg2
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from continuity import notices, sweep
from continuity.models import Concern, Initiative, Notice, Subscription
from registry.core.models import Pair, User
from tests.cast import commission, event, person, session
from tests.survival.conftest import let_pauses_pass
from tests.survival.sink import MANNERS, Kept, Sink

FOR_GOOD = ("550", "554 text")
ENDS_A_ROUND = ("421", "hang", "drop", "keep and drop", "keep and hang")


def told(state: str) -> dict[str, Notice]:
    """Return the notices in this state by the name of who is told."""
    return {notice.user.username: notice for notice in Notice.objects.filter(state=state).select_related("user")}


def names(kept: list[Kept]) -> Counter[str]:
    return Counter(one.to.partition("@")[0] for one in kept)


def test_whatever_the_server_does_to_some_the_others_arrive(readers: Callable, sink: Sink, chance: Any) -> None:
    manners = [manner for manner in MANNERS if manner != "keep and die"]
    bad = {f"bad{number}": manner for number, manner in enumerate(manners)}
    good = [f"good{number}" for number in range(6)]
    everybody = [*bad, *good]
    chance.shuffle(everybody)
    readers(*everybody)
    sink.behave(**bad)

    for _round in range(1 + len(ENDS_A_ROUND)):
        notices.send_notices()
    arrived = names(sink.kept())
    assert {name: arrived[name] for name in good} == dict.fromkeys(good, 1)
    assert told("failed").keys() == {name for name, manner in bad.items() if manner in FOR_GOOD}
    assert all(notice.error and notice.leased_until is None for notice in told("failed").values())
    waiting = {name for name, manner in bad.items() if manner not in FOR_GOOD}
    assert told("queued").keys() == waiting
    now = timezone.now()
    assert [one.attempts for one in told("queued").values()] == [1] * len(waiting)
    assert all(notice.error and notice.leased_until > now for notice in told("queued").values())

    let_pauses_pass()
    notices.send_notices()
    assert told("sent").keys() == {*good, *waiting}
    twice = {name for name, manner in bad.items() if manner.startswith("keep")}
    assert names(sink.kept()) == Counter({name: 1 + (name in twice) for name in {*good, *waiting}})
    for name in waiting:
        assert len({one.message_id for one in sink.kept() if one.to.startswith(f"{name}@")}) == 1, name


def test_the_pauses_between_tries_grow(readers: Callable, sink: Sink) -> None:
    readers("patient")
    sink.behave(patient=["450"] * 6)
    pauses = []
    for attempt in range(1, 7):
        before = timezone.now()
        assert notices.send_notices() == notices.Sent(put_back=1)
        row = Notice.objects.get()
        assert row.attempts == attempt and row.leased_until
        pauses.append(row.leased_until - before)
        assert notices.send_notices() == notices.Sent(), "it is left alone during its pause"
        let_pauses_pass()
    assert all(later > 1.5 * sooner for sooner, later in zip(pauses, pauses[1:], strict=False)), pauses
    assert notices.send_notices() == notices.Sent(sent=1)


def test_a_person_sees_what_was_refused_for_good(readers: Callable, sink: Sink, rosa: User) -> None:
    readers("gone")
    sink.behave(gone="550")
    notices.send_notices()
    registrar = Client()
    registrar.force_login(rosa)
    assert "Gone" in registrar.get("/admin/continuity/notice/?state__exact=failed").content.decode()
    row = Notice.objects.get()
    assert "(550, b&#x27;as told&#x27;)" in registrar.get(f"/admin/continuity/notice/{row.pk}/change/").content.decode()


# A database that is gone for a moment ------------------------------------------------------------------------------


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no connection to lose")
@pytest.mark.django_db(transaction=True)
def test_what_the_server_took_while_the_database_restarts_goes_out_once(
    readers: Callable, sink: Sink, monkeypatch: Any
) -> None:
    readers("once")
    database = connection.settings_dict
    keep = sink._keep

    def keep_and_cut(content: bytes) -> None:
        keep(content)
        where = {"host": database["HOST"], "port": database["PORT"] or 5432, "dbname": database["NAME"]}
        other = psycopg2.connect(user=database["USER"], password=database["PASSWORD"], **where)
        with other, other.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        other.close()

    monkeypatch.setattr(sink, "_keep", keep_and_cut)
    assert notices.send_notices() == notices.Sent(sent=1)
    let_pauses_pass()
    assert notices.send_notices() == notices.Sent()
    assert len(sink.kept()) == 1


# Poison ------------------------------------------------------------------------------------------------------------

CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

POISON = {
    "lines": "Two\nlines\r\nBcc: everyone@example.org\r\n\r\nand a text",
    "one long word": "W" * 1200,
    "long": "Treaty of friendship, " * 60,
    "controls": "Bell \x07 escape \x1b[2J delete \x7f next line \x85 separator \u2028 end",
    "directions": "right to left \u202e override \u2066 isolate",
    "a header's own words": "=?utf-8?q?Bcc=3A?= <script>alert(1)</script> %s {0} {{ x }}",
    "half a character": "Half a \ud83d",
    "nothing": "\u200b",
}


@pytest.mark.parametrize("what", POISON)
def test_a_poisonous_title_stops_nobody_and_breaks_no_mail(
    council: Any, kg_tj: Pair, on_day: Any, sink: Sink, what: str
) -> None:
    if what == "half a character" and connection.vendor == "postgresql":
        pytest.skip("PostgreSQL does not store it")
    on_day("2020-04-01")
    sound = commission(kg_tj, title="Sound council", started_on="2020-01-02")
    session(sound)
    concert = event(kg_tj, title="Concert", outcome="PLANNED", started_on="", planned_on="2021-03-12")
    sweep.sweep()
    for name, initiative in (("poisoned", council), ("sound", sound), ("both", None)):
        Subscription.objects.create(user=person(name), initiative_id=initiative and initiative.pk, every="once")
    Initiative.objects.filter(pk=council.pk).update(titles={"en": POISON[what]})
    if what != "half a character":
        type(concert).objects.filter(pk=concert.pk).update(title=POISON[what][:600])
        Initiative.objects.filter(pk=council.pk).update(short_title=POISON[what][:100])
    on_day("2021-03-13")
    sweep.sweep()
    done = notices.send_notices()
    assert (done.failed, done.put_back) == (0, 0), list(Notice.objects.values_list("error", flat=True))
    assert names(sink.kept()) == Counter(poisoned=1, sound=1, both=3)
    assert Concern.objects.count() == 1
    for one in sink.kept():
        check_well_formed(one)


def check_well_formed(mail: Kept) -> None:
    """Fail unless this is one mail with the headers it should have, as any mail program reads it."""
    assert max(map(len, mail.raw.splitlines())) <= 998
    assert not mail.message.defects
    known = {"content-type", "mime-version", "subject", "from", "to", "date", "message-id", "auto-submitted"}
    found = [name.lower() for name in mail.message]
    assert sorted(found) == sorted(known | {"list-unsubscribe", "list-unsubscribe-post"})
    subject = str(mail.message["Subject"]).lstrip()  # Python keeps the fold before a long first word
    assert subject.startswith("Kyrgyzstan–Tajikistan: ")
    assert not CONTROLS.search(subject)
    parts = [part.get_content_type() for part in mail.message.walk()]
    assert parts == ["multipart/alternative", "text/plain", "text/html"]
    text, html = (mail.message.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    assert not CONTROLS.search(text + html)
    assert "<script" not in html


@pytest.mark.parametrize(
    "address",
    [
        "no-at-sign",
        "two@signs@example.org",
        "line\nbreak@example.org",
        "почта@example.org",
        "a" * 300 + "@example.org",
        "<>@example.org",
        "half\ud83d@example.org",
    ],
)
def test_a_poisonous_address_stops_nobody(readers: Callable, sink: Sink, address: str) -> None:
    if "\ud83d" in address:
        address = address.replace("\ud83d", "\ufffd")  # neither database stores the half of a character
    before, _poisoned, after = readers("before", "poisoned", "after")
    User.objects.filter(username="poisoned").update(email=address[:254])
    notices.send_notices()
    notices.send_notices()
    arrived = names(sink.kept())
    assert (arrived["before"], arrived["after"]) == (1, 1)
    assert Notice.objects.filter(user__in=[before, after], state="sent").count() == 2
