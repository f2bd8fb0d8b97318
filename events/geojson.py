"""Events on the map (GeoJSON, RFC 7946): the row of the API with the positions of its places.

An event without a place on file, or whose places have no position on file, is there without a geometry, so that as
many features come as rows were found.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from rest_framework.utils.encoders import JSONEncoder

from registry.core.models import Place

MEDIA_TYPE = "application/geo+json"
AT_ONCE = 500
Position = list[float]


def as_geojson(columns: Any, rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """Yield a FeatureCollection of the rows of a list of events."""
    yield b'{"type": "FeatureCollection", "features": ['
    before, left = b"\n", iter(rows)
    while some := list(islice(left, AT_ONCE)):
        positions = positions_of(place["ref"] for row in some for place in row["places"])
        for row in some:
            yield before + json.dumps(feature(row, positions), ensure_ascii=False, cls=JSONEncoder).encode()
            before = b",\n"
    yield b"\n]}\n"


def positions_of(refs: Iterable[str]) -> dict[str, Position]:
    """Return the position, longitude first, of each of these places that has one on file."""
    places = Place.objects.filter(ref__in=set(refs), latitude__isnull=False, longitude__isnull=False)
    return {
        ref: [longitude, latitude] for ref, longitude, latitude in places.values_list("ref", "longitude", "latitude")
    }


def feature(row: dict[str, Any], positions: dict[str, Position]) -> dict[str, Any]:
    """Return one event as a feature; its properties are its row."""
    found = [positions[place["ref"]] for place in row["places"] if place["ref"] in positions]
    geometry: dict[str, Any] | None = None
    if found:
        geometry = {"type": "MultiPoint", "coordinates": found}
        if len(found) == 1:
            geometry = {"type": "Point", "coordinates": found[0]}
    return {"type": "Feature", "id": row["ref"], "geometry": geometry, "properties": row}
