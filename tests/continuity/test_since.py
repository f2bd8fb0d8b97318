"""Since when an initiative is in its state: for one day by day, and for all from the stored results."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from continuity.models import Initiative
from continuity.rules import Facts, as_of
from continuity.since import changed_on, since_when
from continuity.states import stored_state
from tests.continuity.histories import FIRST, PROPERTY, histories, slow_state
from tests.continuity.test_twins import put


def slow_changed_on(facts: Facts, today: date) -> date:
    """Go back day by day, as far as anything is on file."""
    state, day = slow_state(facts, today), today
    while day > FIRST - timedelta(days=30) and slow_state(facts, day - timedelta(days=1)) == state:
        day -= timedelta(days=1)
    return today if day == FIRST - timedelta(days=30) else day


@PROPERTY
@given(facts=histories, ahead=st.integers(0, 2000))
def test_since_when_is_what_going_back_day_by_day_finds(facts: Facts, ahead: int) -> None:
    today = FIRST + timedelta(days=ahead)
    merely_stated = facts.end is None and facts.stated == "ended" and slow_state(facts, today) == "concluded"
    expected = today if merely_stated else slow_changed_on(facts, today)
    assert changed_on(facts, today) == expected


MET = Facts(kind="commission", start=FIRST, tracked_from=FIRST, cadence=100, grace=30, activities=((FIRST, True),))


@pytest.mark.parametrize(
    ("ahead", "since"), [(0, 0), (80, 0), (81, 81), (100, 81), (101, 101), (130, 101), (131, 131), (900, 131)]
)
def test_since_when_by_the_limits(ahead: int, since: int) -> None:
    """Active for 80 days, due until the 100th, overdue until the 130th, then dormant."""
    assert changed_on(MET, FIRST + timedelta(days=ahead)) == FIRST + timedelta(days=since)


BY_CLOCK = ("due", "overdue", "dormant", "concluded")


@pytest.mark.django_db
@PROPERTY
@given(many=st.lists(histories, min_size=1, max_size=12), ahead=st.integers(0, 2000), later=st.integers(0, 400))
def test_the_stored_results_say_since_when_as_the_ledger_does(many: list[Facts], ahead: int, later: int) -> None:
    """Of results stored on one day and asked on a later one, for as long as they hold."""
    stored_on = FIRST + timedelta(days=ahead)
    today = stored_on + timedelta(days=later)
    with transaction.atomic():
        stored = put(many)
        for pk, facts in stored.items():
            store(pk, facts, stored_on)
        rows = Initiative.objects.filter(good_until__gte=today).annotate(state_now=stored_state(today))
        told = list(rows.annotate(since=since_when(today)).values_list("pk", "state_now", "since"))
        assert [state for _pk, state, _since in told] == [as_of(stored[pk], today).state for pk, _state, _since in told]
        wrong = [(pk, since) for pk, _state, since in told if since not in (None, changed_on(stored[pk], today))]
        assert wrong == []
        assert [state for _pk, state, since in told if since is None and state in BY_CLOCK] == []
        transaction.set_rollback(True)


def store(pk: int, facts: Facts, on: date) -> None:
    """Store what the rule says of an initiative on a day, as the door does."""
    answer = as_of(facts, on)
    kept = {name: getattr(answer, name) for name in Initiative.STORED - {"lapsed_since"}}
    kept["cadence_source"] = answer.cadence_source or ""
    dates = {"started_on_earliest": facts.start, "ended_on_latest": facts.end}
    Initiative.objects.filter(pk=pk).update(**kept, **dates)
