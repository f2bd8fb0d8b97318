"""Merging: what points to the duplicate goes to the other; what cannot, stops all of it with a sentence."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Event as Signal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.db import connection
from django.db.models.signals import post_save
from django.test import Client

from actors.models import Actor
from agreements.models import Agreement, Commission, Commitment, Session
from continuity import door
from continuity.models import ActivityEntry, Relation, Subscription
from events.models import Event, Fulfilment, Output, Programme
from registry.core import access, changes, merging, undo, write
from registry.core.models import (
    Change,
    Citation,
    Comment,
    Document,
    Framework,
    Pair,
    Place,
    Record,
    Revision,
    Source,
    Subject,
    User,
)
from tests.cast import agreement, commission, event, programme, session
from tests.everything import keep, one_of_each


def merge(record: Record, into: Record, by: Any = write.SYSTEM, **said: Any) -> Revision:
    return merging.merge(record, into=into, by=by, **said)


def actor(**fields: Any) -> Actor:
    return keep(Actor(**{"type": "N_CSO", "sector": "NON_STATE", "visibility": "published", "name": "Club", **fields}))


def source(**fields: Any) -> Source:
    return keep(Source(**{"kind": "PRESS", "title": "Paper", "visibility": "published", **fields}))


def undrifted() -> bool:
    return door.rebuild() == 0 and changes.rebuild() == 0


# What moves ----------------------------------------------------------------------------------------------------------


def test_everything_that_points_to_a_commission_goes_to_the_other(kg_tj: Pair, aigul: User, on_day: Any) -> None:
    on_day("2021-01-10")
    one, other = commission(kg_tj, ref="ONE", title="Council"), commission(kg_tj, ref="OTHER")
    treaty, paper = agreement(kg_tj), source()
    met = session(one, number=1, started_on="2020-03-12")
    series = programme(kg_tj, parent=one)
    concert = event(kg_tj, initiative=one, started_on="2020-05-01")
    letter = keep(ActivityEntry(initiative=one, what="A letter", started_on="2020-06-01", source=paper))
    promise = keep(Commitment(pair=kg_tj, text="A festival"))
    kept = keep(Fulfilment(commitment=promise, initiative=one))
    with write.change(one, by=write.SYSTEM):
        one.save()
        one.participations.create(actor=actor(), role="ORGANISER")
        one.chairs.create(side_id="KG", actor=actor(), office="Minister")
        one.suspensions.create(started_on="2018-01-01", ended_on="2018-03")
        Citation.objects.create(record=one, source=paper, field="started_on", value="2016")
    minutes = keep(
        Document(record=one, kind="MINUTES", title="Minutes", address="https://example.org", visibility="published")
    )
    Comment.objects.create(record=one, author=aigul, text="The same?")
    Relation.objects.create(source=one, kind="IMPLEMENTS", target=treaty)
    Relation.objects.create(source=one, kind="AMENDS", target=other)  # to itself, then: it goes
    Subscription.objects.create(user=aigul, initiative_id=one.pk)

    merge(one, other, why="one body")

    for row in (met, series, concert, letter, kept, minutes):
        row.refresh_from_db()
    assert met.commission == other and minutes.record == other
    assert [series.parent_id, concert.initiative_id, letter.initiative_id, kept.initiative_id] == [other.pk] * 4
    assert [rows.count() for rows in (other.participations, other.chairs, other.suspensions)] == [1, 1, 1]
    assert Citation.objects.about(other).get().source == paper
    assert Comment.objects.about(other).get().text == "The same?"
    assert [(row.source_id, row.target_id) for row in Relation.objects.all()] == [(other.pk, treaty.pk)]
    assert Subscription.objects.get().initiative_id == other.pk
    assert not Commission.objects.filter(ref="ONE").exists()
    # each of them is written, so that its history tells of it
    for row in (met, series, concert, letter, kept, minutes):
        last = Revision.objects.filter(ref=row.ref).first()
        assert (last.kind, last.version, last.why) == ("changed", row.version, "ONE was merged into OTHER. one body")
    removal = Revision.objects.filter(ref="ONE").first()
    assert (removal.kind, removal.into, removal.why) == ("deleted", "OTHER", "Merged into OTHER. one body")
    # the rule reads the survivor anew: its last activity is what has moved to it
    other = Commission.objects.get(ref="OTHER")
    assert other.last_activity_on.isoformat() == "2020-06-01"
    assert undrifted()


def test_an_actor_a_place_a_source_a_subject(kg_tj: Pair) -> None:
    """What is named by records, their rows and their citations."""
    one, other = actor(ref="ONE"), actor(ref="OTHER", name="The club")
    branch, after = actor(parent=one), actor(predecessor=one)
    concert, treaty, series = event(kg_tj), agreement(kg_tj), programme(kg_tj)
    concert.participations.create(actor=one, role="ORGANISER")
    treaty.participations.create(actor=one, role="COORDINATOR")
    series.budget.create(amount=5, currency="USD", funder=one)
    promise = keep(Commitment(pair=kg_tj, text="A festival"), responsible_a=[one, other])
    one.other_names.create(name="Клуб", language="ru")
    version = concert.version
    merge(one, other)
    for row in (branch, after, concert):
        row.refresh_from_db()
    assert branch.parent == after.predecessor == other and list(promise.responsible_a.all()) == [other]
    assert (
        concert.participations.get().actor == treaty.participations.get().actor == series.budget.get().funder == other
    )
    assert other.other_names.get().name == "Клуб" and concert.version == version + 1

    osh, osh_city = (keep(Place(name=name)) for name in ("Osh", "Osh city"))
    body = commission(kg_tj)
    met = session(body, place=osh)
    concert.places.set([osh])
    merge(osh, osh_city)
    met.refresh_from_db()
    assert met.place == osh_city and list(concert.places.all()) == [osh_city]

    paper, same = source(ref="PAPER"), source(ref="SAME")
    Citation.objects.create(record=treaty, source=paper, field="signed_on", value="2016")
    Citation.objects.create(record=concert, source=paper, field="started_on", value="2020")
    Citation.objects.create(record=concert, source=same, field="started_on", value="2020")  # says it already
    merge(paper, same)
    assert Citation.objects.about(treaty).get().source == same
    assert Citation.objects.about(concert).get().source == same

    theatre, drama = (keep(Subject(labels={"en": name})) for name in ("Theatre", "Drama"))
    concert.subjects.set([theatre])
    merge(drama, theatre)
    merge(theatre, keep(Subject(ref="STAGE", labels={"en": "Stage"})))
    assert [subject.ref for subject in concert.subjects.all()] == ["STAGE"]
    assert undrifted()


def test_two_subjects_and_two_frameworks(kg_tj: Pair, bakyt: User, rosa: User, client: Client) -> None:
    """A record that bears both bears the one that goes on once. What is not the approver's is for a registrar."""
    one, other = (
        keep(Subject(ref="ONE", labels={"en": "Theater"})),
        keep(Subject(ref="OTHER", labels={"en": "Theatre"})),
    )
    both, single, treaty, book = (
        event(kg_tj),
        event(kg_tj),
        agreement(kg_tj),
        keep(Output(pair=kg_tj, title="A film", kind="FILM")),
    )
    both.subjects.set([one, other])
    for row in (single, treaty, book, club := actor()):
        row.subjects.set([one])
    far = event(Pair.objects.between("KZ", "UZ"), title="A secret", visibility=access.DRAFT)
    far.subjects.set([one])
    with pytest.raises(PermissionDenied, match="not yours to edit: event. Ask a registrar"):
        merge(one, other, by=bakyt)
    version = single.version
    merge(one, other, by=rosa)
    for row in (both, single, treaty, book, club, far):
        assert list(row.subjects.all()) == [other]
    single.refresh_from_db()
    assert single.version == version + 1
    assert client.get("/subjects/ONE/")["Location"] == "/subjects/OTHER/"

    one = keep(Framework(ref="FIRST", title="Culture 2030", country_id="KG"))
    other = keep(Framework(ref="SECOND", title="Culture until 2030", country_id="KG"))
    treaty.frameworks.set([one])
    paper = source()
    Citation.objects.create(record=one, source=paper, field="title", value="Culture 2030")
    client.force_login(bakyt)
    page = client.get("/frameworks/FIRST/merge/?into=SECOND").content.decode()
    assert "Agreements: 1" in page
    answer = client.post("/frameworks/FIRST/merge/", hidden_fields(page))
    assert (answer.status_code, answer["Location"]) == (302, "/frameworks/SECOND/")
    assert list(treaty.frameworks.all()) == [other] and Citation.objects.about(other).get().source == paper
    assert undrifted()


