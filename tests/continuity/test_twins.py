"""The rule for all initiatives at once, on the project's database: it must say what the rule for one says."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.db.models.expressions import RawSQL
from hypothesis import given
from hypothesis import strategies as st

from continuity import rules, states
from continuity.models import Activity, Initiative, Suspension
from continuity.rules import Facts, Lapse, answers_of, answers_sql, as_of, as_of_all, lapses, lapses_all, states_sql
from registry.core.models import Country, Pair
from tests.continuity.histories import CASES, FIRST, PROPERTY, day, edges, facts_of, histories

pytestmark = pytest.mark.django_db


def number(on: date | None) -> int | None:
    return on and on.toordinal()


def put(many: Sequence[Facts]) -> dict[int, Facts]:
    """Store histories as the door leaves them, straight into its tables, and return them by id."""
    Country.objects.bulk_create([Country(code="KG"), Country(code="TJ")], ignore_conflicts=True)
    pair = Pair.objects.between("KG", "TJ")
    rows = [
        Initiative(
            pair=pair,
            kind=facts.kind,
            stated=facts.stated,
            rhythm=facts.rhythm,
            cadence=facts.cadence,
            grace=facts.grace,
            rule_start=number(facts.start),
            rule_end=number(facts.end),
            rule_tracked_from=number(facts.tracked_from),
            rule_tracked_until=number(facts.tracked_until),
            rule_clause=facts.clause,
        )
        for facts in many
    ]
    stored = {row.pk: facts for row, facts in zip(Initiative.objects.bulk_create(rows), many, strict=True)}
    Activity.objects.bulk_create(
        Activity(
            initiative_id=pk,
            origin_id=pk,
            day=on.toordinal(),
            substantive=counts,
            evidence_kind="test",
            evidence_id=place,
        )
        for pk, facts in stored.items()
        for place, (on, counts) in enumerate(facts.activities)
    )
    Suspension.objects.bulk_create(
        Suspension(initiative_id=pk, started_on=str(first), first_day=number(first), last_day=number(last))
        for pk, facts in stored.items()
        for first, last in facts.suspensions
    )
    return stored


def one(facts: Facts) -> int:
    return next(iter(put([facts])))


YEARLY = Facts("commission", start=FIRST, tracked_from=FIRST, cadence=365)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_worked_case(case):
    facts = facts_of(case)
    pk = one(facts)
    for expected in case["answers"]:
        answer = as_of_all(day(expected["as_of"]))[pk]
        assert answer.state == expected["state"], expected["as_of"]
        assert answer.cadence_days == expected["cadence_days"]
        assert answer.cadence_source == expected["cadence_source"]
        assert (answer.due_on, answer.lapses_on) == (day(expected["due_on"]), day(expected["lapses_on"]))
        assert answer == as_of(facts, day(expected["as_of"]))
    found = lapses_all(day(case["lapses"]["until"])).get(pk, ())
    runs = [(day(run["began_on"]), day(run["ended_on"])) for run in case["lapses"]["runs"]]
    assert [(lapse.began_on, lapse.ended_on) for lapse in found] == runs
    assert found == lapses(facts, day(case["lapses"]["until"]))


@given(st.lists(histories, min_size=1, max_size=12))
@PROPERTY
def test_twins_agree_on_random_histories(many):
    with transaction.atomic():
        stored = put(many)
        questions = [(pk, on) for pk, facts in stored.items() for on in sorted(edges(facts) | limits(facts))]
        found = answers_of(questions)
        assert [(pk, on) for pk, on in questions if found[pk, on] != as_of(stored[pk], on)] == []
        until = FIRST + timedelta(1000)
        runs = {pk: lapses(facts, until) for pk, facts in stored.items()}
        assert lapses_all(until) == {pk: run for pk, run in runs.items() if run}
        transaction.set_rollback(True)


def limits(facts: Facts) -> set[date]:
    """Return the last day of each state, and the day after it."""
    answers = (as_of(facts, on) for on in edges(facts))
    found = {on for a in answers for on in (a.active_until, a.due_on, a.lapses_on, a.symbolic_until) if on}
    return {limit + timedelta(more) for limit in found for more in (0, 1)}


def test_answers_for_all_or_for_those_asked_for():
    due, dormant = put([YEARLY, replace(YEARLY, cadence=30)])
    on = FIRST + timedelta(300)
    assert {pk: answer.state for pk, answer in as_of_all(on).items()} == {due: "due", dormant: "dormant"}
    assert as_of_all(on, [dormant]) == {dormant: as_of(replace(YEARLY, cadence=30), on)}
    assert lapses_all(on, [due]) == {}
    assert lapses_all(on, [due, dormant]) == lapses_all(on) == {dormant: (Lapse(FIRST + timedelta(61)),)}
    assert as_of_all(on, []) == lapses_all(on, []) == {}


def test_all_answers_can_be_read_a_few_at_a_time(monkeypatch):
    stored = put([YEARLY, replace(YEARLY, cadence=30), replace(YEARLY, grace=0)])
    monkeypatch.setattr(rules, "AT_ONCE", 2)
    on = FIRST + timedelta(380)
    assert list(rules.each_as_of(on)) == [(pk, as_of(facts, on)) for pk, facts in sorted(stored.items())]


def test_states_of_some_on_another_day_are_counted_and_chosen_among_them_alone():
    due, dormant, _active = put([YEARLY, replace(YEARLY, cadence=30), replace(YEARLY, cadence=900)])
    on, some = FIRST + timedelta(300), Initiative.objects.filter(pk__lte=dormant)
    assert {state: number for state, number in states.counts(some, on).items() if number} == {"due": 1, "dormant": 1}
    assert list(states.in_states(some, ["due", "active"], on)) == [Initiative.objects.get(pk=due)]
    assert sum(states.counts(some.none(), on).values()) == 0
    assert not states.in_states(some.none(), ["due"], on)


def test_more_ids_than_one_statement_takes():
    pk = one(replace(YEARLY, cadence=30))
    ids = range(pk - 130_000, pk + 130_000)  # the most generous SQLite takes 250,000 parameters
    assert list(as_of_all(FIRST, ids)) == [pk]
    assert list(lapses_all(FIRST + timedelta(300), ids)) == [pk]


def test_states_filter_a_queryset():
    due, dormant = put([YEARLY, replace(YEARLY, cadence=30)])
    sql, params = states_sql(FIRST + timedelta(300), "i.kind = %s", ["commission"])
    chosen = RawSQL(f"SELECT id FROM ({sql}) AS told WHERE state = %s", [*params, "due"])
    assert list(Initiative.objects.filter(pk__in=chosen).values_list("pk", flat=True)) == [due]


def test_answers_in_sql_are_the_answers_in_days():
    pk = one(YEARLY)
    sql, params = answers_sql(FIRST, "i.id = %s", [pk])
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        row = dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))
    assert (row["id"], row["state"], row["due_on"]) == (pk, "active", FIRST.toordinal() + 365)


def test_sums_stop_at_the_last_day_of_the_calendar():
    facts = Facts(
        "programme",
        start=FIRST,
        tracked_from=FIRST,
        tracked_until=date.max,
        cadence=2**31 - 1,
        grace=2**31 - 1,
        activities=((FIRST, True), (FIRST, False)),
        suspensions=((date(9999, 12, 1), date.max),),
    )
    pk = one(facts)
    for on in (FIRST, date(9999, 11, 30), date.max):
        assert as_of_all(on)[pk] == as_of(facts, on)
    assert as_of_all(FIRST)[pk].due_on == date.max
    assert lapses_all(date.max) == {}
