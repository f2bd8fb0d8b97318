"""Events on the map, read back."""

import json
from typing import Any

from django.test import Client

from registry.core.models import Pair, Place
from tests.cast import event
from tests.everything import keep


def test_events_with_their_places(kg_tj: Pair) -> None:
    osh = keep(Place(name="Osh", latitude=40.5283, longitude=72.7985))
    khujand = keep(Place(name="Khujand", latitude=40.28, longitude=69.62))
    nowhere = keep(Place(name="Somewhere"))
    for ref, places in {"ONE": [osh], "TWO": [osh, khujand], "NONE": [], "LOST": [nowhere]}.items():
        event(kg_tj, ref=ref).places.set(places)
    event(kg_tj, ref="DRAFT", visibility="draft").places.set([osh])
    answer = Client().get("/api/v1/events/?format=geojson&ordering=id")
    assert answer["Content-Type"] == "application/geo+json"
    told = json.loads(b"".join(answer))
    assert told["type"] == "FeatureCollection"
    found = {feature["id"]: feature for feature in told["features"]}
    assert {ref: feature["geometry"] for ref, feature in found.items()} == {
        "ONE": {"type": "Point", "coordinates": [72.7985, 40.5283]},  # east before north
        "TWO": {"type": "MultiPoint", "coordinates": [[69.62, 40.28], [72.7985, 40.5283]]},
        "NONE": None,
        "LOST": None,
    }
    rows = {row["ref"]: row for row in Client().get("/api/v1/events/").json()["results"]}
    assert all(feature["type"] == "Feature" for feature in found.values())
    assert {ref: feature["properties"] for ref, feature in found.items()} == rows


def test_no_events_are_an_empty_collection(kg_tj: Pair) -> None:
    told: Any = json.loads(b"".join(Client().get("/api/v1/events/?format=geojson")))
    assert told == {"type": "FeatureCollection", "features": []}


def test_all_are_read_in_a_few_queries_a_page(kg_tj: Pair, django_assert_max_num_queries: Any) -> None:
    osh = keep(Place(name="Osh", latitude=40.5, longitude=72.8))
    for _number in range(5):
        event(kg_tj).places.set([osh])
    with django_assert_max_num_queries(13):  # those of a list, and the positions
        assert len(json.loads(b"".join(Client().get("/api/v1/events/?format=geojson")))["features"]) == 5