def test_what_stands_there_word_for_word_goes(kg_tj: Pair) -> None:
    one, other, club = event(kg_tj), event(kg_tj), actor()
    for concert in (one, other):
        concert.participations.create(actor=club, role="ORGANISER", side_id="KG")
        concert.sent.create(country_id="KG", people=4)
    merge(one, other)
    assert other.participations.count() == other.sent.count() == 1


def test_every_kind_with_all_that_hangs_on_it(kg_tj: Pair, aigul: User) -> None:
    """Of a full record and a bare one of every kind: nothing points to the one that is gone, nothing has drifted."""
    made = one_of_each(kg_tj, aigul)
    bare = {
        Agreement: agreement(kg_tj), Commission: commission(kg_tj), Programme: programme(kg_tj), Event: event(kg_tj),
        Session: session(commission(kg_tj), number=9), Commitment: keep(Commitment(pair=kg_tj, text="Another")),
        Source: source(), Place: keep(Place(name="There")), Actor: actor(), Subject: keep(Subject(labels={"en": "A"})),
        Framework: keep(Framework(title="B")),
    }  # fmt: skip
    for kind, into in bare.items():
        record = kind.objects.get(pk=made[kind].pk)
        into = kind.objects.get(pk=into.pk)
        merge(record, into)
        assert not kind.objects.filter(ref=record.ref).exists()
        assert undrifted(), kind
    call_command("check_records", verbosity=0)


