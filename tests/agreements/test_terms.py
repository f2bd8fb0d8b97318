"""The term of an agreement: worked cases on what is on file, without a database; then the page and the concerns."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from agreements import reports, terms
from agreements.models import Agreement
from agreements.terms import Clause, term_on
from continuity import sweep
from continuity.models import Concern
from registry.core import dates, write
from registry.core.models import Pair
from tests.cast import agreement


def day(text: str) -> date:
    return date.fromisoformat(text)


def clause(begins: str = "2016-01-10", **fields: Any) -> Clause:
    """Five years from 10 January 2016, tacitly renewed by five, notice six months before the end."""
    worked = {"months": 60, "tacit": "YES", "renewal_months": 60, "notice_months": 6}
    return Clause(begins=dates.parse(begins) if begins else None, **worked | fields)


def told(term: terms.Term | None) -> tuple[Any, ...]:
    assert term is not None
    return tuple(str(part) if part else part for part in (term.first, term.last, term.renews, term.notice_by))


# Calendar months --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2023-01-31", 1, "2023-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2023-12-15", 1, "2024-01-15"),
        ("2024-01-15", -1, "2023-12-15"),
        ("2024-08-31", -6, "2024-02-29"),
        ("9999-12-01", 1, "9999-12-31"),
        ("0001-01-05", -1, "0001-01-01"),
    ],
)
def test_calendar_months(start: str, months: int, end: str) -> None:
    assert dates.add_months(day(start), months) == day(end)


CLAUSES: list[dict[str, Any]] = [
    {},
    {"tacit": "NO"},
    {"tacit": "UNKNOWN"},
    {"notice_months": None},
    {"renewal_months": None},
    {"begins": "2016", "tacit": "NO", "renewals": (date(2021, 1, 10), date(2027, 1, 1))},
    {"begins": "2016", "months": 1, "renewal_months": 2, "notice_months": 1},
    {"months": None, "denounced": True, "denounced_on": date(2019, 5, 1)},
    {"denounced": True},
    {"ended": dates.parse("2020-05")},
    {"months": None},
    {"begins": ""},
]


@pytest.mark.parametrize("fields", CLAUSES)
def test_what_is_stored_holds_for_as_long_as_it_says(fields: dict[str, Any]) -> None:
    """On every day of eleven years, what was stored some time before tells the same as the term itself."""
    one, stored = clause(**fields), {"term_holds_until": date.min}
    for number in range(day("2015-06-01").toordinal(), day("2026-06-01").toordinal()):
        on = date.fromordinal(number)
        if stored["term_holds_until"] is not None and stored["term_holds_until"] < on:
            stored = terms.windows(one, on)
        term = term_on(one, on)
        for name, first, last in (
            ("ending", term and term.nears, term and term.latest),
            ("notice", term and term.opens, term and term.notice_by),
        ):
            is_open = bool(first and last and first <= on <= last)
            said = stored[f"{name}_from"], stored[f"{name}_until"]
            assert (said == (first, last)) if is_open else not (said[0] and said[0] <= on <= said[1]), (name, on)
            assert not is_open or stored["term_last"] == term.last


# The worked example of the module ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2015-01-01", ("2016-01-10", "2021-01-09", "True", "2020-07-09")),
        ("2021-01-09", ("2016-01-10", "2021-01-09", "True", "2020-07-09")),
        ("2021-01-10", ("2021-01-10", "2026-01-09", "True", "2025-07-09")),
        ("2026-11-22", ("2026-01-10", "2031-01-09", "True", "2030-07-09")),
    ],
)
def test_a_rolling_term(on: str, expected: tuple) -> None:
    assert told(term_on(clause(), day(on))) == expected


def test_when_its_window_opens() -> None:
    term = term_on(clause(), day("2026-11-22"))
    assert term is not None and (term.opens, term.nears) == (day("2030-04-10"), None)


@pytest.mark.parametrize(
    ("given", "on", "last", "renews"),
    [
        ("2025-07-09", "2025-12-01", "2026-01-09", False),  # the last day for notice
        ("2025-07-10", "2025-12-01", "2026-01-09", True),  # a day too late for the second term…
        ("2025-07-10", "2028-01-01", "2031-01-09", False),  # …so it ends the third
        ("2025-07-09", "2030-01-01", "2026-01-09", False),  # it has ended, and nothing runs
    ],
)
def test_a_notice_ends_the_term_for_which_it_is_in_time(given: str, on: str, last: str, renews: bool) -> None:
    term = term_on(clause(denounced=True, denounced_on=day(given)), day(on))
    assert term is not None and (term.last, term.renews) == (day(last), renews)
    assert (term.notice_by is None) is not renews


def test_a_notice_nobody_knows_the_day_of_is_taken_to_be_in_time() -> None:
    term = term_on(clause(denounced=True), day("2026-11-22"))
    assert told(term) == ("2026-01-10", "2031-01-09", False, None)


# What is not on file ----------------------------------------------------------------------------------------------


def test_without_the_length_of_a_renewal_no_last_day_is_invented() -> None:
    rolling = clause(renewal_months=None)
    assert told(term_on(rolling, day("2020-01-01"))) == ("2016-01-10", "2021-01-09", "True", "2020-07-09")
    assert told(term_on(rolling, day("2026-01-01"))) == ("2021-01-10", None, "True", None)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"tacit": "UNKNOWN"}, ("2016-01-10", "2021-01-09", None, "2020-07-09")),
        ({"tacit": "UNKNOWN", "notice_months": None}, ("2016-01-10", "2021-01-09", None, None)),
        ({"tacit": "NO"}, ("2016-01-10", "2021-01-09", False, None)),
        ({"notice_months": None}, ("2016-01-10", "2021-01-09", "True", None)),
        ({"notice_months": 0}, ("2016-01-10", "2021-01-09", "True", "2021-01-09")),
        ({"ended": dates.parse("2019")}, ("2016-01-10", "2019-12-31", False, None)),
    ],
)
def test_parts_of_a_clause(fields: dict[str, Any], expected: tuple) -> None:
    assert told(term_on(clause(**fields), day("2018-01-01"))) == expected


@pytest.mark.parametrize("fields", [{"months": None}, {"months": 0}, {"begins": ""}])
def test_too_little_is_on_file(fields: dict[str, Any]) -> None:
    assert term_on(clause(**fields), day("2018-01-01")) is None


def test_an_unlimited_agreement_ends_when_the_time_of_notice_is_over() -> None:
    open_ended = clause(months=None, denounced=True, denounced_on=day("2026-08-31"))
    assert told(term_on(open_ended, day("2026-11-22"))) == ("2016-01-10", "2027-02-28", False, None)


@pytest.mark.parametrize(
    ("begins", "last", "latest"), [("2016", "2020-12-31", "2021-12-30"), ("2016-02", "2021-01-31", "2021-02-27")]
)
def test_a_loose_date_counts_from_its_earliest_day(begins: str, last: str, latest: str) -> None:
    term = term_on(clause(begins=begins, tacit="NO"), day("2018-01-01"))
    assert term is not None and not term.exact
    assert (term.last, term.latest) == (day(last), day(latest))


def test_no_period_drifts() -> None:
    monthly = clause(begins="2023-01-31", months=1, renewal_months=1, notice_months=None)
    starts = [term_on(monthly, day(f"2023-{month:02}-15")) for month in range(2, 7)]
    assert [str(term.first) for term in starts if term] == [
        "2023-01-31",
        "2023-02-28",
        "2023-03-31",
        "2023-04-30",
        "2023-05-31",
    ]


@pytest.mark.parametrize(
    ("renewed", "first", "last"),
    [("2020-12-01", "2021-01-10", "2026-01-09"), ("2022-03-01", "2022-03-01", "2027-02-28")],
)
def test_a_renewal_adds_a_period(renewed: str, first: str, last: str) -> None:
    term = term_on(clause(tacit="NO", renewals=(day(renewed),)), day("2023-01-01"))
    assert told(term) == (first, last, False, None)


def test_the_calendar_ends() -> None:
    assert term_on(clause(begins="9990-01-01"), day("9999-12-31")) is not None


# Agreements -------------------------------------------------------------------------------------------------------

TERM = {"term_months": 60, "tacit_renewal": "YES", "renewal_months": 60, "notice_months": 6}


def act(treaty: Agreement, **fields: Any) -> None:
    with write.change(treaty, by=write.SYSTEM):
        treaty.save()
        treaty.actions.create(**fields)


@pytest.mark.parametrize(
    ("fields", "on", "words"),
    [
        (
            {"in_force_on": "2016-03-01", **TERM},
            "2026-11-22",
            "Concluded for 5 years from 1 March 2016. Renewed tacitly until 28 February 2031. "
            "Notice that it shall not go on: by 28 August 2030.",
        ),
        (
            TERM,
            "2020-08-01",
            "Concluded for 5 years, counted from the signature on 10 January 2016; entry into force is not on file. "
            "The first term ends on 9 January 2021 and is then renewed tacitly. Notice was possible until 9 July 2020.",
        ),
        (
            {"in_force_on": "2016", "term_months": 18, "tacit_renewal": "NO"},
            "2016-08-01",
            "Concluded for 18 months from 2016. The term ends on 30 June 2017, without tacit renewal. "
            "The day it counts from is not known exactly, so these are the earliest days there can be.",
        ),
        (
            {"in_force_on": "2016-03-01", "term_months": 12},
            "2018-01-01",
            "Concluded for 1 year from 1 March 2016. The term ended on 28 February 2017, and no renewal is on file.",
        ),
        ({"in_force_on": "2016-03-01"}, "2018-01-01", ""),
    ],
)
def test_in_words(kg_tj: Pair, fields: dict[str, Any], on: str, words: str) -> None:
    assert terms.in_words(agreement(kg_tj, **fields), day(on)) == words


def test_its_page_tells_the_term_on_the_day_asked(kg_tj: Pair) -> None:
    treaty = agreement(kg_tj, **TERM)
    page = Client().get(f"{treaty.get_absolute_url()}?as_of=2023-01-01").content.decode()
    assert "<dt>Term</dt>" in page
    assert "Renewed tacitly until 9 January 2026." in page
    assert "<dt>Term</dt>" not in Client().get(agreement(kg_tj).get_absolute_url()).content.decode()


def test_a_denunciation_in_words(kg_tj: Pair) -> None:
    treaty = agreement(kg_tj, in_force_on="2016-03-01", **TERM)
    act(treaty, action="DENOUNCE", acted_on="2030-08")
    assert terms.in_words(treaty, day("2030-09-01")).endswith(
        "Notice of denunciation was given; it ends on 28 February 2031."
    )
    act(treaty, action="RENEW", acted_on="2030-10-01")
    assert "denunciation" not in terms.in_words(treaty, day("2030-10-02"))


def kinds(treaty: Agreement, on: str) -> list[tuple[str, str, str]]:
    """Return (kind, key, since) of what worries about an agreement on a day."""
    for row in Agreement.objects.all():
        row.set_term(day(on))
        row.save()
    finders = {"ending": reports.ending_agreements, "notice": reports.notice_windows}
    found = [(kind, worry) for kind, find in finders.items() for worry in find(day(on))]
    assert all(worry.initiative_id == treaty.pk for _kind, worry in found)
    return [(kind, worry.key.removeprefix(f"{treaty.ref}:"), str(worry.since)) for kind, worry in found]


def test_each_term_opens_a_window_of_its_own(kg_tj: Pair) -> None:
    treaty = agreement(kg_tj, **TERM)
    for on, expected in {
        "2020-04-09": [],
        "2020-04-10": [("notice", "2020-07-09", "2020-04-10")],
        "2020-07-09": [("notice", "2020-07-09", "2020-04-10")],
        "2020-07-10": [],
        "2021-01-05": [],
        "2025-07-01": [("notice", "2025-07-09", "2025-04-10")],
    }.items():
        assert kinds(treaty, on) == expected, on


@pytest.mark.parametrize(
    ("fields", "on", "expected"),
    [
        ({"tacit_renewal": "NO"}, "2020-11-09", []),
        ({"tacit_renewal": "NO"}, "2020-11-10", [("ending", "2021-01-09", "2020-11-10")]),
        ({"tacit_renewal": "NO"}, "2021-01-09", [("ending", "2021-01-09", "2020-11-10")]),
        ({"tacit_renewal": "NO"}, "2021-01-10", []),
        ({"tacit_renewal": "NO", "in_force_on": "2016"}, "2021-12-30", [("ending", "2020-12-31", "2020-11-01")]),
        ({"tacit_renewal": "NO", "in_force_on": "2016"}, "2021-12-31", []),
        ({"tacit_renewal": "NO", "term_months": 1, "signed_on": "2021-01-05"}, "2021-01-05", ["ending"]),
        ({"tacit_renewal": "UNKNOWN"}, "2020-12-01", [("ending", "2021-01-09", "2020-11-10")]),
        ({"declared_status": "TERMINATED"}, "2020-06-01", []),
        ({"visibility": "draft"}, "2020-06-01", []),
    ],
)
def test_a_term_that_does_not_go_on_is_a_concern(kg_tj: Pair, fields: dict[str, Any], on: str, expected: list) -> None:
    found = kinds(agreement(kg_tj, **TERM | fields), on)
    assert (found if expected != ["ending"] else [kind for kind, *_ in found]) == expected


def test_a_notice_given_closes_the_window_and_the_end_comes_near(kg_tj: Pair) -> None:
    treaty = agreement(kg_tj, **TERM)
    act(treaty, action="DENOUNCE", party_id="TJ", acted_on="2020-06-01")
    assert kinds(treaty, "2020-06-02") == []
    assert kinds(treaty, "2020-12-01") == [("ending", "2021-01-09", "2020-11-10")]


def test_what_was_terminated_has_no_term(kg_tj: Pair) -> None:
    treaty = agreement(kg_tj, **TERM)
    act(treaty, action="TERMINATE", acted_on="2019-06-01")
    assert kinds(treaty, "2020-06-01") == []


def test_a_window_is_found_where_nothing_has_swept_for_years(kg_tj: Pair, on_day: Callable[[str], date]) -> None:
    """What is stored holds to the end of the first term; the page asks in the second."""
    on_day("2020-01-01")
    treaty = agreement(kg_tj, **TERM)
    assert treaty.term_holds_until == day("2021-01-09")
    (worry,) = reports.notice_windows(on_day("2025-05-01"))
    assert (worry.key, worry.since) == (f"{treaty.ref}:2025-07-09", day("2025-04-10"))
    assert list(reports.ending_agreements(day("2025-05-01"))) == []


def test_a_window_is_raised_once_and_settled_when_it_closes(kg_tj: Pair, on_day: Callable[[str], date]) -> None:
    on_day("2020-01-01")
    agreement(kg_tj, **TERM)
    for on in ("2020-04-10", "2020-05-01", "2020-07-10", "2025-05-01"):
        on_day(on)
        sweep.sweep()
        assert sweep.sweep().concerns == 0
    rows = Concern.objects.filter(kind="notice").order_by("since").values_list("raised_on", "settled_on")
    assert list(rows) == [(day("2020-04-10"), day("2020-07-10")), (day("2025-05-01"), None)]
