"""The door: what the records show moves the clocks of exactly the initiatives concerned, and of no other."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from agreements.models import Agreement, Commission, Session
from continuity import door, results, rules, states
from continuity.models import Activity, ActivityEntry, Initiative, Lapse
from events.models import Event, Programme
from registry.core import undo, write
from registry.core.models import Pair, Source, User
from tests.cast import agreement, commission, event, programme, session
from tests.everything import keep


@pytest.fixture(autouse=True)
def _today(on_day: Callable[[str], date]) -> None:
    on_day("2026-11-22")


def fresh(record: Any) -> Initiative:
    return Initiative.objects.get(pk=record.pk)


def last(record: Any) -> str | None:
    """Return the last day of substantive activity as it is stored."""
    day = fresh(record).last_activity_on
    return day and day.isoformat()


def put(record: Any, **fields: Any) -> None:
    """Write some fields of a record as it now stands."""
    record = type(record).objects.get(pk=record.pk)
    for name, value in fields.items():
        setattr(record, name, value)
    write.save(record, by=write.SYSTEM)


def lapses(record: Any) -> list[tuple[str, str, str]]:
    rows = Lapse.objects.filter(initiative=record.pk, void=False).order_by("began_on")
    return [(str(row.began_on), str(row.ended_on or ""), row.ended_by) for row in rows]


@pytest.fixture
def family(kg_tj: Pair) -> tuple[Agreement, Commission, Programme]:
    """An agreement, a commission under it, a series under that."""
    treaty = agreement(kg_tj, rhythm="regular")
    body = commission(kg_tj, parent=treaty)
    return treaty, body, programme(kg_tj, parent=body)


# What counts, for whom -----------------------------------------------------------------------------------------------


def test_an_event_counts_for_its_initiative_and_all_above(family: tuple, kg_tj: Pair) -> None:
    treaty, body, series = family
    other = programme(kg_tj)
    event(kg_tj, initiative=series, started_on="2020-05-01")
    assert [last(one) for one in (series, body, treaty, other)] == ["2020-05-01"] * 3 + [None]


def test_an_event_of_no_initiative_counts_for_none(family: tuple, kg_tj: Pair) -> None:
    event(kg_tj)
    assert not Activity.objects.filter(evidence_kind="event").exists()


@pytest.mark.parametrize(
    ("outcome", "substantive"),
    [
        ("HELD", [True]),
        ("MOVED_ONLINE", [True]),
        ("HELD_DOWNGRADED", [False]),
        ("PLANNED", []),
        ("POSTPONED", []),
        ("SUSPENDED", []),
        ("CANCELLED", []),
    ],
)
def test_what_an_outcome_is_worth(kg_tj: Pair, outcome: str, substantive: list[bool]) -> None:
    body, series = commission(kg_tj), programme(kg_tj)
    session(body, outcome=outcome)
    event(kg_tj, initiative=series, outcome=outcome)
    for one in (body, series):
        assert list(Activity.objects.filter(initiative=one).values_list("substantive", flat=True)) == substantive


def test_held_downgraded_is_a_sign_but_moves_no_clock(kg_tj: Pair) -> None:
    series = programme(kg_tj, started_on="2020-01-01")
    event(kg_tj, initiative=series, started_on="2026-10-01", outcome="HELD_DOWNGRADED")
    stored = fresh(series)
    assert stored.last_activity_on is None
    assert stored.symbolic_until == date(2026, 10, 1) + timedelta(days=365 + 182)
    assert states.answers([stored], date(2026, 11, 22))[series.pk].state == "symbolic"


def test_a_signature_counts_for_what_the_agreement_stands_under(kg_tj: Pair) -> None:
    top = agreement(kg_tj, signed_on="2016-01-10")
    agreement(kg_tj, parent=top, signed_on="2019-04")
    assert last(top) == "2019-04-30"


def test_an_entry_by_hand_counts_while_its_source_is_public(kg_tj: Pair) -> None:
    series = programme(kg_tj)
    source = keep(Source(kind="PRESS", visibility="draft"))
    keep(ActivityEntry(initiative=series, what="A tour", started_on="2021-03-04", source=source))
    assert last(series) is None
    put(source, visibility="published")
    assert last(series) == "2021-03-04"
    put(source, visibility="staff_only")
    assert last(series) is None


def test_an_entry_not_substantive_is_symbolic(kg_tj: Pair) -> None:
    series = programme(kg_tj)
    source = keep(Source(kind="PRESS", visibility="published"))
    keep(ActivityEntry(initiative=series, what="A note", started_on="2021", source=source, substantive=False))
    assert last(series) is None
    assert not Activity.objects.get().substantive


# Its day -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("started_on", "reported_on", "day"),
    [
        ("2020-05-01", None, "2020-05-01"),
        ("2020-05", None, "2020-05-31"),
        ("2020", None, "2020-12-31"),
        ("2020-05~", None, "2020-05-31"),
        ("2020", date(2020, 6, 3), "2020-06-03"),
        ("2020-05", date(2020, 6, 3), "2020-05-31"),
        ("2020-05-01", date(2020, 6, 3), "2020-05-01"),
    ],
)
def test_an_uncertain_day_is_its_latest_but_not_later_than_its_report(
    kg_tj: Pair, started_on: str, reported_on: date | None, day: str
) -> None:
    body, series, hand = commission(kg_tj), programme(kg_tj), programme(kg_tj)
    session(body, started_on=started_on, reported_on=reported_on)
    event(kg_tj, initiative=series, started_on=started_on, reported_on=reported_on)
    source = keep(Source(kind="PRESS", visibility="published"))
    keep(ActivityEntry(initiative=hand, what="…", started_on=started_on, reported_on=reported_on, source=source))
    assert [last(one) for one in (body, series, hand)] == [day] * 3


def test_it_counts_from_the_day_it_began(kg_tj: Pair) -> None:
    series = programme(kg_tj)
    event(kg_tj, initiative=series, started_on="2020-05-01", ended_on="2020-05-20")
    assert last(series) == "2020-05-01"


def test_held_without_any_date_is_no_activity(kg_tj: Pair) -> None:
    series = programme(kg_tj)
    event(kg_tj, initiative=series, started_on="", planned_on="2020-05-01")
    assert last(series) is None


# Only what everyone may see ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hidden", ["draft", "staff_only"])
def test_what_is_not_public_moves_no_clock_and_publishing_is_reporting(kg_tj: Pair, hidden: str) -> None:
    body, series = commission(kg_tj), programme(kg_tj)
    met = session(body, visibility=hidden, started_on="2021-03-12")
    held = event(kg_tj, initiative=series, visibility=hidden, started_on="2021-03-12")
    before = [fresh(one) for one in (body, series)]
    assert [last(one) for one in (body, series)] == [None, None]
    for record in (met, held):
        put(record, visibility="published")
    assert [last(one) for one in (body, series)] == ["2021-03-12"] * 2
    for record in (met, held):
        put(record, visibility=hidden)
    for was, now in zip(before, [fresh(one) for one in (body, series)], strict=True):
        assert {name: getattr(was, name) for name in Initiative.STORED} == {
            name: getattr(now, name) for name in Initiative.STORED
        }


def test_a_draft_agreement_under_another_does_not_count(kg_tj: Pair) -> None:
    top = agreement(kg_tj)
    protocol = agreement(kg_tj, parent=top, signed_on="2019-04-01", visibility="draft")
    assert last(top) is None
    put(protocol, visibility="published")
    assert last(top) == "2019-04-01"


def test_a_draft_on_the_way_up_stops_it(family: tuple, kg_tj: Pair) -> None:
    treaty, body, series = family
    event(kg_tj, initiative=series, started_on="2020-05-01")
    put(body, visibility="draft")
    assert [last(one) for one in (series, body, treaty)] == ["2020-05-01", None, None]
    put(body, visibility="published")
    assert [last(one) for one in (series, body, treaty)] == ["2020-05-01"] * 3


def test_a_draft_initiative_has_no_activity_at_all(kg_tj: Pair) -> None:
    body = commission(kg_tj, visibility="draft")
    session(body)
    assert not Activity.objects.exists()


def test_the_clause_of_a_draft_agreement_does_not_count(kg_tj: Pair) -> None:
    treaty = agreement(kg_tj, meeting_clause_days=100, visibility="draft")
    body = commission(kg_tj, parent=treaty)
    assert (fresh(body).cadence_days, fresh(body).cadence_source) == (365, "default")
    put(treaty, visibility="published")
    assert (fresh(body).cadence_days, fresh(body).cadence_source) == (100, "clause")
    put(treaty, meeting_clause_days=200)
    assert fresh(body).cadence_days == 200


# Moving and removing -------------------------------------------------------------------------------------------------


def test_an_event_moved_moves_its_activity(family: tuple, kg_tj: Pair) -> None:
    treaty, body, series = family
    other = programme(kg_tj)
    held = event(kg_tj, initiative=series, started_on="2020-05-01")
    put(held, initiative=Initiative.objects.get(pk=other.pk))
    assert [last(one) for one in (series, body, treaty, other)] == [None] * 3 + ["2020-05-01"]
    put(held, started_on="2021-05-01")
    assert last(other) == "2021-05-01"
    put(held, initiative=None)
    assert last(other) is None


def test_a_branch_moved_takes_its_activity_along(family: tuple, kg_tj: Pair) -> None:
    treaty, body, series = family
    event(kg_tj, initiative=series, started_on="2020-05-01")
    session(body, started_on="2021-05-01")
    other = agreement(kg_tj, title="Other")
    put(body, parent=Initiative.objects.get(pk=other.pk))
    assert (last(treaty), last(other)) == (None, "2021-05-01")
    put(body, parent=None)
    assert (last(treaty), last(other), last(body)) == (None, None, "2021-05-01")


def test_what_is_deleted_counts_no_more(family: tuple, kg_tj: Pair) -> None:
    treaty, body, series = family
    source = keep(Source(kind="PRESS", visibility="published"))
    protocol = agreement(kg_tj, parent=series, signed_on="2018-01-01")
    doomed = [
        event(kg_tj, initiative=series, started_on="2021-05-01"),
        session(body, started_on="2022-05-01"),
        keep(ActivityEntry(initiative=series, what="A tour", started_on="2023-05-01", source=source)),
        protocol,
    ]
    assert last(treaty) == "2023-05-01"
    for record in reversed(doomed):
        write.delete(record, by=write.SYSTEM)
    assert [last(one) for one in family] == [None] * 3
    assert not Activity.objects.exists()


def test_undo_moves_the_clock_back(kg_tj: Pair, bakyt: User) -> None:
    from registry.core.models import Revision

    body = commission(kg_tj)
    met = session(body, started_on="2021-05-01")
    put(met, started_on="2022-05-01")
    undo.restore(Revision.objects.get(ref=met.ref, version=1), by=bakyt)
    assert last(body) == "2021-05-01"


# Tracking, suspensions, lapses ---------------------------------------------------------------------------------------


def test_tracking_days_of_a_pair_reach_what_inherits_them(kg_tj: Pair) -> None:
    heir, own, none = (
        programme(kg_tj),
        programme(kg_tj, tracking="own", tracked_from=date(2018, 1, 1)),
        programme(kg_tj, tracking="none"),
    )
    before = [fresh(one).due_on for one in (own, none)]
    put(kg_tj, tracked_from=date(2020, 1, 1))
    assert fresh(heir).due_on == date(2020, 12, 31)
    put(kg_tj, tracked_from=None, tracked_until=None)
    assert (fresh(heir).fixed_state, fresh(heir).due_on) == ("untracked", None)
    assert [fresh(one).due_on for one in (own, none)] == before == [date(2019, 1, 1), None]


def test_suspending_and_resuming_an_agreement_suspends_it(kg_tj: Pair) -> None:
    treaty = agreement(kg_tj, rhythm="regular", signed_on="2016-01-10")

    def act(*acts: tuple[str, str]) -> list[tuple[str, str]]:
        mine = Agreement.objects.get()
        with write.change(mine, by=write.SYSTEM):
            mine.save()
            mine.actions.all().delete()
            for action, day in acts:
                mine.actions.create(action=action, acted_on=day)
        return list(treaty.suspensions.values_list("started_on", "ended_on"))

    assert act(("SUSPEND", "2017-05"), ("RESUME", "2018-02")) == [("2017-05", "2018-02-27")]
    assert fresh(treaty).due_on == date(2018, 2, 28) + timedelta(days=730)
    assert act(("SUSPEND", "2017-05-01"), ("SUSPEND", "2018-01-01"), ("RESUME", "2019-01-01")) == [
        ("2017-05-01", "2018-12-31")
    ]
    assert act(("RESUME", "2019-01-01"), ("SUSPEND", "2020-01-01")) == [("2020-01-01", "")]
    assert fresh(treaty).fixed_state == "suspended"
    assert act(("SIGN", "2016-01-10")) == []
    assert fresh(treaty).fixed_state == ""


def test_a_suspension_without_a_day_is_refused(kg_tj: Pair) -> None:
    action = agreement(kg_tj).actions.model(action="SUSPEND", acted_on="")
    with pytest.raises(ValidationError, match="needs its day"):
        action.clean()


def test_lapses_are_found_and_what_ended_them(kg_tj: Pair) -> None:
    series = programme(kg_tj, started_on="2016-01-01", cadence=100, grace=30)
    event(kg_tj, initiative=series, started_on="2017-01-01")
    with write.change(series, by=write.SYSTEM):
        series.save()
        series.suspensions.create(started_on="2018-01-01", ended_on="2018-06-30")
    assert lapses(series) == [
        ("2016-05-11", "2017-01-01", "activity"),
        ("2017-05-12", "2018-01-01", "suspension"),
        ("2018-11-09", "", ""),
    ]
    put(series, ended_on="2018-12-31")
    assert lapses(series)[-1] == ("2018-11-09", "2019-01-01", "conclusion")


def test_what_people_say_of_a_lapse_survives(kg_tj: Pair, aigul: User) -> None:
    """Moved, cut, set aside while the rule finds it no more, and back when it does."""
    series = programme(kg_tj, started_on="2016-01-01", cadence=100, grace=30)
    lapse = Lapse.objects.get()
    lapse.cause = "The border was closed."
    write.save(lapse, by=aigul)
    held = event(kg_tj, initiative=series, started_on="2016-02-01")
    lapse.refresh_from_db()
    assert (lapse.began_on, lapse.cause, lapse.version) == (date(2016, 6, 11), "The border was closed.", 2)
    assert Lapse.objects.visible_to(aigul).count() == 1
    put(kg_tj, tracked_from=None)
    lapse.refresh_from_db()
    assert (lapse.void, lapse.cause) == (True, "The border was closed.")
    assert not Lapse.objects.visible_to(aigul).exists()
    put(kg_tj, tracked_from=date(2015, 1, 1))
    write.delete(held, by=write.SYSTEM)
    assert lapses(series) == [("2016-05-11", "", "")]
    lapse.refresh_from_db()
    assert (lapse.void, lapse.cause) == (False, "The border was closed.")


def test_who_writes_a_cause_with_an_old_copy_moves_no_day(kg_tj: Pair, aigul: User) -> None:
    series = programme(kg_tj, started_on="2016-01-01", cadence=100, grace=30)
    old = Lapse.objects.get()
    event(kg_tj, initiative=series, started_on="2016-02-01")
    old.cause = "The border was closed."
    write.save(old, by=aigul)
    assert lapses(series) == [("2016-06-11", "", "")]
    assert door.rebuild() == 0


def test_who_saves_an_old_copy_of_an_initiative_moves_no_clock(kg_tj: Pair, aigul: User) -> None:
    body = commission(kg_tj)
    old = Commission.objects.get()
    session(body, started_on="2022-03-12")
    Initiative.objects.filter(pk=body.pk).update(announced_state="dormant", announced_number=3)
    old.title = "Council"
    write.save(old, by=aigul)
    stored = fresh(body)
    assert (stored.title, stored.announced_state, stored.announced_number) == ("Council", "dormant", 3)
    assert last(body) == "2022-03-12"


# Stored results ------------------------------------------------------------------------------------------------------


def test_stored_results_are_right_on_every_day_up_to_good_until(kg_tj: Pair, on_day: Callable[[str], date]) -> None:
    """As the rule itself answers from the facts, and on the day after at the latest the rule is asked again."""
    on_day("2020-01-01")
    series = programme(kg_tj, started_on="2016-01-01", ended_on="2022-12-31", cadence=100, grace=30)
    with write.change(series, by=write.SYSTEM):
        series.save()
        series.suspensions.create(started_on="2021-01-01", ended_on="2021-03-31")
    event(kg_tj, initiative=series, started_on="2019-12-01")
    stored = fresh(series)
    facts = results.facts_of([stored])[series.pk]
    assert stored.good_until == date(2020, 12, 31)
    day = date(2020, 1, 1)
    while day <= stored.good_until:
        assert states.stored_answer(stored, day).state == rules.as_of(facts, day).state, day
        day += timedelta(days=1)
    for text in ("2021-01-01", "2021-04-01", "2022-12-31", "2023-06-01"):  # nobody has swept since
        day = on_day(text)
        assert states.answers([fresh(series)], day)[series.pk] == rules.as_of(facts, day)
        assert states.counts(Initiative.objects.all(), day)[rules.as_of(facts, day).state] == 1


def test_what_is_deferred_is_done_once_at_the_end(kg_tj: Pair, django_assert_max_num_queries: Any) -> None:
    body = commission(kg_tj)
    with door.deferred():
        for year in range(2017, 2022):
            session(body, started_on=f"{year}-03-12")
        assert last(body) is None
    assert last(body) == "2021-03-12"
    assert door.rebuild() == 0


def test_what_is_deferred_and_fails_leaves_nothing_behind(kg_tj: Pair) -> None:
    body = commission(kg_tj)
    with pytest.raises(RuntimeError), door.deferred():
        raise RuntimeError
    session(body, started_on="2021-03-12")
    assert last(body) == "2021-03-12"


# Rebuilding ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_random_edits_leave_no_drift(kg_tj: Pair, seed: int) -> None:
    dice = random.Random(seed)
    makers: list[Callable[[Any], Any]] = [agreement, commission, programme]
    family = [dice.choice(makers)(kg_tj, title=f"{number}", rhythm="regular") for number in range(6)]

    def visibility() -> str:
        return dice.choice(["draft", "published", "published"])

    def day() -> str:
        return dice.choice(["2019", "2020-02", f"20{dice.randrange(16, 26)}-0{dice.randrange(1, 10)}-15"])

    def reparent(one: Initiative) -> None:
        one = one.child
        one.parent = dice.choice([None, *Initiative.objects.exclude(pk=one.pk)])
        try:
            one.full_clean(exclude=one.DERIVED)
        except ValidationError:
            return
        write.save(one, by=write.SYSTEM)

    def any_initiative() -> Initiative:
        return dice.choice(list(Initiative.objects.order_by("pk")))

    def any_record(model: Any) -> Any:
        rows = list(model.objects.order_by("pk"))
        return dice.choice(rows) if rows else None

    def suspend(one: Any) -> None:
        with write.change(one, by=write.SYSTEM):
            one.save()
            if one.kind == "agreement":
                one.actions.create(action=dice.choice(["SUSPEND", "RESUME"]), acted_on=day())
            else:
                one.suspensions.all().delete()
                one.suspensions.create(started_on="2018", ended_on=dice.choice(["", "2019-05"]))

    def edit(record: Any) -> None:
        if record is not None:
            put(record, visibility=visibility(), started_on=day(), outcome=dice.choice(["HELD", "HELD_DOWNGRADED"]))

    def remove(record: Any) -> None:
        if record is not None:
            write.delete(record, by=write.SYSTEM)

    moves: list[Callable[[], Any]] = [
        lambda: event(kg_tj, initiative=any_initiative(), started_on=day(), visibility=visibility()),
        lambda: event(kg_tj, initiative=any_initiative(), started_on=day(), outcome="HELD_DOWNGRADED"),
        lambda: any_record(Commission) and session(any_record(Commission), started_on=day(), visibility=visibility()),
        lambda: edit(any_record(Event)),
        lambda: edit(any_record(Session)),
        lambda: remove(any_record(Event)),
        lambda: reparent(any_initiative()),
        lambda: put(any_initiative().child, visibility=visibility()),
        lambda: put(any_initiative().child, meeting_clause_days=dice.choice([None, 50, 500])),
        lambda: suspend(any_initiative().child),
        lambda: put(kg_tj, tracked_from=date(dice.randrange(2015, 2022), 1, 1)),
    ]
    assert len(family) == 6
    for _turn in range(40):
        dice.choice(moves)()
    assert door.rebuild() == 0


def test_planted_drift_is_found_and_mended(family: tuple, kg_tj: Pair) -> None:
    treaty, body, series = family
    session(body, started_on="2020-03-12")
    planted: list[Callable[[], Any]] = [
        lambda: Initiative.objects.filter(pk=body.pk).update(due_on=date(2030, 1, 1)),
        lambda: Initiative.objects.filter(pk=body.pk).update(rule_start=None),
        lambda: Activity.objects.filter(initiative=treaty).delete(),
        lambda: Activity.objects.filter(initiative=body).update(day=1),
        lambda: Activity.objects.filter(initiative=body).update(substantive=False),
        lambda: Activity.objects.create(
            initiative=series, origin=series, day=737000, substantive=True, evidence_kind="event", evidence_id=0
        ),
        lambda: Activity.objects.create(
            initiative=series, origin=series, day=737000, substantive=True, evidence_kind="rumour", evidence_id=1
        ),
        lambda: Lapse.objects.filter(initiative=body).delete(),
        lambda: Lapse.objects.filter(initiative=body).update(ended_by="suspension"),
        lambda: Event.objects.create(
            pair=kg_tj, initiative_id=series.pk, title="Past the door", kind="CONCERT", format="ONSITE",
            outcome="HELD", started_on="2021-01-01", visibility="published",
        ),
        lambda: Session.objects.filter().update(started_on_earliest="2020-03-12", started_on="2020-04-12"),
    ]  # fmt: skip
    for plant in planted:
        assert door.rebuild() == 0
        plant()
        assert door.rebuild() > 0, planted.index(plant)
    assert door.rebuild() == 0
    assert last(body) == "2021-01-01"


def test_asking_anew_asks_little(kg_tj: Pair, django_assert_max_num_queries: Any) -> None:
    """One session written: rights, claim, row, folding, the chain, the ledger, the results, the log."""
    body = commission(kg_tj, parent=agreement(kg_tj))
    met = session(body)
    with django_assert_max_num_queries(40):
        write.save(met, by=write.SYSTEM)
