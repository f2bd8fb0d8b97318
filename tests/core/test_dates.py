"""Fuzzy dates: a subset of EDTF with its bounds, shown as exact as it is."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from continuity.models import Milestone, Suspension
from registry.core import dates
from registry.core.models import Framework, Pair, Source
from tests.everything import keep


@pytest.mark.parametrize(
    ("text", "earliest", "latest", "precision", "qualifier"),
    [
        ("1994", date(1994, 1, 1), date(1994, 12, 31), "year", ""),
        ("1994-01", date(1994, 1, 1), date(1994, 1, 31), "month", ""),
        ("1994-01-10", date(1994, 1, 10), date(1994, 1, 10), "day", ""),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "month", ""),
        ("2023-02", date(2023, 2, 1), date(2023, 2, 28), "month", ""),
        ("2024-02-29", date(2024, 2, 29), date(2024, 2, 29), "day", ""),
        ("0001", date(1, 1, 1), date(1, 12, 31), "year", ""),
        ("9999-12", date(9999, 12, 1), date(9999, 12, 31), "month", ""),
        # a qualifier never widens
        ("1994~", date(1994, 1, 1), date(1994, 12, 31), "year", "~"),
        ("1994-01?", date(1994, 1, 1), date(1994, 1, 31), "month", "?"),
        ("1994-01-10~", date(1994, 1, 10), date(1994, 1, 10), "day", "~"),
        (" 1994 ", date(1994, 1, 1), date(1994, 12, 31), "year", ""),
    ],
)
def test_what_is_a_date(text: str, earliest: date, latest: date, precision: str, qualifier: str) -> None:
    assert dates.parse(text) == dates.FuzzyDate(earliest, latest, precision, qualifier)


@pytest.mark.parametrize(
    "text",
    ["94", "19940", "1994-1", "1994-13", "1994-00", "1994-01-00", "1994-01-32", "2023-02-29", "0000", "1994-01-10~?"]
    + ["~1994", "1994/1995", "1994-01-10/1994-02", "1994-01..", "199X", "1994-21", "10.01.1994", "１９９４", "1994 01"]
    + ["1994-01-10T00:00", "-1994", "today", "", "1994\n1995"],
)
def test_what_is_not_a_date_is_told_what_to_write(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        dates.parse(text)
    assert (
        f"“{text}” is not a date of the calendar. Write a year, a month or a day as 1994" in refused.value.messages[0]
    )


@pytest.mark.parametrize(
    ("language", "text", "shown"),
    [
        ("en", "2019-03-12", "12 March 2019"),
        ("en", "2019-03", "March 2019"),
        ("en", "2019", "2019"),
        ("en", "2019-03?", "March 2019 (in doubt)"),
        ("en", "2019~", "about 2019"),
        ("ru", "2019-03-12", "12 марта 2019\u202fг."),
        ("ru", "2019-03", "март 2019"),
        ("tg", "2019-03-12", "12 Март 2019"),
        ("xx", "2019-03-12", "12 March 2019"),
        ("en", "", ""),
    ],
)
def test_a_date_is_shown_as_exact_as_it_is(language: str, text: str, shown: str) -> None:
    with override(language):
        assert dates.display(text) == shown


def test_the_bounds_are_stored_beside_the_text_and_follow_it(world: None) -> None:
    policy = keep(Framework(title="Culture 2030", country_id="KG", started_on="2020-02~", ended_on=""))
    policy.refresh_from_db()
    assert (policy.started_on_earliest, policy.started_on_latest) == (date(2020, 2, 1), date(2020, 2, 29))
    assert (policy.ended_on_earliest, policy.ended_on_latest) == (None, None)
    policy.started_on = ""
    policy.save()
    policy.refresh_from_db()
    assert (policy.started_on_earliest, policy.started_on_latest) == (None, None)
    assert Framework.objects.filter(started_on_latest__gte="2020-01-01").count() == 0


def test_a_field_is_stored_without_spaces(world: None) -> None:
    assert keep(Source(kind="GAZETTE", date=" 1994-01 ")).date == "1994-01"


@pytest.mark.parametrize(
    ("begin", "end", "right"),
    [
        ("2015", "2015", True),
        ("2015-06", "2015", True),  # it may have ended in December
        ("2015", "2015-01", True),  # it may have begun in January
        ("2015-06-10", "2015-06-09", False),
        ("2015-06", "2015-05", False),
        ("2015-06-10", "2014", False),
        ("2015", "", True),
    ],
)
def test_an_end_is_wrong_only_where_it_can_but_lie_before_the_start(
    kg_tj: Pair, begin: str, end: str, right: bool
) -> None:
    for record in (
        Milestone(pair=kg_tj, title="Visit", kind="STATE_VISIT", started_on=begin, ended_on=end),
        Suspension(started_on=begin, ended_on=end),
    ):
        if right:
            record.clean()
        else:
            with pytest.raises(ValidationError) as refused:
                record.clean()
            assert list(refused.value.message_dict) == ["ended_on"]
            assert f"“{end}” lies before “{begin}”" in refused.value.messages[0]
