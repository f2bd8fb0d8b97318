"""What the page of an initiative and the API say of its own gaps: the cadence they make, and what is to be expected."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client, override_settings
from django.utils import translation

from agreements.models import Commission
from continuity import pace, rules
from continuity.figures import gaps_figure, stacked
from continuity.models import ActivityEntry, Suspension
from registry.core import write
from registry.core.models import Country, Pair, Source
from tests.cast import commission, event, programme, session

pytestmark = pytest.mark.once

DAYS = ("2015-06-01", "2016-06-05", "2017-05-20", "2018-06-01", "2019-06-10", "2020-06-01")
GAPS = [370, 349, 377, 374, 357]


TODAY = date(2021, 1, 1)


@pytest.fixture(scope="module")
def registry(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A commission that met six times, about once a year: loaded once, each test adds savepoints to it."""
    with django_db_blocker.unblock(), override_settings(CLOCK=TODAY), transaction.atomic():
        call_command("load_vocabularies", verbosity=0)
        Country.objects.bulk_create([Country(code=code) for code in ("KG", "TJ")], ignore_conflicts=True)
        pair = Pair.objects.between("KG", "TJ")
        pair.tracked_from, pair.tracking_basis = date(2015, 1, 1), "declared"
        write.save(pair, by=write.SYSTEM)
        council = commission(pair, ref="COUNCIL", title="Council", started_on="2015-01-01")
        for number, day in enumerate(DAYS, 1):
            session(council, ref=f"S{number}", number=number, started_on=day)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def council(registry: None, db: None, on_day: Any) -> Commission:
    """That commission; today is 1 January 2021."""
    on_day(TODAY.isoformat())
    return Commission.objects.get(ref="COUNCIL")


def told(query: str = "") -> dict[str, Any]:
    answer = Client().get(f"/api/v1/commissions/COUNCIL/{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def shown(query: str = "", path: str = "/commissions/COUNCIL/") -> str:
    """Return the section of the page, without its tags and with single spaces."""
    page = Client().get(path + query).content.decode()
    section = page.split('aria-labelledby="h-pace"')[1].split("</section>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", section).split())


# The cadence that the past makes -------------------------------------------------------------------------------------


def test_the_gaps_are_those_that_the_rule_goes_by(council: Commission) -> None:
    row = told()
    assert row["inferred_cadence"] == {
        "days": list(DAYS),
        "gaps": GAPS,
        "median": 370,
        "cadence_days": 555,
        "in_force": True,
    }
    assert (row["cadence_days"], row["cadence_source"]) == (555, "inferred")
    assert told("?as_of=2018-12-31")["inferred_cadence"] == {
        "days": list(DAYS[:4]),
        "gaps": GAPS[:3],
        "median": 370,
        "cadence_days": 555,
        "in_force": True,
    }
    assert told("?as_of=2018-05-31")["inferred_cadence"] is None


def test_the_page_says_how_the_interval_comes_about_with_the_evidence_of_each_day(council: Commission) -> None:
    said = shown()
    assert "Days of activity 6 gaps between them: 5" in said
    assert "Median gap 370 days half are shorter, half longer" in said
    assert "Times 1.5, rounded up 555 days So one is expected every 555 days in force" in said
    assert "1 June 2020 Session 6, Council 357" in said and "1 June 2015 Session 1, Council the first" in said
    assert "Shortest gap: 349 days; longest: 377 days; median: 370 days." in said
    assert 'href="/sessions/S3/"' in Client().get("/commissions/COUNCIL/").content.decode()
    assert "5 June 2016" in shown("?as_of=2018-12-31") and "10 June 2019" not in shown("?as_of=2018-12-31")
    assert "interval" not in shown("?as_of=2018-05-31")


@pytest.mark.parametrize(
    ("fields", "remark"),
    [
        ({"cadence": 400}, "Would be inferred 555 days in force: 400 days, declared"),
        ({"rhythm": "irregular"}, "Would be inferred 555 days not in force: no clock runs"),
    ],
)
def test_what_would_be_inferred_where_another_is_in_force(council: Commission, fields: dict, remark: str) -> None:
    for name, value in fields.items():
        setattr(council, name, value)
    write.save(council, by=write.SYSTEM)
    assert remark in shown()
    inferred = told()["inferred_cadence"]
    assert (inferred["cadence_days"], inferred["in_force"]) == (555, False)


