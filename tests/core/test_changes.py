"""The changes feed: in the order of commits, with tombstones, and never a word of what was not public."""

import json
from datetime import timedelta
from threading import Event as Signal
from threading import Thread
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from agreements.models import Commitment
from events.models import Event
from registry.core import access, changes, clock, undo, write
from registry.core.models import Change, Document, Indicator, Pair, Place, Revision, Source, User
from tests.cast import commission, event, session
from tests.everything import keep, one_of_each


def feed(query: str = "", **said: Any) -> list[dict[str, Any]]:
    """Return what a stranger reads, as after a commit; `said`: only the rows of which this holds."""
    changes.number()
    answer = Client().get(f"/api/v1/changes/?limit=200&{query}")
    assert answer.status_code == 200, answer.content
    return [row for row in answer.json()["results"] if all(row[name] == value for name, value in said.items())]


def whats(query: str = "", **said: Any) -> list[str]:
    return [row["what"] for row in feed(query, **said)]


def show(record: Any, visibility: str = access.PUBLISHED, by: Any = write.SYSTEM) -> Any:
    record.visibility = visibility
    return write.save(record, by=by)


def no_drift() -> bool:
    return changes.rebuild() == 0


# What is entered -----------------------------------------------------------------------------------------------------


def test_the_life_of_a_record(kg_tj: Pair) -> None:
    concert = event(kg_tj, ref="CONCERT", title="Concert")
    concert.title = "A concert"
    write.save(concert, by=write.SYSTEM)
    show(concert, access.DRAFT)
    show(concert)
    deletion = write.delete(concert, by=write.SYSTEM)
    back = undo.restore(deletion, by=write.SYSTEM)
    assert whats(ref="CONCERT") == ["created", "changed", "withdrawn", "published", "deleted"]
    show(back)
    assert whats(ref="CONCERT")[-1] == "restored"
    undo.restore(Revision.objects.filter(ref="CONCERT").last(), by=write.SYSTEM)
    assert whats(ref="CONCERT")[-1] == "restored"
    assert no_drift()


def test_what_moves_to_another_pair_is_told_in_both(kg_tj: Pair) -> None:
    """And a pair that is left empty vanishes, as the other appears."""
    concert = event(kg_tj, ref="CONCERT", title="Concert")
    concert.pair = Pair.objects.between("KG", "UZ")
    write.save(concert, by=write.SYSTEM)
    assert whats("pair=KG-TJ", ref="CONCERT") == ["created", "changed"]
    assert whats("pair=KG-UZ", ref="CONCERT") == ["changed"]
    assert (whats(ref="KG-TJ"), whats(ref="KG-UZ")) == (["published", "withdrawn"], ["published"])
    assert no_drift()


def test_what_has_no_title_goes_by_its_reference(world: None) -> None:
    """Null says that it is gone."""
    keep(Source(ref="PAGE", kind="OFFICIAL_PAGE", publisher="Embassy", desk_id="KG", visibility="published"))
    assert [row["title"] for row in feed("kind=source")] == ["PAGE"]


def test_a_row_says_what_happened_and_where_to_look(kg_tj: Pair, client: Client) -> None:
    concert = event(kg_tj, ref="CONCERT", title="Concert")
    (row,) = feed(ref="CONCERT")
    assert {name: row[name] for name in ("kind", "version", "title", "pair", "into", "what_label")} == {
        "kind": "event",
        "version": 1,
        "title": "Concert",
        "pair": "KG-TJ",
        "into": None,
        "what_label": "created",
    }
    assert client.get(row["url"]).status_code == client.get(row["api"]).status_code == 200
    show(concert, access.DRAFT)
    created, gone = feed(ref="CONCERT")
    assert (created["title"], gone["title"], gone["version"]) == (None, None, None)


def test_a_draft_never_appears(kg_tj: Pair, aigul: User) -> None:
    """Nor does what is for staff only; nothing of it is in the feed whatever is done to it, or by whom it is read."""
    for visibility, countries in ((access.DRAFT, ("KZ", "TM")), (access.STAFF_ONLY, ("BR", "NA"))):
        pair = Pair.objects.between(*countries)
        made = one_of_each(pair, aigul, visibility)
        hidden = {type(row): row for row in made.values() if hasattr(row, "visibility")}
        for row in hidden.values():
            write.save(row, by=write.SYSTEM)
        told = feed()
        assert {"place", "framework", "subject"} <= {row["kind"] for row in told}  # what is always open
        assert not {row["ref"] for row in told} & {row.ref for row in hidden.values()}
        assert pair.ref not in json.dumps(told)
        assert no_drift()


