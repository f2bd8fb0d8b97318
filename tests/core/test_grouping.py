"""Counts of what a list finds: `group_by=`."""

import csv
from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.test import Client

from actors.models import Actor
from registry.core import grouping
from registry.core.api import router
from registry.core.models import Pair, Term
from tests.cast import agreement, commission, event, make, programme, session
from tests.everything import everything

pytestmark = pytest.mark.django_db


def ask(at: str, user: Any = None) -> Any:
    client = Client()
    if user:
        client.force_login(user)
    return client.get(f"/api/v1/{at}")


def groups(at: str, user: Any = None) -> list[dict[str, Any]]:
    answer = ask(at, user)
    assert answer.status_code == 200, answer.json()
    assert set(answer.json()) == {"groups", "license"}
    return answer.json()["groups"]


def counts(at: str, *names: str, user: Any = None) -> dict[Any, int]:
    """Return group → count, as told without labels."""
    found = groups(f"{at}{'&' if '?' in at else '?'}group_by={','.join(names)}", user)
    return {tuple(row[name] for name in names) if len(names) > 1 else row[names[0]]: row["count"] for row in found}


def problems(at: str) -> dict[str, str]:
    answer = ask(at)
    assert answer.status_code == 400
    return {one["parameter"]: one["remedy"] for one in answer.json()["errors"]}


def terms(vocabulary: str, *codes: str) -> list[Term]:
    return list(Term.objects.filter(vocabulary=vocabulary, code__in=codes))


def actor(name: str, sector: str, visibility: str = "published") -> Actor:
    return make(Actor, {"type": "N_UNION", "name": name, "sector": sector}, {"visibility": visibility})


@pytest.fixture
def season(kg_tj: Pair) -> dict[str, Any]:
    """Three concerts of two pairs: one of 2019 with two fields and two organisers, one of 2020, one without a day."""
    kz_uz = Pair.objects.between("KZ", "UZ")
    gala = event(kg_tj, ref="GALA", started_on="2019-05")
    gala.fields.set(terms("field", "PERFORMING", "MUSEUM_ARCHIVE"))
    gala.audiences.set(terms("audience", "YOUTH"))
    for name in ("Union", "Club"):
        gala.participations.create(actor=actor(name, "NON_STATE"), role="ORGANISER")
    gala.participations.create(actor=actor("Ministry", "STATE"), role="HOST")
    tour = event(kg_tj, ref="TOUR", started_on="2020-01-31", format="ONLINE")
    tour.participations.create(actor=actor("Secret", "STATE", "draft"), role="ORGANISER")
    event(kz_uz, ref="TALK", started_on="", planned_on="", outcome="PLANNED")
    return {"gala": gala, "tour": tour}


def test_every_group_says_its_values_their_labels_and_its_count(season: Any) -> None:
    assert groups("events/?group_by=pair,year") == [
        {"pair": "KG-TJ", "pair_label": "Kyrgyzstan and Tajikistan", "year": 2019, "count": 1},
        {"pair": "KG-TJ", "pair_label": "Kyrgyzstan and Tajikistan", "year": 2020, "count": 1},
        {"pair": "KZ-UZ", "pair_label": "Kazakhstan and Uzbekistan", "year": None, "count": 1},
    ]
    assert groups("events/?group_by=field&q=nothing-of-the-kind") == []
    (first, *_rest) = groups("events/?group_by=country&lang=ru")
    assert first == {"country": "KG", "country_label": "Киргизия", "count": 2} or first["country_label"] == "Кыргызстан"


def test_a_row_with_several_values_counts_once_in_each_of_their_groups(season: Any) -> None:
    assert counts("events/", "field") == {"PERFORMING": 1, "MUSEUM_ARCHIVE": 1, None: 2}
    assert [row["field"] for row in groups("events/?group_by=field")] == ["MUSEUM_ARCHIVE", "PERFORMING", None]
    assert counts("events/", "audience") == {"YOUTH": 1, None: 2}
    assert counts("events/", "country") == {"KG": 2, "TJ": 2, "KZ": 1, "UZ": 1}
    assert counts("events/", "country", "field", "format") == {
        ("KG", "PERFORMING", "ONSITE"): 1,
        ("KG", "MUSEUM_ARCHIVE", "ONSITE"): 1,
        ("KG", None, "ONLINE"): 1,
        ("KZ", None, "ONSITE"): 1,
        ("TJ", "PERFORMING", "ONSITE"): 1,
        ("TJ", "MUSEUM_ARCHIVE", "ONSITE"): 1,
        ("TJ", None, "ONLINE"): 1,
        ("UZ", None, "ONSITE"): 1,
    }


def test_roles_and_sectors_are_of_one_participation_and_two_of_a_kind_count_once(season: Any) -> None:
    assert counts("events/", "role") == {"ORGANISER": 1, "HOST": 1, None: 2}
    assert counts("events/?role=ORGANISER", "sector", "role") == {("NON_STATE", "ORGANISER"): 1, ("STATE", "HOST"): 1}
    assert counts("event-participations/", "sector", "year") == {("NON_STATE", 2019): 2, ("STATE", 2019): 1}


def test_an_actor_that_is_not_seen_is_not_counted(season: Any, rosa: Any) -> None:
    assert counts("events/?started_after=2020", "sector") == {None: 1}
    assert counts("events/?started_after=2020", "sector", user=rosa) == {"STATE": 1}


