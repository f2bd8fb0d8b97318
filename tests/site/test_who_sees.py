"""Who sees what on the pages, and what it costs: on a small world, apart from the demonstration."""

import re

import pytest
from django.urls import reverse

from registry.core.models import Pair
from tests.cast import agreement, commission, event, programme, session
from tests.everything import everything
from tests.words import LISTS, text

pytestmark = pytest.mark.once


@pytest.fixture
def two_worlds(kg_tj: Pair, on_day) -> tuple[dict, dict]:
    """One record of every kind that everyone sees, and one of every kind that is a draft."""
    on_day("2026-11-22")
    return everything(kg_tj, "OPEN", visibility="published"), everything(kg_tj, "HIDDEN", visibility="draft")


def addresses(records: dict) -> list[str]:
    """The pages of records that have one."""
    kinds = {"agreements", "commissions", "programmes", "sessions", "events", "outputs", "actors", "sources"}
    kinds |= {"tension-episodes", "milestones", "indicators", "places", "commitments", "initiatives"}
    kinds |= {"frameworks", "subjects"}
    return [record.get_absolute_url() for name, record in records.items() if name in kinds]


@pytest.mark.django_db
def test_what_is_hidden_is_on_no_page(client, two_worlds, nurlan) -> None:
    shown, hidden = two_worlds
    pages = [*addresses(shown), *(reverse(f"{name}-list") for name in LISTS), "/", "/pairs/KG-TJ/", "/lapsed/"]
    for user in (None, nurlan):
        if user:
            client.force_login(user)
        for page in [*pages, "/search/?q=hidden", "/licences/"]:
            response = client.get(page)
            assert response.status_code == 200, page
            found = response.content.decode().replace("q=hidden", "").replace("“hidden”", "").replace('"hidden"', "")
            # what has no visibility of its own is seen with its pair, under its own reference
            assert "HIDDEN agreement" not in found and "HIDDEN event" not in found, page
            assert not re.search(r"HIDDEN (commission|programme|ministry|source|book|episode|report)", found), page
        gone = ("agreements", "commissions", "programmes", "sessions", "events", "outputs", "actors", "sources")
        for name in (*gone, "tension-episodes", "initiatives", "commitments"):
            assert client.get(hidden[name].get_absolute_url()).status_code == 404, name


@pytest.mark.django_db
def test_a_desk_sees_its_drafts_and_what_it_may_do(client, two_worlds, aigul, rosa) -> None:
    shown, hidden = two_worlds
    for user in (aigul, rosa):
        client.force_login(user)
        for page in [*addresses(shown), *addresses(hidden)]:
            assert client.get(page).status_code == 200, page
        words = text(client.get(hidden["agreements"].get_absolute_url()))
        assert "Draft: seen by the desks of its countries only" in words
        page = client.get(shown["events"].get_absolute_url()).content.decode()
        assert all(f'href="/events/OPEN-EVENT/{what}/"' in page for what in ("edit", "history", "delete"))
        assert 'href="/events/new/"' in client.get("/events/").content.decode()


@pytest.mark.django_db
def test_nobody_else_is_offered_to_edit(client, two_worlds, nurlan, sardor) -> None:
    shown, _hidden = two_worlds
    for user in (None, nurlan, sardor):
        if user:
            client.force_login(user)
        page = client.get(shown["events"].get_absolute_url()).content.decode()
        assert "/events/OPEN-EVENT/edit/" not in page
    assert "/events/new/" not in client.get("/events/").content.decode()  # Sardor sits at no desk


@pytest.mark.django_db
def test_a_link_to_a_hidden_initiative_is_absent(client, kg_tj, aigul) -> None:
    secret = programme(kg_tj, title="Secret plan", visibility="draft")
    concert = event(kg_tj, initiative=secret)
    assert "Secret plan" not in client.get(concert.get_absolute_url()).content.decode()
    client.force_login(aigul)
    assert "Secret plan" in client.get(concert.get_absolute_url()).content.decode()


# Queries ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "queries"),
    [
        # how many, the rows; whether stored results hold, counts of states; pairs and fields of the filter
        ("/initiatives/", 6),
        ("/agreements/", 8),
        ("/commissions/", 8),
        ("/programmes/", 8),
        ("/sessions/", 6),
        ("/events/", 9),
        ("/lapsed/", 8),
        ("/pairs/", 6),
        ("/", 32),
        ("/pairs/KG-TJ/", 17),
    ],
)
def test_three_rows_cost_no_more_than_one(
    client, kg_tj, on_day, django_assert_num_queries, address: str, queries: int
) -> None:
    on_day("2026-11-22")

    def one_more(n: int) -> None:
        plan = programme(kg_tj, title=f"Days {n}")
        treaty = agreement(kg_tj, title=f"Treaty {n}")
        council = commission(kg_tj, title=f"Council {n}", parent=treaty)
        session(council, number=n)
        event(kg_tj, title=f"Concert {n}", initiative=plan)

    one_more(1)
    client.get(address)  # content types are read once per process
    with django_assert_num_queries(queries):
        client.get(address)
    one_more(2)
    one_more(3)
    with django_assert_num_queries(queries):
        client.get(address)