def test_what_is_seen_with_a_record_appears_and_vanishes_with_it(kg_tj: Pair, aigul: User) -> None:
    """The session of a commission, the report on the session, and what was promised there."""
    body = commission(kg_tj, ref="BODY", visibility=access.DRAFT)
    met = session(body, ref="MET")
    keep(Document(ref="MINUTES", record=met, kind="MINUTES", title="Minutes", address="https://example.org/m",
                  visibility=access.PUBLISHED))  # fmt: skip
    keep(Commitment(ref="PROMISE", pair=kg_tj, session=met, text="A festival"))
    assert feed() == []
    show(body)
    appeared = {row["ref"] for row in feed() if row["what"] in ("published", "created")}
    assert appeared == {"BODY", "MET", "MINUTES", "PROMISE", "KG-TJ"}
    assert no_drift()
    show(body, access.STAFF_ONLY)
    assert {row["ref"] for row in feed() if row["what"] == "withdrawn"} == appeared
    assert no_drift()


def test_a_pair_is_public_as_long_as_something_in_it_is(kg_tj: Pair) -> None:
    keep(Indicator(ref="STUDENTS", pair=kg_tj, what="Students", value=1, unit="people"))
    assert feed() == []
    concert = event(kg_tj)
    assert whats(ref="KG-TJ") == whats(ref="STUDENTS") == ["published"]
    write.delete(concert, by=write.SYSTEM)
    assert whats(ref="KG-TJ")[-1] == whats(ref="STUDENTS")[-1] == "withdrawn"
    assert no_drift()


def test_a_promise_made_at_a_meeting_follows_its_meetings(kg_tj: Pair) -> None:
    promise = keep(Commitment(ref="PROMISE", pair=kg_tj, text="A festival"))
    hidden, meeting = event(kg_tj, visibility=access.DRAFT), event(kg_tj)
    assert whats(ref="PROMISE") == ["published"]  # with the pair
    write.save(hidden, by=write.SYSTEM, links={"promises": [promise]})
    assert whats(ref="PROMISE") == ["published", "withdrawn"]
    write.save(meeting, by=write.SYSTEM, links={"promises": [promise]})
    assert whats(ref="PROMISE")[2:] == ["published"]
    write.save(meeting, by=write.SYSTEM, links={"promises": []})
    assert whats(ref="PROMISE")[3:] == ["withdrawn"]
    assert no_drift()


def test_the_feed_knows_all_that_is_public_of_every_kind(kg_tj: Pair, aigul: User) -> None:
    made = one_of_each(kg_tj, aigul)
    assert no_drift()
    refs = {row["ref"] for row in feed()}
    records = {row.ref for kind, row in made.items() if kind in changes_kinds()}
    assert records <= refs
    for kind in (Event, Commitment):  # what hangs on them is hidden, and nothing is missed
        for row in kind.objects.all():
            if hasattr(row, "visibility"):
                show(row, access.DRAFT)
    assert no_drift()


def changes_kinds() -> set[type]:
    from registry.core.api_changes import KINDS

    return set(KINDS.values())


def test_rebuild_changes_enters_what_was_on_file_before(kg_tj: Pair) -> None:
    event(kg_tj, ref="CONCERT")
    lost = event(kg_tj, ref="LOST")
    before = len(feed())
    Change.objects.filter(ref="CONCERT").delete()
    Event.objects.filter(pk=lost.pk).delete()  # past the write path
    call_command("rebuild_changes", verbosity=0)
    assert whats(ref="CONCERT") == ["published"]
    assert whats(ref="LOST") == ["created", "deleted"]
    assert len(feed()) == before + 1
    assert no_drift()


# How it is read ------------------------------------------------------------------------------------------------------


def test_filters(kg_tj: Pair) -> None:
    concert = event(kg_tj, ref="CONCERT")
    event(Pair.objects.between("KZ", "UZ"), ref="OTHER")
    keep(Place(ref="OSH", name="Osh", country_id="KG"))
    show(concert, access.DRAFT)
    assert {row["ref"] for row in feed("kind=event")} == {"CONCERT", "OTHER"}
    assert {row["ref"] for row in feed("kind=event&pair=TJ-KG")} == {"CONCERT"}
    assert {row["ref"] for row in feed("country=KG&kind=event,place")} == {"CONCERT", "OSH"}
    assert {row["ref"] for row in feed("what=withdrawn&kind=event")} == {"CONCERT"}
    last = feed()[-1]
    assert feed(f"after={last['sequence'] - 1}") == [last]
    assert feed(f"since={last['at']}")[-1] == last and feed("since=2100-01-01") == []
    refused = Client().get("/api/v1/changes/?since=yesterday&after=x&kind=evnt&wat=1")
    assert {error["parameter"] for error in refused.json()["errors"]} == {"since", "after", "kind", "wat"}