# What stops it -------------------------------------------------------------------------------------------------------


def counted() -> tuple[int, ...]:
    return Revision.objects.count(), Change.objects.count(), Citation.objects.count()


def test_what_cannot_stand_beside_another_stops_it(kg_tj: Pair) -> None:
    one, other = commission(kg_tj), commission(kg_tj)
    event(kg_tj, initiative=one)
    for body in (one, other):
        session(body, number=3, started_on="2020-03-12")
    before = counted()
    with pytest.raises(ValidationError, match="Session 3.*would stand beside another"):
        merge(one, other)
    assert counted() == before and Commission.objects.filter(pk=one.pk, version=one.version).exists()
    concert, same, club = event(kg_tj), event(kg_tj), actor()
    concert.participations.create(actor=club, role="ORGANISER", side_id="KG")
    same.participations.create(actor=club, role="ORGANISER", side_id="TJ")
    before = counted()
    with pytest.raises(ValidationError, match="nothing was merged"):
        merge(concert, same)
    assert counted() == before and concert.participations.count() == 1


def test_what_is_not_one_and_the_same(kg_tj: Pair) -> None:
    concert = event(kg_tj)
    for into in (concert, agreement(kg_tj)):
        with pytest.raises(ValidationError, match="same kind"):
            merge(concert, into)
    with pytest.raises(ValidationError, match="different pairs"):
        merge(concert, event(Pair.objects.between("KZ", "UZ")))
    with pytest.raises(ValidationError, match="same kind"):
        merge(kg_tj, Pair.objects.between("KZ", "UZ"))
    parent = commission(kg_tj)
    child = commission(kg_tj, parent=parent)
    with pytest.raises(ValidationError, match="circle"):
        merge(parent, child)
    assert undrifted()


def test_who_may(kg_tj: Pair, aigul: User, bakyt: User, nurlan: User, rosa: User) -> None:
    one, other = event(kg_tj), event(kg_tj)
    for stranger in (aigul, nurlan):
        with pytest.raises(PermissionDenied):
            merge(one, other, by=stranger)
    drafts = [event(kg_tj, visibility=access.DRAFT) for _each in range(2)]
    with pytest.raises(PermissionDenied, match="needs an approver"):
        merge(drafts[0], drafts[1], by=aigul)
    merge(one, other, by=bakyt)
    # an approver of one desk does not write the records of others, nor learn what they are called
    paper, same = source(desk_id="KG"), source(desk_id="KG")
    hidden = event(Pair.objects.between("KZ", "UZ"), title="A secret", visibility=access.DRAFT)
    Citation.objects.create(record=hidden, source=paper)
    with pytest.raises(PermissionDenied, match="not yours to edit: event. ") as refused:
        merge(paper, same, by=bakyt)
    assert "secret" not in str(refused.value)
    merge(paper, same, by=rosa)
    assert Citation.objects.get().source == same