def test_the_bounds_are_named_where_they_bite(council: Commission) -> None:
    for number in range(1, 9):
        session(council, number=10 + number, started_on=f"2020-06-{10 + number}")
    assert "Times 1.5, rounded up 2 days bounds: 30 to 3,650 days So one is expected every 30 days" in shown()


def test_half_a_day_of_the_median_is_told(council: Commission) -> None:
    session(council, number=7, started_on="2020-12-30")  # 212 days on
    assert "Median gap 363.5 days" in shown() and told()["inferred_cadence"]["median"] == 363.5


def test_drafts_and_symbolic_activities_do_not_count(council: Commission) -> None:
    before = told()
    session(council, ref="DRAFT", number=7, started_on="2020-09-01", visibility="draft")
    event(council.pair, title="Poor", initiative=council, started_on="2020-10-01", outcome="HELD_DOWNGRADED")
    after = told()
    assert [after[name] for name in ("inferred_cadence", "forecast")] == [
        before[name] for name in ("inferred_cadence", "forecast")
    ]
    assert "Poor" not in shown() and "September 2020" not in shown()


def test_all_that_was_held_on_a_day_stands_beside_it(council: Commission) -> None:
    source = write.save(Source(kind="PRESS", title="News", visibility="published"), by=write.SYSTEM)
    entry = ActivityEntry(initiative_id=council.pk, what="A joint letter", started_on=DAYS[-1], source=source)
    write.save(entry, by=write.SYSTEM)
    row = shown().split("1 June 2020")[1].split("357")[0]
    assert "A joint letter" in row and "Session 6, Council" in row


def test_many_days_are_folded(council: Commission) -> None:
    assert "<details open>" in Client().get("/commissions/COUNCIL/").content.decode().replace(' class="mt-3"', "")
    for number in range(1, 8):
        session(council, number=10 + number, started_on=f"2020-0{number + 1}-20")
    assert "<details>" in Client().get("/commissions/COUNCIL/").content.decode().replace(' class="mt-3"', "")


# What is to be expected ----------------------------------------------------------------------------------------------


def test_the_forecast_of_an_even_series(council: Commission) -> None:
    row = told()
    # of five gaps the quartiles are 353, 370 and 375.5; the last session was on 1 June 2020
    assert row["forecast"]["window"] == {"first": "2021-05-20", "middle": "2021-06-06", "last": "2021-06-12"}
    assert (row["forecast"]["gaps"], row["forecast"]["silence_days"]) == (GAPS, 214)
    assert 0.94 < row["forecast"]["alive"] < 0.97
    assert (row["forecast_absence"], row["forecast_absence_label"]) == (None, None)
    said = shown()
    assert "By the rule the next one is due by 8 December 2021." in said
    assert "By its own gaps it comes between 20 May 2021 and 12 June 2021, around 6 June 2021" in said
    assert "Chance that another one follows at all: about 96 % ." in said
    assert "Days of silence so far: 214; gaps that were longer: 5 of 5." in said


def test_a_long_silence_leaves_little_chance_and_no_window(council: Commission) -> None:
    row = told("?as_of=2026-01-01")
    assert (row["state"], row["forecast"]["window"]) == ("dormant", None)
    assert row["forecast"]["alive"] < 0.01
    said = shown("?as_of=2026-01-01")
    assert "By the rule the next one was due by 8 December 2021." in said
    assert "under 1 % . Days of silence so far: 2,040; gaps that were longer: 0 of 5." in said
    assert "By its own gaps" not in said


def test_a_window_that_has_passed_is_told_as_past(council: Commission) -> None:
    assert "it was to come between 20 May 2021 and 12 June 2021" in shown("?as_of=2021-07-01")


