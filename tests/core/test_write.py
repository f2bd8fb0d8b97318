"""The one write path: exactly one writer wins, a refused write leaves nothing, a deletion says what holds it."""

from collections.abc import Callable
from datetime import date, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction

from actors.models import Actor
from agreements.models import Agreement, Commission, Commitment, Session
from continuity import door
from continuity.models import Initiative
from events.models import Event
from registry.core import clock, undo, write
from registry.core.models import (
    Citation,
    Comment,
    Confirmation,
    Document,
    Framework,
    Pair,
    Place,
    Revision,
    Source,
    Subject,
    User,
)
from tests.cast import agreement, commission, event, programme, session
from tests.everything import keep, one_of_each, records

# Two at once ---------------------------------------------------------------------------------------------------------


def together(*works: Callable[[], Any]) -> list[Any]:
    """Do all of them at the same moment, each on a connection of its own; return results, or what was raised."""
    results: list[Any] = [None] * len(works)
    barrier = Barrier(len(works), timeout=20)

    def run(place: int) -> None:
        try:
            barrier.wait()
            results[place] = works[place]()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_one_of_four_claims_wins_in_each_of_200_rounds(transactional_db: None, kg_tj: Pair) -> None:
    """An agreement, that is a multi-table child: on its own manager the claim would become a SELECT and an UPDATE."""
    treaty = agreement(kg_tj)
    rounds, writers = 200, 4
    barrier = Barrier(writers, timeout=20)
    won: list[int] = []

    def claim() -> None:
        mine = Agreement.objects.get(pk=treaty.pk)
        for version in range(1, rounds + 1):
            barrier.wait()
            try:
                with transaction.atomic():
                    write._claim(mine, version)
                won.append(version)
            except write.Conflict:
                pass
        connection.close()

    threads = [Thread(target=claim) for _writer in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == list(range(1, rounds + 1))


def test_one_of_four_writers_wins_and_the_others_have_written_nothing(transactional_db: None, kg_tj: Pair) -> None:
    treaty = agreement(kg_tj)

    def writer(name: str) -> Callable[[], str]:
        mine = Agreement.objects.get(pk=treaty.pk)

        def work() -> str:
            mine.title = name
            with write.change(mine, by=write.SYSTEM, why=name):
                mine.save()
                mine.articles.create(number=mine.version, text=name)
            return name

        return work

    for turn in range(1, 9):
        results = together(*(writer(name) for name in "ABCD"))
        (winner,) = [result for result in results if isinstance(result, str)]
        assert [type(result) for result in results if result != winner] == [write.Conflict] * 3
        treaty.refresh_from_db()
        assert (treaty.version, treaty.title) == (turn + 1, winner)
        assert treaty.articles.count() == turn
        assert Revision.objects.filter(ref=treaty.ref).count() == turn + 1
        assert Revision.objects.filter(ref=treaty.ref).first().why == winner


def test_writers_of_one_family_wait_for_each_other_and_leave_no_drift(transactional_db: None, kg_tj: Pair) -> None:
    """Whoever comes from above and whoever comes from below lock in one order, so none is stopped by a deadlock."""
    top = agreement(kg_tj)
    body = commission(kg_tj, parent=top)
    series = programme(kg_tj, parent=body)

    def publish(record: Any, visibility: str) -> Callable[[], None]:
        def work() -> None:
            mine = type(record).objects.get(pk=record.pk)
            mine.visibility = visibility
            write.save(mine, by=write.SYSTEM)

        return work

    for turn in range(6):
        day = date(2019, 1, 1) + timedelta(days=40 * turn)
        results = together(
            lambda day=day: event(kg_tj, initiative=series, started_on=day.isoformat()) and None,
            lambda day=day: event(kg_tj, initiative=series, started_on=day.isoformat()) and None,
            lambda day=day: session(body, started_on=day.isoformat()) and None,
            publish(top, ["draft", "published"][turn % 2]),
            publish(body, ["draft", "published"][turn % 2]),
            publish(series, "published"),
        )
        assert results == [None] * 6
        assert door.rebuild() == 0


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one writer in at a time")
def test_two_initiatives_that_name_each_other_can_be_written_at_the_same_moment(
    transactional_db: None, kg_tj: Pair
) -> None:
    """Foreign keys are checked at commit, when each writer still holds its own initiative."""
    one, other = agreement(kg_tj), programme(Pair.objects.between("KZ", "UZ"))
    both = Barrier(2, timeout=20)

    def writer(mine: Initiative, theirs: Initiative) -> Callable[[], None]:
        def work() -> None:
            with write.change(mine, by=write.SYSTEM):
                mine.save()
                mine.relations_from.create(kind="IMPLEMENTS", target=theirs)
                both.wait()

        return work

    assert together(writer(one, other), writer(other, one)) == [None, None]


# A refused write -----------------------------------------------------------------------------------------------------


def stored() -> tuple:
    """Return what a refused write must not have touched."""
    return (
        list(Initiative.objects.order_by("pk").values_list("pk", "version", "title", "visibility")),
        Revision.objects.count(),
        Subject.objects.count(),
    )


def test_a_stranger_changes_nothing(kg_tj: Pair, nurlan: User, sardor: User) -> None:
    treaty = agreement(kg_tj)
    before = stored()
    for writer in (nurlan, sardor):
        treaty.title = "Theirs"
        with pytest.raises(PermissionDenied, match="Ask its desk"):
            write.save(treaty, by=writer)
        with pytest.raises(PermissionDenied):
            write.delete(treaty, by=writer)
    assert stored() == before


def test_nobody_takes_a_record_from_another_pair(kg_tj: Pair, aigul: User) -> None:
    """The rights are asked of the record as it was and of the record as it will be."""
    theirs = event(Pair.objects.between("KZ", "UZ"))
    theirs.pair = kg_tj
    with pytest.raises(PermissionDenied):
        write.save(theirs, by=aigul)
    ours = event(kg_tj)
    ours.pair = Pair.objects.between("KZ", "UZ")
    with pytest.raises(PermissionDenied):
        write.save(ours, by=aigul)


def test_a_reader_and_an_account_that_was_closed_change_nothing(kg_tj: Pair, aigul: User) -> None:
    treaty = agreement(kg_tj)
    aigul.desk_roles.update(role="reader")
    with pytest.raises(PermissionDenied):
        write.save(treaty, by=User.objects.get(pk=aigul.pk))
    aigul.desk_roles.update(role="approver")
    User.objects.filter(pk=aigul.pk).update(is_active=False)
    with pytest.raises(PermissionDenied):
        write.save(treaty, by=User.objects.get(pk=aigul.pk))


@pytest.mark.parametrize(("before", "after"), [("draft", "published"), ("published", "draft"), ("draft", "staff_only")])
def test_publishing_and_its_opposite_need_an_approver(
    kg_tj: Pair, aigul: User, gulnora: User, before: str, after: str
) -> None:
    treaty = agreement(kg_tj, visibility=before)
    treaty.visibility = after
    with pytest.raises(PermissionDenied, match="needs an approver"):
        write.save(treaty, by=aigul)
    assert Agreement.objects.get().visibility == before
    write.save(treaty, by=gulnora)
    assert Agreement.objects.get().visibility == after


def test_nothing_is_born_published_without_an_approver(kg_tj: Pair, aigul: User, bakyt: User) -> None:
    fields = {"pair": kg_tj, "title": "New", "type": "TREATY", "rhythm": "irregular", "visibility": "published"}
    with pytest.raises(PermissionDenied):
        write.save(Agreement(**fields), by=aigul)
    write.save(Agreement(**fields), by=bakyt)


def test_an_editor_edits_what_is_published_and_it_is_live(kg_tj: Pair, aigul: User) -> None:
    treaty = agreement(kg_tj)
    treaty.title = "Mended"
    write.save(treaty, by=aigul)
    assert Agreement.objects.get().title == "Mended"


def test_an_editor_deletes_drafts_only(kg_tj: Pair, aigul: User, bakyt: User) -> None:
    shown, draft = event(kg_tj), event(kg_tj, visibility="draft")
    write.delete(draft, by=aigul)
    with pytest.raises(PermissionDenied, match="needs an approver"):
        write.delete(shown, by=aigul)
    write.delete(shown, by=bakyt)


def test_a_version_read_too_long_ago_is_a_conflict(kg_tj: Pair, aigul: User, bakyt: User, farrukh: User) -> None:
    treaty = agreement(kg_tj)
    mine, theirs = Agreement.objects.get(), Agreement.objects.get()
    theirs.title = "Farrukh’s"
    write.save(theirs, by=farrukh)
    before = stored()
    mine.title = "Aigul’s"
    with pytest.raises(write.Conflict, match="since version 1 was read"):
        write.save(mine, by=aigul)
    with pytest.raises(write.Conflict):
        write.delete(mine, by=bakyt, version=1)
    assert stored() == before
    assert mine.version == 1
    treaty.refresh_from_db()
    write.save(treaty, by=aigul, version=2)


def test_what_was_deleted_meanwhile_is_a_conflict(kg_tj: Pair, aigul: User) -> None:
    concert = event(kg_tj, visibility="draft")
    write.delete(Event.objects.get(), by=aigul)
    with pytest.raises(write.Conflict):
        write.save(concert, by=aigul)
    assert not Event.objects.exists()


def test_what_fails_on_the_way_leaves_nothing(kg_tj: Pair, aigul: User) -> None:
    """Neither the row nor its links, neither the version nor the revision; and the object does not claim otherwise."""
    treaty = agreement(kg_tj)
    before = stored()
    with pytest.raises(ValidationError), write.change(treaty, by=aigul):
        treaty.title = "Half"
        treaty.save()
        treaty.subjects.add(Subject.objects.create(labels={"en": "Half"}))
        raise ValidationError("No.")
    assert stored() == before
    assert treaty.version == 1


@pytest.mark.parametrize(
    ("maker", "field"),
    [(session, "started_on"), (event, "started_on"), (agreement, "signed_on"), (event, "reported_on")],
)
def test_what_has_happened_does_not_lie_in_the_future(kg_tj: Pair, maker: Any, field: str) -> None:
    """Checked by the write path itself, for whoever writes without a form; tomorrow is today somewhere already."""
    record = maker(commission(kg_tj) if maker is session else kg_tj)
    for days, refused in ((1, False), (2, True)):
        day = clock.today() + timedelta(days=days)
        setattr(record, field, day if field == "reported_on" else day.isoformat())
        if refused:
            with pytest.raises(ValidationError, match=f"“{day}” lies in the future"):
                write.save(record, by=write.SYSTEM)
        else:
            write.save(record, by=write.SYSTEM)


def test_what_is_planned_may_lie_in_the_future(kg_tj: Pair) -> None:
    later = (clock.today() + timedelta(days=90)).isoformat()
    event(kg_tj, outcome="PLANNED", started_on="", planned_on=later)
    programme(kg_tj, started_on=later)


# The log -------------------------------------------------------------------------------------------------------------


def test_a_revision_says_who_when_why_and_every_edited_field(kg_tj: Pair, rosa: User) -> None:
    made = one_of_each(kg_tj, rosa)
    treaty, actor = made[Agreement], made[Actor]
    with write.change(treaty, by=rosa, why="Proofread"):
        treaty.title = "Treaty of friendship"
        treaty.save()
    revision = Revision.objects.filter(ref=treaty.ref).first()
    assert (revision.model, revision.kind, revision.by, revision.why) == (
        "agreements.Agreement",
        "changed",
        rosa,
        "Proofread",
    )
    assert (revision.version, revision.title, revision.visibility) == (3, "Treaty of friendship", "published")
    content = revision.content
    assert (content["title"], content["signed_on"], content["titles"]) == (
        "Treaty of friendship",
        "2016-01-10",
        {"ru": "Договор"},
    )
    assert len(content["fields"]) == 2
    assert [row["text"] for row in content["articles"]] == ["A festival every year."]
    assert [row["action"] for row in content["actions"]] == ["SUSPEND", "RESUME"]
    assert [row["actor"] for row in content["participations"]] == [actor.pk]
    assert [row["value"] for row in content["citations"]] == ["2016-01-10"]


def test_no_revision_holds_what_a_person_does_not_edit(kg_tj: Pair, rosa: User) -> None:
    one_of_each(kg_tj, rosa)
    for revision in Revision.objects.all():
        model = apps.get_model(revision.model)
        assert not model.DERIVED & revision.content.keys()
        assert {"ref", "version", "visibility"} <= model.DERIVED
    assert Initiative.RULE | Initiative.STORED | Initiative.ANNOUNCED <= Agreement.DERIVED & Commission.DERIVED


def test_every_write_of_the_tests_made_exactly_one_revision(kg_tj: Pair, rosa: User) -> None:
    for record in records(one_of_each(kg_tj, rosa)):
        latest = type(record).objects.get(pk=record.pk)
        versions = list(Revision.objects.filter(ref=record.ref).order_by("id").values_list("version", flat=True))
        if versions[0] == 1:  # a lapse comes into being by the rule, not by a write
            assert versions == list(range(1, latest.version + 1)), record


# Undo ----------------------------------------------------------------------------------------------------------------


def test_undo_never_touches_version_visibility_or_anything_derived(kg_tj: Pair, bakyt: User) -> None:
    body = commission(kg_tj, title="First", visibility="draft")
    session(body, started_on="2020-03-12")
    body.refresh_from_db()
    body.title, body.visibility = "Second", "published"
    write.save(body, by=bakyt)
    undo.restore(Revision.objects.get(ref=body.ref, version=1), by=bakyt)
    body.refresh_from_db()
    assert (body.title, body.version, body.visibility) == ("First", 3, "published")
    assert body.last_activity_on == date(2020, 3, 12)
    assert door.rebuild() == 0


def test_undo_of_any_record_brings_back_all_of_it(kg_tj: Pair, rosa: User) -> None:
    made = one_of_each(kg_tj, rosa)
    for record in records(made):
        latest = type(record).objects.get(pk=record.pk)
        before = write.content(latest)
        write.save(latest, by=rosa)
        for name in latest.ROWS:
            rows = getattr(latest, name)
            if not (latest._meta.model is Agreement and name == "articles"):
                rows.all().delete()
        for field in type(latest)._meta.many_to_many:
            getattr(latest, field.name).clear()
        back = undo.restore(Revision.objects.filter(ref=record.ref).first(), by=rosa)
        assert write.content(type(record).objects.get(pk=back.pk)) == before, record
    assert door.rebuild() == 0


def test_a_deleted_record_comes_back_as_a_draft_with_a_version_never_used(kg_tj: Pair, bakyt: User) -> None:
    concert = event(kg_tj, title="First")
    for title in ("Second", "Third"):
        concert.title = title
        write.save(concert, by=bakyt)
    ref, first = concert.ref, Revision.objects.filter(ref=concert.ref).last()
    write.delete(concert, by=bakyt)
    back = undo.restore(first, by=bakyt)
    assert (back.ref, back.title, back.visibility) == (ref, "First", "draft")
    versions = list(Revision.objects.filter(ref=ref).order_by("id").values_list("version", flat=True))
    assert versions == [1, 2, 3, 4, 5]


def test_undo_needs_the_same_rights(kg_tj: Pair, nurlan: User) -> None:
    treaty = agreement(kg_tj)
    with pytest.raises(PermissionDenied):
        undo.restore(Revision.objects.get(ref=treaty.ref), by=nurlan)
    assert Agreement.objects.get().version == 1


# Deleting ------------------------------------------------------------------------------------------------------------


def test_a_deletion_takes_rows_and_attachments_along_and_is_logged(kg_tj: Pair, rosa: User) -> None:
    other = agreement(kg_tj, title="Other")
    source = keep(Source(kind="OFFICIAL_PAGE", visibility="published"))
    treaty = agreement(kg_tj, title="Doomed")
    for record in (other, treaty):
        Citation.objects.create(record=record, source=source)
        Comment.objects.create(record=record, author=rosa, text="?")
        Confirmation.objects.create(record=record, side_id="KG", by=rosa, version=1, day=clock.today())
        keep(Document(record=record, kind="TEXT", address="https://example.org/"))
    treaty.articles.create(number=1, text="One")
    document = Document.objects.about(treaty).get()
    revision = write.delete(treaty, by=rosa, why="Entered twice")
    for kind in (Citation, Comment, Confirmation, Document):
        assert [row.record for row in kind.objects.all()] == [other]
    assert (revision.kind, revision.why, revision.title, revision.version) == ("deleted", "Entered twice", "Doomed", 2)
    assert [row["text"] for row in revision.content["articles"]] == ["One"]
    assert Revision.objects.get(ref=document.ref, kind="deleted").by == rosa


def test_a_deletion_says_what_holds_the_record_and_leaves_all_as_it_was(kg_tj: Pair, rosa: User) -> None:
    body = commission(kg_tj, title="Joint commission")
    source = keep(Source(kind="OFFICIAL_PAGE", visibility="published"))
    Citation.objects.create(record=body, source=source)
    session(body, number=2)
    before = stored()
    with pytest.raises(ValidationError, match="session “Session 2, Joint commission”.*Delete or move them first"):
        write.delete(body, by=rosa)
    assert stored() == before
    assert Citation.objects.count() == 1
    assert Commission.objects.get().version == 1


def test_a_deletion_names_nothing_the_writer_may_not_see(kg_tj: Pair, bakyt: User) -> None:
    """Any desk may delete a place; which draft of two other countries stands in its way is not for everyone."""
    place = keep(Place(name="Bridge"))
    hidden = commission(Pair.objects.between("KZ", "UZ"), title="Secret talks", visibility="draft")
    session(hidden, place=place, visibility="draft")
    with pytest.raises(ValidationError) as refused:
        write.delete(place, by=bakyt)
    assert "session" in refused.value.messages[0]
    assert "Secret" not in refused.value.messages[0]


def test_what_records_name_among_others_is_not_taken_out_of_them(kg_tj: Pair, aigul: User) -> None:
    """The database would let the links vanish, and no history would tell of it."""
    theatre, stage = keep(Subject(labels={"en": "Theatre"})), keep(Place(name="Bridge"))
    policy = keep(Framework(title="Culture 2030"))
    troupe = keep(Actor(name="Troupe", type="N_CSO", sector="NON_STATE", country_id="KG"))
    concert, treaty = event(kg_tj), agreement(kg_tj)
    concert.subjects.set([theatre])
    concert.places.set([stage])
    treaty.frameworks.set([policy])
    promise = keep(Commitment(pair=kg_tj, text="A festival"), responsible_b=[troupe])
    for record, held in (
        (theatre, "event “Concert”"),
        (stage, "event “Concert”"),
        (policy, "initiative “Treaty”"),
        (troupe, "commitment “A festival”"),
    ):
        with pytest.raises(ValidationError, match=f"point to it: {held}. Delete or move them first, or take it out"):
            write.delete(record, by=write.SYSTEM)
        assert type(record).objects.get(pk=record.pk).version == 1
    assert concert.subjects.get() == theatre and concert.places.get() == stage
    assert treaty.frameworks.get() == policy and promise.responsible_b.get() == troupe
    with write.change(concert, by=aigul):
        concert.subjects.clear()
    write.delete(theatre, by=aigul)
    assert not Subject.objects.exists()


def test_what_names_it_is_told_as_far_as_it_may_be_seen(kg_tj: Pair, nurlan: User) -> None:
    """However many of them are hidden: one that may be seen is named, and if there is none it is said that one is."""
    theatre, concert = keep(Subject(labels={"en": "Theatre"})), event(kg_tj, started_on="2019")
    for number in range(6):
        event(kg_tj, title=f"Secret {number}", visibility="draft").subjects.set([theatre])
    concert.subjects.set([theatre])
    for held in ("event “Concert”", "event"):
        with pytest.raises(ValidationError, match=f"while these point to it: {held}. Delete"):
            write.delete(theatre, by=nurlan)
        concert.subjects.clear()


def test_an_initiative_with_activity_entered_by_hand_stays(kg_tj: Pair, rosa: User) -> None:
    made = one_of_each(kg_tj, rosa)
    lonely = programme(kg_tj, title="Lonely")
    entry = next(record for record in records(made) if record._meta.model_name == "activityentry")
    entry.initiative = lonely
    write.save(entry, by=rosa)
    with pytest.raises(ValidationError, match="activity entered by hand"):
        write.delete(lonely, by=rosa)


def test_a_pair_with_nothing_in_it_can_be_deleted(kg_tj: Pair, rosa: User) -> None:
    write.delete(kg_tj, by=rosa)
    assert not Pair.objects.exists()


def test_a_person_can_be_erased_with_documents_and_every_revision(
    kg_tj: Pair, rosa: User, bakyt: User, django_capture_on_commit_callbacks: Any
) -> None:
    person = keep(Actor(name="A. Person", type="N_PERSON", sector="NON_STATE", country_id="KG"))
    document = Document(record=person, kind="PHOTO", title="A. Person at work")
    document.file.save("person.jpg", ContentFile(b"..."), save=False)
    name = keep(document).file.name
    with pytest.raises(PermissionDenied, match="Only a registrar"):
        write.erase(person, by=bakyt)
    assert default_storage.exists(name)
    with django_capture_on_commit_callbacks(execute=True):
        write.erase(person, by=rosa, why="Asked for")
    trace = Revision.objects.get(ref=person.ref)
    assert (trace.title, trace.content, trace.by, trace.why) == ("", {}, rosa, "Asked for")
    assert not Revision.objects.filter(ref=document.ref).exists()
    assert not default_storage.exists(name)


def test_what_was_held_can_be_deleted_once_nothing_holds_it(kg_tj: Pair, bakyt: User) -> None:
    met = session(commission(kg_tj))
    promise = keep(Commitment(pair=kg_tj, session=met, text="A festival"))
    with pytest.raises(ValidationError, match="commitment “A festival”"):
        write.delete(met, by=bakyt)
    write.delete(promise, by=bakyt)
    write.delete(met, by=bakyt)
    assert not Session.objects.exists()


def test_moving_a_published_record_to_another_pair_needs_an_approver(kg_tj, aigul, bakyt):
    concert = event(kg_tj)
    concert.pair = Pair.objects.between("KG", "UZ")
    with pytest.raises(PermissionDenied, match="needs an approver"):
        write.save(concert, by=aigul)

    concert.refresh_from_db()
    concert.pair = Pair.objects.between("KG", "UZ")
    write.save(concert, by=bakyt)

    assert Event.objects.get().pair_id == "KG-UZ"


def test_a_number_that_no_column_holds_and_a_tracking_day_to_come_are_refused(kg_tj, on_day):
    on_day("2026-11-22")
    with pytest.raises(ValidationError, match="less than or equal to 1200"):
        agreement(kg_tj, term_months=999_999_999_999)
    kg_tj.tracked_from = date(2030, 1, 1)
    with pytest.raises(ValidationError, match="lies in the future"):
        kg_tj.full_clean()
