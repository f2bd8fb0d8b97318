"""Coverage: what is tracked and how much is on file, by pair and year."""

import csv
from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.test import Client

from agreements.models import Agreement
from continuity.models import ActivityEntry
from events.models import Event
from registry.core import write
from registry.core.models import Citation, Pair, Source
from tests.cast import agreement, commission, event, programme, session

pytestmark = pytest.mark.django_db


def keep(record: Any) -> Any:
    return write.save(record, by=write.SYSTEM)


def ask(query: str = "", user: Any = None) -> Any:
    client = Client()
    if user:
        client.force_login(user)
    return client.get(f"/api/v1/coverage/?{query}")


def years(query: str = "", user: Any = None) -> dict[tuple[str, int], dict[str, Any]]:
    """Return (pair, year) → what is told of it."""
    answer = ask(query, user)
    assert answer.status_code == 200, answer.json()
    return {(row["pair"], row["year"]): row for row in answer.json()["results"]}


@pytest.fixture
def registry(kg_tj: Pair, on_day: Any) -> dict[str, Any]:
    """Kyrgyzstan and Tajikistan: tracked from 1 July 2015 to 30 June 2017. A treaty of 2014; a session, a concert that
    cites two public sources, and a tour of 2016; nothing in 2015 and 2017; a talk without a day."""
    on_day("2018-05-01")
    kg_tj.tracked_from, kg_tj.tracked_until = date(2015, 7, 1), date(2017, 6, 30)
    keep(kg_tj)
    treaty = agreement(kg_tj, signed_on="2014-10")
    council = commission(kg_tj, parent=treaty, started_on="2014-11-01")
    session(council, started_on="2016-03-12")
    days = programme(kg_tj, started_on="2014-12-01")
    concert = event(kg_tj, initiative=days, started_on="2016")
    event(kg_tj, started_on="", outcome="PLANNED", title="Talk")
    paper, page, hidden = (
        keep(Source(kind="PRESS", title=title, address="https://example.org/", visibility=seen))
        for title, seen in (("Paper", "published"), ("Page", "published"), ("Memo", "draft"))
    )
    for source in (paper, paper, page, hidden):
        Citation.objects.create(record=concert, source=source, field="title")
    keep(ActivityEntry(initiative=days, what="Tour", started_on="2016-09", source=page))
    return {"treaty": treaty, "concert": concert, "days": days}


def test_a_zero_is_told_from_not_recorded(registry: Any) -> None:
    found = years()
    assert {year: (row["says"], row["on_file"], row["days_tracked"]) for (_pair, year), row in found.items()} == {
        2014: ("on_file_not_tracked", 1, 0),
        2015: ("none_on_file", 0, 184),
        2016: ("on_file", 3, 366),
        2017: ("none_on_file", 0, 181),
        2018: ("not_tracked", 0, 0),
    }
    assert found["KG-TJ", 2016] == {
        "pair": "KG-TJ",
        "pair_label": "Kyrgyzstan and Tajikistan",
        "year": 2016,
        "says": "on_file",
        "says_label": "on file, tracked",
        "on_file": 3,
        "agreements": 0,
        "sessions": 1,
        "events": 1,
        "entries": 1,
        "activities": 3,
        "sources": 2,
        "undated": 1,
        "days_tracked": 366,
        "days": 366,
        "tracked_from": "2015-07-01",
        "tracked_until": "2017-06-30",
        "tracking_basis": "assumed",
        "tracking_basis_label": "Assumed",
    }


def test_drafts_are_never_counted_whoever_asks(registry: Any, aigul: Any) -> None:
    public = years()
    event(registry["days"].pair, started_on="2018-01-10", visibility="draft")
    event(registry["days"].pair, started_on="2018-01-10", visibility="staff_only")
    hidden = programme(registry["days"].pair, visibility="draft", title="Secret")
    keep(ActivityEntry(initiative=hidden, what="Visit", started_on="2018-02", source=Source.objects.first()))
    assert years() == years(user=aigul) == public
    Event.objects.filter(title="Concert").update(visibility="published")
    assert years()["KG-TJ", 2018]["events"] == 2


def test_days_to_come_are_not_tracked(registry: Any, on_day: Any) -> None:
    for until in (None, date(2030, 1, 1)):
        Pair.objects.update(tracked_until=until)
        assert years()["KG-TJ", 2018]["days_tracked"] == 121
    assert years("from=2019&to=2019")["KG-TJ", 2019]["says"] == "not_tracked"