def test_a_reader_who_follows_next_reads_all(kg_tj: Pair) -> None:
    for number in range(5):
        event(kg_tj, ref=f"E{number}")
    changes.number()
    met, address = [], "/api/v1/changes/?limit=2"
    while address:
        page = Client().get(address).json()
        met += [row["sequence"] for row in page["results"]]
        address = page["next"]
    assert met == list(range(1, len(met) + 1)) and len(met) >= 6


def test_a_page_takes_the_same_few_queries_whatever_is_on_it(
    kg_tj: Pair, aigul: User, django_assert_max_num_queries: Any
) -> None:
    one_of_each(kg_tj, aigul)
    changes.number()
    Client().get("/api/v1/changes/")
    # the page, the pairs named on it, their keys by kind, their titles
    with django_assert_max_num_queries(4):
        assert len(Client().get("/api/v1/changes/?limit=200").json()["results"]) > 15


# In the order of commits ---------------------------------------------------------------------------------------------


def test_what_is_committed_later_stands_further_behind(transactional_db: None, kg_tj: Pair) -> None:
    """Two writers commit in the opposite order of their ids: a reader in between still meets both, each once."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    other = Pair.objects.between("KZ", "UZ")
    event(kg_tj), event(other)  # so that the pairs are public before
    start = feed()[-1]["sequence"]
    has_written, may_commit = Signal(), Signal()

    def slow() -> None:
        try:
            with transaction.atomic():
                event(kg_tj, ref="SLOW")
                has_written.set()
                assert may_commit.wait(20)
        finally:
            connection.close()

    thread = Thread(target=slow)
    thread.start()
    assert has_written.wait(20)
    event(other, ref="QUICK")
    ids = dict(Change.objects.values_list("ref", "id"))
    (met,) = feed(f"after={start}")
    assert met["ref"] == "QUICK" and "SLOW" not in ids
    may_commit.set()
    thread.join()
    slow_id, quick_id = (Change.objects.get(ref=ref).pk for ref in ("SLOW", "QUICK"))
    assert slow_id < quick_id
    assert [row["ref"] for row in feed(f"after={met['sequence']}")] == ["SLOW"]


def test_many_writers_at_once_get_places_without_gaps(transactional_db: None, kg_tj: Pair, caplog: Any) -> None:
    def write_some() -> None:
        try:
            for _number in range(5):
                event(kg_tj)
        finally:
            connection.close()

    threads = [Thread(target=write_some) for _each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = Change.objects.order_by("sequence").values_list("sequence", "at")
    assert [sequence for sequence, _at in rows] == list(range(1, len(rows) + 1)) and len(rows) > 20
    assert [at for _sequence, at in rows] == sorted(at for _sequence, at in rows)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_moments_never_go_back(kg_tj: Pair) -> None:
    """The clock of the machine that numbered before was ahead."""
    event(kg_tj)
    changes.number()
    ahead = timezone.now() + timedelta(hours=1)
    Change.objects.filter(sequence=1).update(at=ahead)
    event(kg_tj)
    assert feed()[-1]["at"] == ahead.isoformat().replace("+00:00", "Z")


def test_a_write_gives_itself_a_place_once_it_is_committed(transactional_db: None, kg_tj: Pair) -> None:
    event(kg_tj, ref="CONCERT")
    assert not Change.objects.filter(sequence=None).exists()
    with pytest.raises(RuntimeError), transaction.atomic():
        event(kg_tj, ref="NEVER")
        raise RuntimeError
    assert "NEVER" not in {row["ref"] for row in feed()}


def test_a_tick_gives_the_places_that_a_dead_writer_has_left_open(kg_tj: Pair, on_day: Any) -> None:
    from registry.core import clockwork

    on_day("2026-11-22")
    event(kg_tj)
    assert Change.objects.filter(sequence=None).exists()
    clockwork.tick()
    assert not Change.objects.filter(sequence=None).exists()
    assert clock.today().year == 2026
