"""Relations between initiatives: rows of the one they start from, at the desk, through the API and in its history."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agreements.models import Agreement
from continuity.models import Relation
from registry.core import changes, merging, undo, write
from registry.core.models import Change, Pair, Revision, User
from tests.cast import agreement, commission, programme
from tests.programs import Program, problem, wrong
from tests.sheets import typed

pytestmark = pytest.mark.once

TWICE = "would stand here twice. Change one of the two, or remove it."


@pytest.fixture
def at_desk(client: Client, aigul: User, on_day: Any) -> Client:
    on_day("2026-11-22")
    client.force_login(aigul)
    return client


@pytest.fixture
def old(kg_tj: Pair) -> Agreement:
    return agreement(kg_tj, ref="OLD", title="Old treaty")


@pytest.fixture
def new(kg_tj: Pair) -> Agreement:
    return agreement(kg_tj, ref="NEW", title="New treaty")


@pytest.fixture
def hidden(new: Agreement) -> Relation:
    """A relation to a draft of Tajikistan and Uzbekistan, which nobody at the desk of Kyrgyzstan sees."""
    secret = agreement(Pair.objects.between("TJ", "UZ"), ref="SECRET", title="Secret treaty", visibility="draft")
    return relate(new, "FRAMEWORK_OF", secret, note="Secret note")


def relate(source: Any, kind: str, target: Any, **fields: Any) -> Relation:
    with write.change(source, by=write.SYSTEM):
        row: Relation = source.relations_from.create(kind=kind, target_id=target.pk, **fields)
    return row


def edit(record: Any) -> str:
    return f"{record.get_absolute_url()}edit/"


def sent(client: Client, record: Any, status: int, **values: Any) -> list[str]:
    """Send the form of a record as it was filled in; return what is wrong with it."""
    answer = client.post(edit(record), typed(client.get(edit(record)), **values))
    assert answer.status_code == status
    return [] if status == 302 else [found.text for found in answer.context["problems"]]


def related(record: Any) -> list[tuple[str, str, str]]:
    return list(record.relations_from.values_list("kind", "target__ref", "note"))


# At the desk ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [agreement, commission, programme])
def test_it_is_entered_with_the_initiative_it_starts_from(at_desk: Client, old: Agreement, make: Any) -> None:
    record = make(old.pair, ref="ONE", title="Second one")
    agreement(Pair.objects.between("TJ", "UZ"), title="Of others")
    (form,) = next(rows for rows in at_desk.get(edit(record)).context["sheet"].rows if rows.prefix == "relations_from")
    assert list(form.fields["target"].rows) == [str(old.pk)]  # neither itself nor one of another pair

    row = {"relations_from__0__kind": "IMPLEMENTS", "relations_from__0__target": old.pk}
    sent(at_desk, record, 302, **row, relations_from__0__note="Article 3")
    assert related(record) == [("IMPLEMENTS", "OLD", "Article 3")]
    assert "Is implemented by" in at_desk.get(old.get_absolute_url()).content.decode()
    record.refresh_from_db()
    told = Revision.objects.filter(ref="ONE").first()
    assert (record.version, told.version, len(told.content["relations_from"])) == (2, 2, 1)
    step = at_desk.get(f"{record.get_absolute_url()}history/").context["steps"][0]
    assert [(one.what, one.before) for one in step.changes] == [("Relation", "")]
    assert "Old treaty" in step.changes[0].after
    changes.number()
    assert [(one.ref, one.what) for one in Change.objects.order_by("-sequence")[:1]] == [("ONE", "changed")]


def test_it_is_asked_for_with_a_new_initiative_too(at_desk: Client, old: Agreement) -> None:
    path = "/programmes/new/?pair=KG-TJ"
    said = {"title": "Plan", "programme_kind": "COOPERATION", "started_on": "2026"}
    said |= {"relations_from__0__kind": "IMPLEMENTS", "relations_from__0__target": str(old.pk)}
    assert at_desk.post(path, typed(at_desk.get(path), **said)).status_code == 302
    assert Relation.objects.get().source.title == "Plan"


def test_none_leads_to_itself_and_none_stands_twice(at_desk: Client, old: Agreement, new: Agreement) -> None:
    def row(number: int, kind: str, target: Agreement) -> dict[str, Any]:
        start = f"relations_from__{number}__"
        return {f"{start}kind": kind, f"{start}target": target.pk, "relations_from__TOTAL_FORMS": number + 1}

    (itself,) = sent(at_desk, new, 422, **row(0, "AMENDS", new))
    assert f"“{new.pk}” is not offered here. Choose one from the list." in itself
    both = {**row(0, "AMENDS", old), **row(1, "AMENDS", old)}
    assert sent(at_desk, new, 422, **both) == [f"Relation 2, “Amends, Old treaty” {TWICE}"]
    assert Relation.objects.count() == 0
    sent(at_desk, new, 302, **row(0, "AMENDS", old))
    assert sent(at_desk, new, 422, **row(1, "AMENDS", old)) == [f"Relation 2, “Amends, Old treaty” {TWICE}"]
    sent(at_desk, new, 302, **row(1, "SUPERSEDES", old))
    assert [kind for kind, _target, _note in related(new)] == ["AMENDS", "SUPERSEDES"]


def test_what_a_desk_may_not_see_is_neither_shown_nor_lost(
    at_desk: Client, aigul: User, old: Agreement, new: Agreement, hidden: Relation
) -> None:
    for path in (edit(new), new.get_absolute_url(), "/api/v1/agreements/NEW/", "/api/v1/relations/"):
        assert "ecret" not in at_desk.get(path).content.decode(), path
    sent(at_desk, new, 302, relations_from__0__kind="AMENDS", relations_from__0__target=old.pk)
    sent(at_desk, new, 302, relations_from__0__DELETE="on")
    program = Program(aigul)
    assert program.get("agreements/NEW/").json()["relations_from"] == []
    answer = program.patch("agreements/NEW/", {"relations_from": []}, 4)
    assert (answer.status_code, answer.json()["relations_from"]) == (200, [])
    said = {"relations_from": [{"kind": "AMENDS", "target": "SECRET"}]}
    (remedy,) = wrong(program.patch("agreements/NEW/", said, 5)).values()
    assert remedy.startswith("“SECRET” is not on file, or not for you to see.")
    assert list(Relation.objects.all()) == [hidden]
    assert related(new) == [("FRAMEWORK_OF", "SECRET", "Secret note")]


def test_a_conflict_loses_no_relation_of_either_side(
    at_desk: Client, old: Agreement, new: Agreement, farrukh: User
) -> None:
    other = Client()
    other.force_login(farrukh)
    mine = typed(at_desk.get(edit(new)), relations_from__0__kind="AMENDS", relations_from__0__target=old.pk)
    sent(other, new, 302, relations_from__0__kind="IMPLEMENTS", relations_from__0__target=old.pk)
    asked = at_desk.post(edit(new), mine)
    assert asked.status_code == 409
    assert [one.what for one in asked.context["differences"]] == ["Relation"]
    assert at_desk.post(edit(new), typed(asked)).status_code == 302
    assert sorted(kind for kind, _target, _note in related(new)) == ["AMENDS", "IMPLEMENTS"]


def test_what_a_relation_leads_to_is_not_deleted_before_it(client: Client, bakyt: User, kg_tj: Pair) -> None:
    """Else it would vanish from the other initiative, and no version of that would tell of it."""
    client.force_login(bakyt)
    old, new = agreement(kg_tj, title="Old treaty"), agreement(kg_tj, title="New treaty")
    relate(new, "SUPERSEDES", old)
    page = client.get(f"{old.get_absolute_url()}delete/")
    assert page.context["holding"] == [("Relations", [new], 0)]
    assert new.get_absolute_url() in page.content.decode()
    with pytest.raises(ValidationError, match="cannot be deleted while these point to it: relation"):
        write.delete(old, by=bakyt)
    page = client.get(f"{new.get_absolute_url()}delete/")
    assert page.context["going"] == [("Relations", 1)]
    write.delete(Agreement.objects.get(pk=new.pk), by=bakyt)
    write.delete(Agreement.objects.get(pk=old.pk), by=bakyt)


# Through the API -----------------------------------------------------------------------------------------------------


@pytest.fixture
def program(aigul: User, on_day: Any) -> Program:
    on_day("2026-11-22")
    return Program(aigul)


@pytest.mark.parametrize("make", [agreement, commission, programme])
def test_it_is_written_as_a_row_of_its_initiative(program: Program, old: Agreement, make: Any) -> None:
    record = make(old.pair, ref="ONE")
    path = f"{record.url_name()}s/ONE/"
    said = [{"kind": "IMPLEMENTS", "target": "OLD"}, {"kind": "AMENDS", "target": "OLD", "note": "Article 3"}]
    answer = program.patch(path, {"relations_from": said}, 1)
    assert answer.status_code == 200, answer.content
    rows = answer.json()["relations_from"]
    assert [(row["kind"], row["kind_label"], row["target"]["ref"], row["note"]) for row in rows] == [
        ("IMPLEMENTS", "Implements", "OLD", None),
        ("AMENDS", "Amends", "OLD", "Article 3"),
    ]
    assert rows == Client().get(f"/api/v1/{path}").json()["relations_from"]
    refs = dict(Relation.objects.values_list("kind", "ref"))
    # what was read can be sent back; one that stays keeps its reference, and what is left out goes
    assert program.patch(path, {"relations_from": rows}, 2).json()["relations_from"] == rows
    answer = program.patch(path, {"relations_from": [rows[1] | {"note": "Article 4"}]}, 3)
    assert [row["note"] for row in answer.json()["relations_from"]] == ["Article 4"]
    assert Relation.objects.get().ref == refs["AMENDS"]
    answer = program.patch(path, {"short_title": "One"}, 4)  # and what is not named stays
    assert len(answer.json()["relations_from"]) == 1


def test_it_is_written_with_a_new_one_and_what_is_wrong_is_named(program: Program, old: Agreement) -> None:
    agreement(Pair.objects.between("KG", "UZ"), ref="OTHER")
    said = {"pair": "KG-TJ", "title": "Plan", "programme_kind": "COOPERATION", "rhythm": "irregular"}
    row = {"kind": "SUPERSEDES", "target": "OLD"}
    made = program.post("programmes/", said | {"relations_from": [row]})
    assert (made.status_code, [one["target"]["ref"] for one in made.json()["relations_from"]]) == (201, ["OLD"])
    path, start = f"programmes/{made.json()['ref']}/", "relations_from"
    itself = wrong(program.patch(path, {start: [row | {"target": made.json()["ref"]}]}, 1))
    assert itself == {f"{start}[0].target": "An initiative has no relation to itself. Choose another one."}
    for one in (row, {"kind": "AMENDS", "target": "OLD"}):  # the first of which is on file
        word = {"SUPERSEDES": "Supersedes", "AMENDS": "Amends"}[one["kind"]]
        twice = wrong(program.patch(path, {start: [one, one]}, 1))
        assert twice == {f"{start}[1]": f"“{word}, Old treaty” {TWICE}"}
    assert wrong(program.patch(path, {start: [row | {"target": "OTHER"}]}, 1)).keys() == {f"{start}[0].target"}
    assert wrong(program.patch(path, {start: [{}]}, 1)).keys() == {f"{start}[0].kind", f"{start}[0].target"}
    assert wrong(program.patch(path, {start: [row | {"kind": "AMENDED"}]}, 1)).keys() == {f"{start}[0].kind"}
    assert Relation.objects.count() == 1
    problem(program.post("relations/", row), 405)  # the list is to be read


def test_what_many_relations_name_is_read_at_once(program: Program, new: Agreement) -> None:
    rows = [{"kind": "AMENDS", "target": agreement(new.pair).ref} for _number in range(20)]
    numbers = []
    for version, some in enumerate((rows[:10], rows), start=1):
        with CaptureQueriesContext(connection) as asked:
            assert program.patch("agreements/NEW/", {"relations_from": some}, version).status_code == 200
        numbers.append(len([query for query in asked if "SELECT" in query["sql"][:10]]))
    assert numbers[1] - numbers[0] <= 1, numbers  # what is on file has relations, now


# Undo and merging ----------------------------------------------------------------------------------------------------


def test_undo_brings_it_back_under_its_reference(at_desk: Client, old: Agreement, new: Agreement) -> None:
    relation = relate(new, "AMENDS", old, note="Article 3")
    with_it = Revision.objects.filter(ref="NEW").first()
    sent(at_desk, new, 302, relations_from__0__DELETE="on")
    assert related(new) == []
    at_desk.post(f"/revisions/{with_it.pk}/restore/")
    assert related(new) == [("AMENDS", "OLD", "Article 3")]
    assert Relation.objects.get().ref == relation.ref
    without = Revision.objects.filter(ref="NEW").last()
    at_desk.post(f"/revisions/{without.pk}/restore/")
    assert related(new) == []


def test_a_version_from_before_relations_were_rows_leaves_them(at_desk: Client, old: Agreement, new: Agreement) -> None:
    before = Revision.objects.get(ref="NEW")
    del before.content["relations_from"]
    before.save()
    relate(new, "AMENDS", old)
    changes.number()
    step = at_desk.get(f"{new.get_absolute_url()}history/").context["steps"][0]
    assert step.changes == []  # whether the relation was there before is not known
    told = Client().get("/api/v1/agreements/NEW/?expand=history").json()["history"]
    assert [one["fields_changed"] for one in told if one["version"] == 2] == [[]]
    at_desk.post(f"/revisions/{before.pk}/restore/")
    new.refresh_from_db()
    assert (new.version, related(new)) == (3, [("AMENDS", "OLD", "")])


def test_merging_keeps_each_relation_once(old: Agreement, new: Agreement, kg_tj: Pair) -> None:
    twin, plan = agreement(kg_tj, ref="TWIN"), programme(kg_tj, ref="PLAN")
    for source in (new, twin):
        relate(source, "SUPERSEDES", old)
        relate(plan, "IMPLEMENTS", source)
    moved = relate(twin, "AMENDS", old, note="Only here")
    relate(twin, "AMENDS", new)  # to itself, then: both go
    relate(new, "FRAMEWORK_OF", twin)
    merging.merge(twin, into=new, by=write.SYSTEM)
    assert related(new) == [("SUPERSEDES", "OLD", ""), ("AMENDS", "OLD", "Only here")]
    assert Relation.objects.get(note="Only here").ref == moved.ref
    assert related(plan) == [("IMPLEMENTS", "NEW", "")]
    for ref in ("NEW", "PLAN"):  # whose rows have changed tells of it
        last = Revision.objects.filter(ref=ref).first()
        record = {"NEW": new, "PLAN": plan}[ref]
        record.refresh_from_db()
        assert (last.version, last.content["relations_from"]) == (
            record.version,
            write.content(record)["relations_from"],
        )
    # the duplicate comes back with a relation of its own: the one that has moved keeps its reference
    back = undo.restore(Revision.objects.filter(ref="TWIN").first(), by=write.SYSTEM)
    assert ("AMENDS", "OLD", "Only here") in related(back)
    assert Relation.objects.filter(note="Only here").count() == 2
    assert related(new) == [("SUPERSEDES", "OLD", ""), ("AMENDS", "OLD", "Only here")]


def test_relations_that_say_different_things_stop_a_merging(old: Agreement, new: Agreement, kg_tj: Pair) -> None:
    twin = agreement(kg_tj, ref="TWIN")
    relate(new, "SUPERSEDES", old, note="By its article 9")
    relate(twin, "SUPERSEDES", old, note="By plain sense")
    with pytest.raises(ValidationError, match="would stand beside another that it must differ from"):
        merging.merge(twin, into=new, by=write.SYSTEM)
    assert Relation.objects.count() == 2