def test_pairs_and_years_are_chosen(registry: Any) -> None:
    event(Pair.objects.between("KZ", "UZ"), started_on="2016-01-01")
    assert [year for pair, year in years("pair=TJ-KG&from=2015&to=2016")] == [2015, 2016]
    assert {pair for pair, _year in years("country=UZ")} == {"KZ-UZ"}
    assert years("country=BR") == {}
    assert list(years("from=2021&to=2021")) == [("KG-TJ", 2021), ("KZ-UZ", 2021)]
    assert list(years("to=1990")) == [("KG-TJ", 1990), ("KZ-UZ", 1990)]
    assert list(years("from=2030")) == [("KG-TJ", 2030), ("KZ-UZ", 2030)]


def test_pages_hold_each_pair_and_year_once(registry: Any) -> None:
    for other in ("KZ", "TM", "UZ", "BR", "NA"):
        event(Pair.objects.between("KG", other), started_on="2017-02")
    whole, address, paged = list(years("limit=200")), "limit=4", []
    while address:
        answer = ask(address).json()
        paged += [(row["pair"], row["year"]) for row in answer["results"]]
        address = (answer["next"] or "").partition("?")[2]
    assert paged == whole and len(whole) == 15


@pytest.mark.parametrize("others", [1, 5])
def test_so_many_pairs_so_few_questions(registry: Any, others: int, django_assert_max_num_queries: Any) -> None:
    for other in ("KZ", "TM", "UZ", "BR", "NA")[:others]:
        event(Pair.objects.between("KG", other), started_on="2017-02")
    # pairs and their counts, of three and then of four times as many; whether more follow; names of historic countries
    with django_assert_max_num_queries(6):
        assert len({pair for pair, _year in years()}) == others + 1


def test_it_is_a_file_too(registry: Any) -> None:
    answer = ask("format=csv")
    rows = list(csv.DictReader(StringIO(answer.getvalue().decode())))
    assert answer["Content-Disposition"] == 'attachment; filename="concord-coverage.csv"'
    assert [(row["pair"], row["year"], row["says"]) for row in rows][:2] == [
        ("KG-TJ", "2014", "on_file_not_tracked"),
        ("KG-TJ", "2015", "none_on_file"),
    ]
    assert ask("format=xlsx").getvalue()[:2] == b"PK"


def test_what_cannot_be_asked_is_refused(registry: Any) -> None:
    def problems(query: str) -> list[str]:
        answer = ask(query)
        assert answer.status_code == 400
        return sorted(error["parameter"] for error in answer.json()["errors"])

    assert problems("from=2016&to=2015") == problems("from=1000&to=2000") == ["to"]
    assert problems("from=MMXVI&pair=KG&cursor=x") == ["from", "pair"]
    assert problems("cursor=x") == problems("cursor=WyJuYW1lIiwxLDIsMF0") == ["cursor"]
    assert problems("format=csv&limit=3") == ["limit"]
    assert problems("yaer=2016") == ["yaer"]


def test_an_old_treaty_does_not_make_a_thousand_rows(registry: Any) -> None:
    Agreement.objects.update(signed_on="1016", signed_on_earliest=date(1016, 1, 1))
    assert len(ask("format=jsonl").getvalue().splitlines()) == 200


def test_the_page_shows_pairs_side_by_side_and_one_in_full(registry: Any) -> None:
    event(Pair.objects.between("KZ", "UZ"), started_on="2016-01-01")
    text = Client().get("/coverage/").content.decode()
    assert '<a href="/coverage/?pair=KG-TJ">Kyrgyzstan and Tajikistan</a>' in text
    for said in ("(1)", "0", "3", "–"):
        assert f"{said}<span" in text
    one = Client().get("/coverage/?pair=TJ-KG").content.decode()
    assert "tracked, none on file" in one and "184 of 365 days" in one
    assert "1 record of the pair has no day on file" in one
    assert 'href="/api/v1/coverage/?pair=KG-TJ"' in one
    assert "/coverage/?pair=KG-TJ" in Client().get("/pairs/KG-TJ/").content.decode()
    assert Client().get("/coverage/?from=2017&to=2016").status_code == 400
