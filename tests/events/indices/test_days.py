"""The days of the continuity index on random histories, against a slow count that shares nothing with the rule."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from continuity.models import Initiative
from events.indices.counting import continuity
from events.indices.figures import Period
from events.indices.reading import gather
from registry.core.models import Pair
from tests.continuity.histories import FIRST, histories, slow_state
from tests.continuity.test_twins import put

pytestmark = pytest.mark.django_db
TODAY = FIRST + timedelta(1500)


@given(st.lists(histories, min_size=1, max_size=3), st.integers(0, 1300), st.integers(1, 420))
@settings(max_examples=25, deadline=None)
def test_continuity_is_the_count_of_days(many: list, start: int, length: int) -> None:
    with transaction.atomic():
        stored = put(many)
        Initiative.objects.update(visibility="published")
        period = Period(FIRST + timedelta(start), min(FIRST + timedelta(start + length), TODAY))
        material = gather(Pair.objects.all(), TODAY)["KG-TJ"]
        (found,) = continuity(material, period, "sector")
        days = [period.first + timedelta(number) for number in range(period.days)]
        told = [slow_state(facts, day) for facts in stored.values() for day in days]
        alive = sum(state in ("active", "due", "overdue") for state in told)
        lapsed = sum(state in ("symbolic", "dormant") for state in told)
        assert (found.numerator, found.denominator) == (alive, alive + lapsed)
        years = [continuity(material, year, "sector")[0] for year in period.years()]
        assert sum(year.numerator for year in years) == found.numerator
        assert sum(year.denominator for year in years) == found.denominator
        transaction.set_rollback(True)


def test_more_moves_than_a_page_shows(world: Any) -> None:
    """The walk of a page through the past ends after 200 moves of the clock; the count must not."""
    from continuity.rules import Facts

    days = tuple((FIRST + timedelta(7 * number), True) for number in range(300))
    facts = Facts("commission", start=FIRST, tracked_from=FIRST, cadence=3, grace=1, activities=days)
    put([facts])
    Initiative.objects.update(visibility="published")
    period = Period(FIRST, FIRST + timedelta(7 * 299 - 1))
    (found,) = continuity(gather(Pair.objects.all(), period.last)["KG-TJ"], period, "sector")
    assert (found.numerator, found.denominator) == (5 * 299, 7 * 299)  # of each week days 0 to 4