def test_there_are_never_too_many(kg_tj: Pair, bakyt: User, client: Client, monkeypatch: Any) -> None:
    one, other, lone = actor(ref="ONE", country_id="KG"), actor(ref="OTHER", country_id="KG"), actor(parent_id=None)
    for _number in range(3):
        event(kg_tj).participations.create(actor=one, role="ORGANISER")
    monkeypatch.setattr(merging, "MOST", 2)
    with pytest.raises(ValidationError, match="More than 2 rows point to"):
        merge(one, other)
    client.force_login(bakyt)
    answer = client.get("/actors/ONE/merge/?into=OTHER")
    assert answer.status_code == 422 and "Merge the other into it" in answer.content.decode()
    merge(lone, one)


def test_a_conflict_writes_nothing(kg_tj: Pair) -> None:
    one, other = event(kg_tj), event(kg_tj)
    before = counted()
    for versions in ({"version": 9}, {"into_version": 9}):
        with pytest.raises(write.Conflict):
            merge(one, other, **versions)
    assert counted() == before


# What is seen afterwards ---------------------------------------------------------------------------------------------


def test_the_address_leads_on_through_all_mergings(kg_tj: Pair, client: Client) -> None:
    a, b, c = (event(kg_tj, ref=ref) for ref in ("A", "B", "C"))
    merge(a, b)
    merge(Event.objects.get(ref="B"), c)
    changes.number()
    for ref in ("A", "B"):
        answer = client.get(f"/api/v1/events/{ref}/?lang=ru")
        assert (answer.status_code, answer["Location"]) == (301, "/api/v1/events/C/?lang=ru")
        assert client.get(f"/events/{ref}/")["Location"] == "/events/C/"
    rows = client.get("/api/v1/changes/?what=merged").json()["results"]
    assert [(row["ref"], row["into"], row["title"]) for row in rows] == [("A", "B", None), ("B", "C", None)]
    survivor = Event.objects.get(ref="C")
    survivor.visibility = access.DRAFT
    write.save(survivor, by=write.SYSTEM)
    assert client.get("/events/A/").status_code == client.get("/api/v1/events/B/").status_code == 410


def test_no_draft_is_told_of_by_a_merging(kg_tj: Pair, client: Client) -> None:
    shown, hidden = event(kg_tj, ref="SHOWN"), event(kg_tj, ref="HIDDEN", visibility=access.DRAFT)
    merge(shown, hidden)
    changes.number()
    told = client.get("/api/v1/changes/").content.decode()
    assert "HIDDEN" not in told and "merged" not in told and '"deleted"' in told
    assert client.get("/events/SHOWN/").status_code == 410
    draft, public = event(kg_tj, ref="DRAFT", visibility=access.DRAFT), event(kg_tj)
    merge(draft, public)
    assert client.get("/events/DRAFT/").status_code == 404


def test_restoring_brings_back_its_own_and_leaves_what_has_moved(kg_tj: Pair) -> None:
    one, other = commission(kg_tj, ref="ONE", title="Council"), commission(kg_tj)
    met = session(one)
    with write.change(one, by=write.SYSTEM):
        one.save()
        one.chairs.create(side_id="KG", actor=actor(), office="Minister")
    removal = merge(one, other)
    back = undo.restore(removal, by=write.SYSTEM)
    met.refresh_from_db()
    assert (back.title, back.visibility, back.chairs.count()) == ("Council", access.DRAFT, 1)
    assert met.commission == other
    assert undrifted()