@pytest.mark.parametrize(
    ("as_of", "absence", "said"),
    [
        ("2014-06-01", "no_clock", "No forecast: it has not begun."),
        ("2015-03-01", "too_few", "Needed on different tracked days: 5; on file: 0."),
        ("2018-12-31", "too_few", "Needed on different tracked days: 5; on file: 4."),
        ("2020-12-31", None, None),
    ],
)
def test_why_there_is_none(council: Commission, as_of: str, absence: str | None, said: str | None) -> None:
    row = told(f"?as_of={as_of}")
    assert row["forecast_absence"] == absence
    assert (row["forecast_absence_label"] or "").endswith(said or "")
    assert said is None or said in shown(f"?as_of={as_of}")
    assert (row["forecast"] is None) == (as_of < "2018")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"rhythm": "irregular"}, "No forecast: no rhythm is expected."),
        ({"tracking": "none"}, "No forecast: outside tracked days nothing is claimed."),
        ({"ended_on": "2020-12-01"}, "No forecast: it has ended."),
    ],
)
def test_nothing_is_foretold_without_a_clock(council: Commission, fields: dict, said: str) -> None:
    for name, value in fields.items():
        setattr(council, name, value)
    write.save(council, by=write.SYSTEM)
    row = told()
    assert (row["forecast"], row["forecast_absence"], row["forecast_absence_label"]) == (None, "no_clock", said)
    assert said in shown()


def test_what_is_suspended_is_not_foretold(council: Commission) -> None:
    Suspension.objects.create(initiative=council, started_on="2020-12-01")
    council.written()
    assert "No forecast: a suspension has been declared." in shown()


def test_ragged_gaps_are_told_and_nothing_is_concluded_from_them(council: Commission) -> None:
    days = programme(council.pair, ref="DAYS", started_on="2015-01-01")
    for day in ("2015-06-01", "2015-06-20", "2018-01-01", "2018-02-01", "2020-10-01", "2020-11-01"):
        event(council.pair, title=day, initiative=days, started_on=day)
    row = Client().get("/api/v1/programmes/DAYS/").json()
    assert (row["forecast"]["alive"], row["forecast_absence"]) == (None, "too_irregular")
    said = shown(path="/programmes/DAYS/")
    assert "Too irregular for a forecast of whether another follows" in said and "%" not in said


def test_a_list_of_the_api_says_nothing_of_it(council: Commission) -> None:
    (row,) = Client().get("/api/v1/commissions/").json()["results"]
    assert not {"inferred_cadence", "forecast"} & set(row)


@pytest.mark.parametrize(
    ("chance", "words"),
    [
        (0.004, "under 1 %"),
        (0.199, "about 20 %"),
        (0.2, "in doubt, about 20 %; in this middle range it has proved too hopeful"),
        (0.594, "in doubt, about 59 %; in this middle range it has proved too hopeful"),
        (0.6, "about 60 %"),
        (0.994, "about 99 %"),
        (0.997, "over 99 %"),
    ],
)
def test_a_chance_in_words(chance: float, words: str) -> None:
    with translation.override("en"):
        assert pace.in_percent(chance) == words


# The figure ----------------------------------------------------------------------------------------------------------


def test_the_figure_stays_within_its_frame() -> None:
    days = [date(2015, 1, 1), date(2015, 6, 1), date(2016, 1, 1), date(2018, 1, 1)]
    inference = rules.inferred_cadence(days)
    assert inference is not None
    with translation.override("en"):
        figure = gaps_figure(inference, 2000)
    assert [mark.x for mark in (figure.median, figure.cadence, figure.silence)] == [128.8, 190.3, 1154.0]
    assert [mark.anchor for mark in (figure.median, figure.silence)] == ["start", "end"]
    assert figure.silence.words == "silent now for: 2,000 days"
    assert all(0 < x < 1160 for x, _y in figure.dots) and len(figure.dots) == 3


def test_dots_do_not_cover_each_other_while_there_is_room() -> None:
    assert stacked([10, 12, 19, 21, 40]) == [(10, 66), (12, 56), (19, 46), (21, 66), (40, 66)]
    assert stacked([5.0] * 7)[-2:] == [(5.0, 26), (5.0, 26)]
