"""The sentences of an explanation: each state, and each thing from which the clock may count."""

from dataclasses import replace
from datetime import date

import pytest
from django.utils import translation
from hypothesis import given

from continuity.explain import explain
from continuity.rules import Facts, as_of
from tests.continuity.histories import PROPERTY, edges, histories

COMMISSION = Facts("commission", start=date(2010, 1, 1), tracked_from=date(2015, 1, 1))
MET = replace(COMMISSION, activities=((date(2019, 3, 12), True),))
DOWNGRADED = replace(MET, activities=(*MET.activities, (date(2020, 6, 1), False)))


def said(facts: Facts, on: str, programme_kind: str = "") -> str:
    day = date.fromisoformat(on)
    with translation.override("en"):
        return explain(facts, as_of(facts, day), day, programme_kind)


def test_active():
    clause = replace(COMMISSION, clause=365, activities=((date(2026, 2, 13), True),))
    assert said(clause, "2026-11-22") == (
        "Last session on 13 February 2026. One is expected every 365 days (meeting clause of the agreement). "
        "The next is due by 13 February 2027."
    )


def test_overdue():
    assert said(MET, "2020-04-01") == (
        "No session since 12 March 2019. One is expected every 365 days (default for commissions). "
        "Overdue since 12 March 2020; dormant from 10 September 2020 if nothing is reported."
    )


def test_overdue_promises_nothing_for_after_the_end():
    assert said(replace(MET, end=date(2020, 5, 1)), "2020-04-01").endswith("Overdue since 12 March 2020.")


def test_dormant():
    assert said(MET, "2021-01-01") == (
        "No session since 12 March 2019. One is expected every 365 days (default for commissions). "
        "Overdue since 12 March 2020, dormant since 10 September 2020."
    )


def test_before_in_and_after_a_symbolic_time():
    overdue = "Overdue since 12 March 2020"
    assert said(DOWNGRADED, "2020-07-01").endswith(
        f"{overdue}; symbolic from 10 September 2020 if nothing is reported."
    )
    assert said(DOWNGRADED, "2020-10-01").endswith(
        f"{overdue}, lapsed since 10 September 2020. A symbolic session has been reported since; "
        "it counts until 30 November 2021."
    )
    assert said(DOWNGRADED, "2022-01-01").endswith(
        f"{overdue}, lapsed since 10 September 2020, dormant since 1 December 2021."
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({}, "No session on file since tracking began on 1 January 2015."),
        ({"start": date(2015, 2, 1)}, "No session on file since its start (1 February 2015)."),
        (
            {"start": date(2015, 2, 1), "start_text": "2015-02"},
            "No session on file since its start (February 2015).",
        ),
        (
            {"suspensions": ((date(2015, 3, 1), date(2015, 3, 31)),)},
            "No session on file since it resumed on 1 April 2015.",
        ),
        ({"activities": ((date(2015, 5, 1), True),)}, "Last session on 1 May 2015."),
    ],
)
def test_from_what_the_clock_counts(change, sentence):
    assert said(replace(COMMISSION, **change), "2015-06-01").startswith(sentence + " One is expected")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cadence": 1}, "every 1 day (declared)."),
        ({"clause": 730}, "every 730 days (meeting clause of the agreement)."),
        ({}, "every 365 days (default for commissions)."),
        ({"kind": "agreement"}, "every 730 days (default for agreements)."),
        ({"kind": "programme"}, "every 365 days (default for programmes)."),
        (
            {"activities": tuple((date(2014, month, 1), True) for month in (1, 3, 5, 7))},
            "every 92 days (inferred from its past).",
        ),
    ],
)
def test_where_the_cadence_comes_from(change, words):
    assert words in said(replace(COMMISSION, **change), "2015-01-01")


@pytest.mark.parametrize(
    ("kind", "programme_kind", "noun"),
    [
        ("commission", "", "session"),
        ("programme", "DAYS", "edition"),
        ("programme", "FESTIVAL_SERIES", "edition"),
        ("programme", "SUMMER_SCHOOL", "edition"),
        ("programme", "EXCHANGE", "activity"),
        ("agreement", "", "activity"),
    ],
)
def test_noun(kind, programme_kind, noun):
    assert said(replace(MET, kind=kind), "2019-04-01", programme_kind).startswith(f"Last {noun} on 12 March 2019.")


@pytest.mark.parametrize(
    ("change", "on", "words"),
    [
        ({}, "2009-12-31", "It has not begun; start: 1 January 2010."),
        ({"start": None, "stated": "negotiation"}, "2016-01-01", "It is under negotiation."),
        ({"start_text": "2010"}, "2009-12-31", "It has not begun; start: 2010."),
        ({"end": date(2015, 12, 31)}, "2016-01-01", "Ended: 31 December 2015."),
        ({"end": date(2015, 12, 31), "end_text": "2015~"}, "2016-01-01", "Ended: about 2015."),
        ({"stated": "ended"}, "2016-01-01", "It has ended; no day is on file."),
        ({"suspensions": ((date(2015, 6, 1), None),)}, "2016-01-01", "Suspended since 1 June 2015."),
        (
            {"suspensions": ((date(2016, 1, 1), date(2016, 2, 1)), (date(2015, 6, 1), date(2015, 12, 31)))},
            "2016-01-01",
            "Suspended since 1 June 2015, until 1 February 2016.",
        ),
        ({}, "2014-12-31", "Outside tracked days: nothing is claimed."),
        ({"rhythm": "irregular"}, "2016-01-01", "No rhythm expected."),
    ],
)
def test_without_a_clock(change, on, words):
    assert said(replace(COMMISSION, **change), on) == words


def test_days_are_written_in_the_language_of_the_reader():
    with translation.override("ru"):
        assert "12 марта 2019" in explain(MET, as_of(MET, date(2021, 1, 1)), date(2021, 1, 1))


@given(histories)
@PROPERTY
def test_there_is_always_something_to_say(facts):
    for day in edges(facts):
        words = explain(facts, as_of(facts, day), day)
        assert words.endswith(".") and "%(" not in words
