"""The pages of the indices: counts first, nothing divided by nothing, and the way to them."""

from typing import Any

import pytest
from django.test import Client

from events.indices import shown
from registry.core.models import Pair
from tests.cast import event
from tests.events.indices.test_api import fill
from tests.words import text

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PAGE = "/pairs/KG-TJ/indices/"


@pytest.fixture
def history(kg_tj: Pair, on_day: Any) -> Pair:
    on_day("2026-11-22")
    fill(kg_tj)
    return kg_tj


def test_counts_come_first_and_nothing_is_divided_by_nothing(client: Client, history: Pair) -> None:
    words = text(client.get(PAGE))
    assert "1 January 2015 to 22 November 2026, 4,344 days." in words
    assert "Non-state involvement 1 of 1 events 100%. Few: read the counts, not the percentage." in words
    assert "Beyond official cycles Nothing to divide" in words
    assert "Held events without a day on file, which are in no period: 1." in words
    assert "Held events with a non-state actor in a leading role ÷ held events with any leading actor on file." in words
    assert "By year" in words  # the stock is told each 31 December in any case
    assert "Closure , 1 June 2018 to 30 June 2018" in words
    assert "a coincidence of dates, not a cause" in words
    assert "Before 60 0 (0.00) 1 (0.50) 0 (0.00) 1 (0.50)" in text(client.get(PAGE, {"window": "60"}))
    assert "Recovery: no held event is on file in the 3,067 days since its end." in words


def test_by_year_and_basis_are_chosen_without_a_script(client: Client, history: Pair) -> None:
    response = client.get(PAGE, {"by": "year", "basis": "type", "from": "2017-01-01", "to": "2018-12-31"})
    words = text(response)
    assert "By the sector of the type." in words
    assert "2017 nothing to divide nothing to divide nothing to divide" in words
    page = response.content.decode()
    assert '<option value="type" selected>' in page and 'value="2017-01-01"' in page
    assert "/api/v1/pairs/KG-TJ/indices/?from=2017-01-01&amp;to=2018-12-31&amp;basis=type&amp;by=year" in page


def test_the_lists_behind_the_figures_hold_what_was_counted(client: Client, history: Pair) -> None:
    page = client.get(PAGE).content.decode()
    start = page.index('<a href="/events/?', page.index("<dt>Non-state involvement</dt>")) + len('<a href="')
    address = page[start : page.index('"', start)].replace("&amp;", "&")
    assert [row.ref for row in client.get(address).context["object_list"]] == ["E-KG-TJ"]


def test_what_cannot_be_read_is_said(client: Client, history: Pair) -> None:
    response = client.get(PAGE, {"from": "soon"})
    assert response.status_code == 400
    assert "“soon” is not a day of the calendar." in text(response)
    assert client.get(PAGE, {"since": "2015"}).status_code == 400
    assert client.get("/indices/", {"pair": "KG-BR"}).status_code == 400


def test_side_by_side(client: Client, history: Pair) -> None:
    fill(Pair.objects.between("KZ", "UZ"))
    assert text(client.get("/indices/")).count("Kyrgyzstan and Tajikistan") == 1  # in the list to choose from
    response = client.get("/indices/?pair=KG-TJ&pair=UZ-KZ&by=year&index=structure,resilience")
    words = text(response)
    assert "Structure 1 of 1 (100%) 1 of 1 (100%)" in words
    assert "not tracked 0 of 4,344" in words
    assert "2017 nothing to divide nothing to divide 2018 1 of 1 (100%) 1 of 1 (100%)" in words
    assert "Kazakhstan and Uzbekistan nothing to divide nothing to divide nothing to divide" in words  # its episode
    assert "Non-state involvement 1 of" not in words


def test_the_way_to_them(client: Client, history: Pair) -> None:
    assert client.get("/pairs/TJ-KG/indices/")["Location"] == PAGE
    assert PAGE in client.get("/pairs/KG-TJ/").content.decode()
    assert 'href="/indices/"' in client.get("/pairs/").content.decode()
    assert "Sessions held ÷ sessions expected." in text(client.get("/methods/"))


def test_a_pair_that_may_not_be_seen_has_none(client: Client, history: Pair) -> None:
    event(Pair.objects.between("KG", "UZ"), visibility="draft")
    assert client.get("/pairs/KG-UZ/indices/").status_code == client.get("/pairs/KG-TM/indices/").status_code == 404
    assert "Uzbekistan" not in text(client.get("/indices/"))


def test_a_rate_is_rounded_and_not_cut_off() -> None:
    assert shown.decimal(60 / 506) == "0.12"
