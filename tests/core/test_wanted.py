"""What a reader wants of each row: `fields=` and `expand=`."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from actors.models import Actor
from registry.core import write
from registry.core.api import router
from registry.core.models import Pair
from registry.core.wanted import fields_of, rows_at
from tests.cast import commission, event, make, programme
from tests.everything import everything

DAYS = "/api/v1/events/"


@pytest.fixture
def concert(kg_tj: Pair) -> Any:
    """A concert of the days of culture, which stand under a programme of cooperation; the philharmonic plays."""
    cooperation = programme(kg_tj, title="Cooperation")
    days = programme(kg_tj, title="Days of culture", parent=cooperation)
    concert = event(kg_tj, title="Concert", initiative=days)
    about = {"type": "N_UNION", "sector": "NON_STATE", "visibility": "published"}
    concert.participations.create(actor=make(Actor, about, {"name": "Philharmonic"}), role="ORGANISER")
    return concert


def rows(query: str, at: str = DAYS) -> list[dict[str, Any]]:
    answer = Client().get(f"{at}?{query}")
    assert answer.status_code == 200, answer.json()
    return answer.json()["results"]


def problems(query: str, at: str = DAYS) -> list[tuple[str, str, str]]:
    answer = Client().get(f"{at}?{query}")
    assert answer.status_code == 400
    return [(one["parameter"], one["value"], one["remedy"]) for one in answer.json()["errors"]]


@pytest.mark.django_db
def test_only_the_names_that_are_asked_for_are_sent(concert: Any) -> None:
    assert rows("fields=title,kind_label") == [{"title": "Concert", "kind_label": "Concert or performance"}]
    [row] = rows("fields=title,initiative.title,participations.actor.title,participations.role")
    assert row == {
        "title": "Concert",
        "initiative": {"title": "Days of culture"},
        "participations": [{"actor": {"title": "Philharmonic"}, "role": "ORGANISER"}],
    }
    assert Client().get(f"{DAYS}{concert.ref}/?fields=ref").json() == {"ref": concert.ref}


@pytest.mark.django_db
def test_a_choice_says_the_same_as_the_whole(concert: Any) -> None:
    """Whatever is chosen reads only what it needs, and says what it says among all others."""
    for at in (DAYS, "/api/v1/programmes/", "/api/v1/actors/", "/api/v1/initiatives/", "/api/v1/activities/"):
        whole = rows("ordering=id", at)
        for name in whole[0]:
            assert rows(f"ordering=id&fields={name}", at) == [{name: row[name]} for row in whole], (at, name)


@pytest.mark.django_db
def test_what_is_not_wanted_is_not_read(concert: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        rows("fields=ref,title,started_on,kind_label,url")
    with django_assert_num_queries(2):  # and the participations with their actors
        rows("fields=participations.actor.title")
    with django_assert_num_queries(1):
        rows("fields=title,rhythm", "/api/v1/programmes/")


@pytest.mark.django_db
def test_rows_in_the_place_of_links_two_deep(concert: Any) -> None:
    [row] = rows("expand=initiative.parent,participations.actor")
    assert row["initiative"]["state"] == rows("q=Days", "/api/v1/programmes/")[0]["state"]
    assert row["initiative"]["parent"]["title"] == "Cooperation" and "explanation" in row["initiative"]["parent"]
    assert row["participations"][0]["actor"]["sector"] == "NON_STATE"
    assert rows("fields=title,initiative.parent.title&expand=initiative") == [
        {"title": "Concert", "initiative": {"parent": {"title": "Cooperation"}}}
    ]


@pytest.mark.django_db
def test_what_the_reader_may_not_see_is_not_expanded(concert: Any) -> None:
    days = concert.initiative
    days.visibility = "draft"
    write.save(days, by=write.SYSTEM)
    assert rows("expand=initiative.parent&fields=initiative") == [{"initiative": None}]


@pytest.mark.django_db
def test_names_that_are_not_there_are_refused_with_those_that_are(concert: Any) -> None:
    [(parameter, value, remedy)] = problems("fields=titel")
    assert (parameter, value) == ("fields", "titel") and "Did you mean “title”?" in remedy
    assert [each[:2] for each in problems("fields=initiative.sector,kind.label")] == [
        ("fields", "initiative.sector"),
        ("fields", "kind.label"),
    ]
    [(parameter, value, remedy)] = problems("expand=titles")
    assert (parameter, value) == ("expand", "titles") and "initiative" in remedy
    assert [each[:2] for each in problems("expand=initiative.parent.parent")] == [("expand", "parent")]


@pytest.mark.django_db
def test_what_points_to_a_record_stands_within_it(kg_tj: Pair) -> None:
    days = programme(kg_tj, ref="DAYS", title="Days of culture")
    for year in range(2001, 2014):
        event(kg_tj, ref=f"E{year}", title=f"Concert of {year}", initiative=days, started_on=f"{year}-05-01")
    event(kg_tj, ref="SECRET", initiative=days, started_on="2013-06-01", visibility="draft")
    event(kg_tj, ref="ELSEWHERE", started_on="2013-06-01")
    at = "/api/v1/programmes/DAYS/"
    assert "events" not in Client().get(at).json()
    shown = Client().get(f"{at}?expand=events.initiative&fields=title,events.ref,events.initiative.kind").json()
    newest = [{"ref": f"E{year}", "initiative": {"kind": "programme"}} for year in range(2013, 2003, -1)]
    assert shown["title"] == "Days of culture" and shown["events"]["results"] == newest
    following = Client().get(shown["events"]["next"].removeprefix(settings.SITE_URL)).json()
    assert [row["ref"] for row in following["results"]] == ["E2003", "E2002", "E2001"] and following["next"] is None
    [(parameter, value, remedy)] = problems("fields=title,events.ref", at)
    assert (parameter, value) == ("fields", "events") and "expand=events" in remedy
    assert problems("expand=events", "/api/v1/programmes/")[0][:2] == ("expand", "events")


@pytest.mark.django_db
def test_a_day_that_was_asked_for_holds_for_what_points_to_a_record(kg_tj: Pair) -> None:
    council = commission(kg_tj, ref="COUNCIL", started_on="1999", tracked_from="1999-01-01", tracking="own")
    for number in range(11):
        programme(kg_tj, ref=f"P{number}", parent=council, started_on="2001-05-01")
    shown = Client().get("/api/v1/commissions/COUNCIL/?expand=programmes&as_of=2000-01-01").json()["programmes"]
    assert [row["state"] for row in shown["results"]] == ["planned"] * 10
    assert "as_of=2000-01-01" in shown["next"] and "as_of=2000-01-01" in shown["results"][0]["url"]
    for number in range(11):
        event(kg_tj, ref=f"E{number}", initiative=council)
    following = Client().get("/api/v1/commissions/COUNCIL/?expand=events&as_of=2000-01-01").json()["events"]["next"]
    assert len(Client().get(following.removeprefix(settings.SITE_URL)).json()["results"]) == 1  # which knows no day


def test_every_list_within_a_record_can_be_asked_for_what_is_left() -> None:
    for prefix, view, _name in router.registry:
        for key in view.within:
            assert key in view.filterset_class.get_filters(), (prefix, key)
            assert view.columns.fget(view()) and "sort_day" in {field.name for field in view().model._meta.fields}, (
                prefix
            )


@pytest.mark.django_db
def test_a_file_has_the_columns_that_are_wanted(concert: Any) -> None:
    answer = Client().get(f"{DAYS}?format=csv&fields=title,initiative.title")
    assert b"".join(answer.streaming_content).decode().splitlines() == [
        "title,initiative_title",
        "Concert,Days of culture",
    ]


@pytest.mark.django_db
def test_whatever_can_be_expanded_is(kg_tj: Pair) -> None:
    everything(kg_tj, "ONE", visibility="published")
    for prefix, view, _name in router.registry:
        serializer: Any = view.serializer_class
        links = [name for name in fields_of(serializer) if rows_at(serializer, name)]
        below = {name: rows_at(serializer, name) for name in links}
        deeper = [f"{name}.{each}" for name, row in below.items() for each in fields_of(row) if rows_at(row, each)]
        assert rows(f"expand={','.join([*links, *deeper])}", f"/api/v1/{prefix}/"), prefix