def test_drafts_are_counted_for_their_desk_alone(season: Any, aigul: Any, nurlan: Any) -> None:
    event(season["gala"].pair, kind="EXHIBITION", visibility="draft")
    assert counts("events/", "kind") == counts("events/", "kind", user=nurlan) == {"CONCERT": 3}
    assert counts("events/", "kind", user=aigul) == {"CONCERT": 3, "EXHIBITION": 1}


def test_states_are_those_of_the_day_asked(kg_tj: Pair, on_day: Any) -> None:
    on_day("2026-11-22")
    council = commission(kg_tj, cadence=365)
    session(council, started_on="2020-03-12")
    agreement(kg_tj, ended_on="2019")
    assert counts("initiatives/", "state", "kind") == {("concluded", "agreement"): 1, ("dormant", "commission"): 1}
    assert counts("initiatives/?as_of=2020-06-01", "state", "kind") == {
        ("active", "commission"): 1,
        ("concluded", "agreement"): 1,
    }
    assert counts("initiatives/?as_of=2015-06-01", "state") == {"planned": 2}
    assert counts("commissions/?state=dormant", "state", "country") == {("dormant", "KG"): 1, ("dormant", "TJ"): 1}
    assert groups("agreements/?group_by=state")[0]["state_label"] == "Concluded"
    assert counts("lapses/?as_of=2026-01-01", "year", "kind") == {(2017, "commission"): 1, (2021, "commission"): 1}


def test_states_are_right_where_nothing_has_swept(kg_tj: Pair, on_day: Any) -> None:
    on_day("2020-03-12")
    session(commission(kg_tj, cadence=365), started_on="2020-03-12")
    assert counts("commissions/", "state") == {"active": 1}
    on_day("2024-01-01")
    assert counts("commissions/", "state") == {"dormant": 1}
    assert counts("lapses/", "year", "field") == {(2017, None): 1, (2021, None): 1}


def test_all_names_of_all_lists_count_every_row(kg_tj: Pair, on_day: Any) -> None:
    """One of each kind on file: whatever it is counted by, it is in some group, and the labels are words."""
    on_day("2026-11-22")
    everything(kg_tj, "SHOWN", visibility="published")
    for prefix, viewset, _name in router.registry:
        rows = ask(f"{prefix}/?count=1&limit=1").json()["count"]
        for name in viewset.groups:
            found = groups(f"{prefix}/?group_by={name}")
            assert sum(row["count"] for row in found) >= rows, (prefix, name)
            for row in found:
                assert row.get(f"{name}_label", "x") or row[name] is None, (prefix, row)
                assert row[name] not in ("", 1, 9999), (prefix, row)
    assert counts("activities/", "year")[2018] >= 1


@pytest.mark.parametrize("size", [1, 30])
def test_one_statement_counts_however_many_rows(kg_tj: Pair, size: int, django_assert_max_num_queries: Any) -> None:
    for number in range(size):
        event(kg_tj, started_on=str(1990 + number))
    with django_assert_max_num_queries(2):  # names of historic countries; the groups
        assert len(groups("events/?group_by=year,pair,field")) == size


def test_groups_are_a_file_too(season: Any) -> None:
    answer = ask("events/?group_by=pair,year&format=csv&safe=1")
    assert answer["Content-Disposition"] == 'attachment; filename="concord-events.csv"'
    rows = list(csv.DictReader(StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert rows[2] == {"pair": "KZ-UZ", "pair_label": "Kazakhstan and Uzbekistan", "year": "", "count": "1"}
    assert ask("events/?group_by=year&format=jsonl").getvalue() == (
        b'{"year":2019,"count":1}\n{"year":2020,"count":1}\n{"year":null,"count":1}\n'
    )
    assert ask("events/?group_by=year&format=xlsx").getvalue()[:2] == b"PK"


def test_what_cannot_be_counted_is_refused(season: Any, monkeypatch: Any) -> None:
    assert (
        "“yaer” is not known here. Did you mean “year”? Known: year, pair"
        in problems("events/?group_by=yaer")["group_by"]
    )
    assert problems("events/?group_by=year,pair,kind,level") == {"group_by": "Name at most three, each once."}
    assert problems("events/?group_by=year,year") == {"group_by": "Name at most three, each once."}
    assert "group_by" in problems("subjects/?group_by=year")
    remedy = "It does not go with “group_by”. Leave one of them out."
    assert problems("events/?group_by=year&limit=5&ordering=day&fields=ref") == dict.fromkeys(
        ("limit", "ordering", "fields"), remedy
    )
    monkeypatch.setattr(grouping, "MOST_GROUPS", 1)
    assert problems("events/?group_by=year") == {"group_by": "That makes more than 1 groups. Filter, or name fewer."}


def test_the_year_is_that_of_the_day_a_list_is_ordered_by(kg_tj: Pair) -> None:
    programme(kg_tj, started_on="1994~")
    event(kg_tj, started_on="", planned_on="2031-02", outcome="PLANNED")
    agreement(kg_tj, started_on="", signed_on="1987-12")
    assert counts("initiatives/", "year") == {1987: 1, 1994: 1}
    assert counts("events/", "year") == {2031: 1}
    assert date.min.year not in counts("agreements/", "year")
