"""The state of many initiatives at once, for lists, filters and counts: today's from the stored results.

The stored results hold for today as long as `good_until` lies ahead; where some do not (no worker has run), and for
every other day, the set-based rule answers instead. So pages and API are right even when nothing sweeps.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Case, CharField, Count, F, Q, QuerySet, Value, When
from django.db.models.expressions import RawSQL

from continuity import rules
from continuity.models import Initiative
from registry.core import clock
from registry.core.access import PUBLISHED


def stored_state(day: date | F) -> Case:
    """Return the expression that reads the state on `day`, a day or a column, off the stored results."""
    limits = (("active_until", "active"), ("due_on", "due"), ("lapses_on", "overdue"), ("symbolic_until", "symbolic"))
    return Case(
        When(~Q(fixed_state=""), then="fixed_state"),
        *(When(**{f"{limit}__gte": day}, then=Value(state)) for limit, state in limits),
        default=Value("dormant"),
        output_field=CharField(),
    )


def stored_results_hold(day: date) -> bool:
    """Say whether the states on `day` may be read off the stored results."""
    return day == clock.today() and not Initiative.objects.filter(good_until__lt=day).exists()


def in_states(rows: QuerySet, states: Iterable[str], day: date) -> QuerySet:
    """Keep the initiatives of `rows` that are in one of `states` on `day`."""
    states = list(states)
    if stored_results_hold(day):
        return rows.alias(state_then=stored_state(day)).filter(state_then__in=states)
    sql, params = rules.states_sql(day, *_among(rows))
    chosen = f"SELECT id FROM ({sql}) AS told WHERE state IN ({', '.join(['%s'] * len(states))})"  # noqa: S608 - placeholders
    return rows.filter(pk__in=RawSQL(chosen, [*params, *states]))  # noqa: S611 - so are they here


def told(rows: QuerySet, column: str, comparison: str, values: Sequence[Any], day: date) -> QuerySet:
    """Keep the initiatives of `rows` of whose answer on `day` one column compares so (`>=`, `<=`, `IN`) with `values`.

    `column` is one of those that are stored under the same name (`rules.Answer`); days are dates.
    """
    if stored_results_hold(day):
        lookup = {">=": "gte", "<=": "lte", "IN": "in"}[comparison]
        return rows.filter(**{f"{column}__{lookup}": values if comparison == "IN" else values[0]})
    sql, params = rules.answers_sql(day, *_among(rows))
    held = ", ".join(["%s"] * len(values))
    chosen = f"SELECT id FROM ({sql}) AS told WHERE {column} {comparison} ({held})"  # noqa: S608 - our own words
    plain = [value.toordinal() if isinstance(value, date) else value for value in values]
    return rows.filter(pk__in=RawSQL(chosen, [*params, *plain]))  # noqa: S611 - values are apart


def counts(rows: QuerySet, day: date) -> dict[str, int]:
    """Return how many initiatives of `rows` are in each state on `day`, every state named."""
    found = dict.fromkeys(rules.State.values, 0)
    if stored_results_hold(day):
        return found | dict(rows.order_by().values_list(stored_state(day)).annotate(Count("pk")))
    sql, params = rules.states_sql(day, *_among(rows))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT state, count(*) FROM ({sql}) AS told GROUP BY state", params)  # noqa: S608 - values are apart
        return found | dict(cursor.fetchall())


def each_state(rows: QuerySet, day: date) -> tuple[str, Sequence[Any]]:
    """Return SQL and parameters for `id` and `state` on `day` of each initiative of `rows`."""
    if stored_results_hold(day):
        keys = Initiative.objects.order_by().filter(pk__in=rows.order_by().values("pk"))
        return keys.annotate(state=stored_state(day)).values("id", "state").query.sql_with_params()
    return rules.states_sql(day, *_among(rows))


def _among(rows: QuerySet) -> tuple[str, Sequence[Any]]:
    """Return the condition, with its parameters, that an initiative `i` of the rule is one of `rows`."""
    try:
        sql, params = rows.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return "1 = 0", ()
    return f"i.id IN ({sql})", params


def answers(initiatives: Iterable[Initiative], day: date) -> dict[int, rules.Answer]:
    """Return what the rule says of each initiative on `day`, by its id."""
    rows = list(initiatives)
    if day == clock.today():
        told = {row.pk: stored_answer(row, day) for row in rows if row.good_until >= day}
    else:
        told = {}
    missing = [row.pk for row in rows if row.pk not in told]
    return told | (dict(rules.as_of_all(day, missing)) if missing else {})


def stored_answer(row: Initiative, day: date) -> rules.Answer:
    """Return the stored results of one initiative as an answer for `day`, for which they must hold."""
    limits = (row.active_until, row.due_on, row.lapses_on, row.symbolic_until)
    state = rules.state_from_stored(day, row.fixed_state, *limits)
    baseline = row.due_on - timedelta(days=row.cadence_days) if row.due_on and row.cadence_days else None
    return rules.Answer(
        state=state,
        good_until=row.good_until,
        last_activity_on=row.last_activity_on,
        baseline=baseline,
        cadence_days=row.cadence_days,
        cadence_source=rules.CadenceSource(row.cadence_source) if row.cadence_source else None,
        grace_days=(row.lapses_on - row.due_on).days if row.lapses_on and row.due_on else None,
        active_until=row.active_until,
        due_on=row.due_on,
        lapses_on=row.lapses_on,
        symbolic_until=row.symbolic_until,
    )


# What the sweep must look at ---------------------------------------------------------------------------------------


def stale(today: date) -> Q:
    """Return the condition for initiatives whose stored results end before `today`."""
    return Q(good_until__lt=today)


def unlapsed(today: date) -> Q:
    """Return the condition for initiatives that have lapsed by the clock, so that no lapse is on file yet."""
    return Q(fixed_state="", lapses_on__lt=today, lapsed_since=None)


def unannounced(today: date) -> Q:
    """Return the condition for public initiatives that are today not in the announced state.

    A draft is never announced, nor what is for staff only: the public reads the transitions.
    """
    return Q(visibility=PUBLISHED) & ~Q(announced_state=stored_state(today))


def uncalm(today: date) -> Q:
    """Return the condition for initiatives of which one of the three above may be true, by two stored days."""
    return Q(calm_until__lt=today) | Q(calm_after__gte=today)