def test_who_is_erased_is_erased_under_every_name(kg_tj: Pair) -> None:
    """The revisions of a duplicate, and of its duplicate, tell of the same person."""
    people = [actor(ref=ref, name=f"Tahmina {ref}", type="N_PERSON") for ref in ("A", "B", "C")]
    merge(people[0], people[1])
    merge(Actor.objects.get(ref="B"), people[2])
    write.erase(Actor.objects.get(ref="C"), by=write.SYSTEM)
    assert not any("Tahmina" in f"{row.title} {row.content}" for row in Revision.objects.all())
    assert {row.ref for row in Revision.objects.filter(model="actors.Actor")} == {"A", "B", "C"}


# The page ------------------------------------------------------------------------------------------------------------


def hidden_fields(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


def test_an_approver_looks_at_both_and_merges(kg_tj: Pair, bakyt: User, client: Client) -> None:
    one, other = event(kg_tj, ref="ONE", title="Consert"), event(kg_tj, ref="OTHER", title="Concert")
    one.participations.create(actor=actor(), role="ORGANISER")
    client.force_login(bakyt)
    assert "/events/ONE/merge/" in client.get("/events/ONE/").content.decode()
    assert client.get("/events/ONE/merge/").status_code == 200
    page = client.get("/events/ONE/merge/?into=OTHER").content.decode()
    assert "Consert" in page and "Participations: 1" in page
    assert Event.objects.count() == 2  # nothing yet
    answer = client.post("/events/ONE/merge/", hidden_fields(page) | {"why": "a slip"}, follow=True)
    assert answer.redirect_chain[-1][0] == "/events/OTHER/" and "is merged into" in answer.content.decode()
    assert Event.objects.get().ref == "OTHER" and other.participations.count() == 1


def test_what_the_page_refuses(kg_tj: Pair, aigul: User, bakyt: User, client: Client) -> None:
    event(kg_tj, ref="ONE"), event(Pair.objects.between("KZ", "UZ"), ref="FAR")
    other = event(kg_tj, ref="OTHER")
    assert client.get("/events/ONE/merge/").status_code == 302  # to sign in
    client.force_login(aigul)
    assert client.get("/events/ONE/merge/").status_code == client.post("/events/ONE/merge/").status_code == 403
    client.force_login(bakyt)
    for typed, said in {"NOTHING": "There is no event", "FAR": "different pairs", "ONE": "same kind"}.items():
        answer = client.get(f"/events/ONE/merge/?into={typed}")
        assert answer.status_code == 422 and said in answer.content.decode()
    fields = hidden_fields(client.get("/events/ONE/merge/?into=OTHER").content.decode())
    write.save(other, by=write.SYSTEM)
    answer = client.post("/events/ONE/merge/", fields)
    assert answer.status_code == 409 and "changed by somebody else" in answer.content.decode()
    assert Event.objects.filter(ref="ONE").exists()


def test_a_session_published_meanwhile_goes_along(transactional_db: None, kg_tj: Pair) -> None:
    """Its writer has its row and will ask for that of the commission; the merging waits for him, and he not for it."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    duplicate, council = commission(kg_tj, ref="DUPLICATE"), commission(kg_tj, ref="COUNCIL")
    meeting = session(duplicate, ref="MET", visibility="draft", number=3, started_on="2020-01-01")
    is_saved, may_go_on = Signal(), Signal()

    def wait(**_kwargs: Any) -> None:
        is_saved.set()
        assert may_go_on.wait(20)

    def publish() -> None:
        meeting.visibility = "published"
        post_save.connect(wait, sender=Session)
        try:
            write.save(meeting, by=write.SYSTEM)
        finally:
            post_save.disconnect(wait, sender=Session)
            connection.close()

    def merge() -> None:
        try:
            merging.merge(duplicate, into=council, by=write.SYSTEM)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        published = threads.submit(publish)
        assert is_saved.wait(20)
        merged = threads.submit(merge)
        with pytest.raises(TimeoutError):
            merged.result(0.5)
        may_go_on.set()
        published.result(20), merged.result(20)
    stored = Session.objects.get()
    assert (stored.commission.ref, stored.visibility, stored.version) == ("COUNCIL", "published", 3)
    told = Change.objects.order_by("sequence").values_list("ref", "what")
    assert [*told.filter(ref="MET")] == [("MET", "published"), ("MET", "changed")]
    assert told.last() == ("DUPLICATE", "merged")
