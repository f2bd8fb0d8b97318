"""As of any day, everywhere: every page that tells a state answers for the day asked, and every link keeps it."""

import html
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import NoReverseMatch, resolve, reverse

from continuity.models import Lapse
from registry.core.models import Pair
from tests.cast import commission, programme, session
from tests.everything import everything
from tests.words import LISTS, text

pytestmark = [pytest.mark.django_db, pytest.mark.once]

CHIP = re.compile(r'class="chip s-(?!unreported)')
OTHER_CHIPS = {"commitment-list", "commitment-detail", "session-detail", "methods"}
"""Pages with signs of states that are none of continuity: a promise is overdue; the example of the methods."""


@pytest.fixture
def pages(kg_tj: Pair, on_day: Any) -> list[str]:
    """Every page of a registry with one record of every kind; a lapse has been over since 2017."""
    on_day("2026-11-22")
    records = everything(kg_tj, "OPEN", visibility="published")
    found = {"/", "/search/?q=open", "/pairs/KG-TJ/", "/lapsed/", "/methods/"}
    found |= {reverse(f"{name}-list") for name in LISTS}
    for record in (*records.values(), *Lapse.objects.all()):
        if hasattr(record, "get_absolute_url") and getattr(record, "ref", ""):
            try:
                found.add(record.get_absolute_url())
            except NoReverseMatch:  # relations and documents have no page
                continue
    return sorted(found)


def answers_for_a_day(path: str) -> bool:
    view = resolve(path).func
    return getattr(getattr(view, "view_class", view), "any_day", False)


def links(page: str) -> set[str]:
    """The addresses of pages of ours that a page leads to, forms that are sent by GET left out."""
    found = {html.unescape(link) for link in re.findall(r'<a [^>]*?href="([^"]*)"', page)}
    return {link for link in found if link.startswith("/") and not link.startswith(("/api/", "/static/"))}


def test_every_page_that_tells_a_state_answers_for_the_day_asked_and_keeps_it(client: Client, pages: list[str]) -> None:
    deaf, wrong, kept = set(), [], 0
    for path in pages:
        plain = client.get(path).content.decode()
        wrong += [f"{path}: {link}" for link in links(plain) if "as_of" in link]
        if not answers_for_a_day(urlsplit(path).path):
            deaf |= {resolve(path).view_name} if CHIP.search(plain) else set()
            continue
        asked = client.get(f"{path}{'&' if '?' in path else '?'}as_of=2026-06-01").content.decode()
        assert "States are told for 1 June 2026" in asked and "Back to today" in asked, path
        for link in links(asked):
            told = parse_qs(urlsplit(link).query).get("as_of")
            kept += told is not None
            if told != (["2026-06-01"] if answers_for_a_day(urlsplit(link).path) else None):
                wrong.append(f"{path} of the day: {link}")
    assert (wrong, deaf - OTHER_CHIPS) == ([], set())
    assert kept > 100


def test_the_forms_of_a_page_keep_the_day(client: Client, pages: list[str]) -> None:
    page = client.get("/search/?q=open&as_of=2026-06-01").content.decode()
    picker, search = (
        re.search(rf"<form [^>]*{mark}.*?</form>", page, re.S)[0] for mark in ("Choose another", "search")
    )
    assert 'name="as_of" value="2026-06-01"' in search
    assert 'type="hidden" name="q" value="open"' in picker and 'type="date" value="2026-06-01"' in picker
    page = client.get("/events/").content.decode()
    assert 'name="as_of"' not in page


def test_home_and_pairs_are_told_for_the_day(client: Client, kg_tj: Pair, on_day: Any) -> None:
    on_day("2021-01-01")
    council = commission(kg_tj, title="Council")
    session(council, started_on="2019-03-12")
    programme(kg_tj, title="Days", started_on="2020-11-01")
    assert "Kyrgyzstan and Tajikistan 1 0 1 0 assumed" in text(client.get("/pairs/"))
    assert "Kyrgyzstan and Tajikistan 1 0 0 1 assumed" in text(client.get("/pairs/?as_of=2019-04-01"))
    assert "Kyrgyzstan and Tajikistan 0 0 2 0 assumed" in text(client.get("/pairs/?as_of=2030-04-01"))
    words = text(client.get("/?as_of=2019-04-01"))
    assert "States on 1 April 2019 1 Active 1 Planned" in words and "Lapsing and lapsed 0" in words
    assert "12 March 2019 Council Kyrgyzstan and Tajikistan Active" in words
    words = text(client.get("/?as_of=2030-04-01"))
    assert "Lapsing and lapsed 2" in words and "a day to come: as they will be if nothing else is reported" in words


def test_search_and_the_page_of_an_actor_are_told_for_the_day(client: Client, pages: list[str]) -> None:
    actor = next(path for path in pages if path.startswith("/actors/") and path != "/actors/")
    for path in (actor, "/search/?q=open commission"):
        day = "&as_of=" if "?" in path else "?as_of="
        assert "Dormant" in text(client.get(path)), path
        assert "Active due by 5 April 2018" in text(client.get(f"{path}{day}2017-03-02")), path
        assert client.get(f"{path}{day}2017-02-30").status_code == 400


def test_the_way_to_an_initiative_keeps_the_day(client: Client, kg_tj: Pair) -> None:
    programme(kg_tj, ref="DAYS")
    assert client.get("/initiatives/DAYS/?as_of=2017-03-02").url == "/programmes/DAYS/?as_of=2017-03-02"
    assert client.get("/pairs/TJ-KG/?as_of=2017-03-02").url == "/pairs/KG-TJ/?as_of=2017-03-02"


def test_the_timeline_ends_with_the_year_of_the_day_asked(client: Client, kg_tj: Pair, on_day: Any) -> None:
    on_day("2021-01-01")
    council = commission(kg_tj, title="Council", started_on="2015-06-01")
    for number, day in enumerate(("2016-03-01", "2016-11-01", "2019-05-01"), start=1):
        session(council, started_on=day, number=number)
    for day, drawn in (("2016-06-01", "12"), ("2021-01-01", "123")):
        page = client.get(f"/pairs/KG-TJ/?as_of={day}").content.decode()
        figures = "".join(re.findall(r'<svg class="tl.*?</svg>', page, re.S))
        # once for each of the two widths
        assert "".join(re.findall(r"<title>Session (\d)", figures)) == drawn * 2
        assert all(f"Session {number}" in text(client.get(f"/pairs/KG-TJ/?as_of={day}")) for number in "123")
    assert "Timeline, 2015 to 2016" in text(client.get("/pairs/KG-TJ/?as_of=2016-06-01"))
