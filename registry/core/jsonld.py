"""Records as linked data: JSON-LD in the words of schema.org, on their pages and as `format=jsonld`.

Only what everyone may see whenever the record is seen goes in: its own columns, places and countries. A loose date is
written as exact as it is, without its qualifier, which schema.org does not know; the row in the API has both.
"""

import json
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import models

from registry.core import vocabularies
from registry.core.citing import REGISTRY, address_of
from registry.core.models import Place, Record, Source
from registry.core.serializers import kind_of

MEDIA_TYPE = "application/ld+json"

TYPES = {
    "agreement": "Legislation",
    "commission": "Organization",
    "programme": "Project",
    "session": "Event",
    "event": "Event",
    "output": "CreativeWork",
    "place": "Place",
    "source": "CreativeWork",
    "actor": "Organization",
}
"""Kind of record → its type in schema.org; other kinds have none."""
FINER = {
    "S_": "GovernmentOrganization",
    "N_PERSON": "Person",
    "N_UNI": "CollegeOrUniversity",
    "DATASET": "Dataset",
    "ACADEMIC": "ScholarlyArticle",
    "NGO_REPORT": "Report",
    "FILM": "Movie",
}
"""Beginning of a code of its type or kind → a finer type."""

IN_SCRIPT = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}
"""So that no text, as “</script>”, ends the element it stands in."""


def is_told(model: type[models.Model]) -> bool:
    """Say whether records of this kind have a type in schema.org."""
    return issubclass(model, Record) and model.url_name() in TYPES


def as_text(record: Any) -> str:
    """Return a record as JSON-LD that may stand in a page."""
    return json.dumps(of(record), ensure_ascii=False, indent=1).translate(IN_SCRIPT)


def of(record: Any) -> dict[str, Any]:
    """Return a record as JSON-LD."""
    address = address_of(record)
    said: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": _type(record),
        "@id": address,
        "url": address,
        "identifier": record.ref,
        "name": str(record),
        "version": record.version,
        "alternateName": _other_names(record),
        "description": getattr(record, "summary", "") or record.note,
        "subjectOf": {"@type": "WebPage", "url": address, "isPartOf": {"@type": "Dataset", "name": REGISTRY}},
    } | MORE.get(kind_of(record), lambda record: {})(record)
    return {name: value for name, value in said.items() if value}


def _type(record: Any) -> str:
    code = getattr(record, "type", "") or getattr(record, "kind", "")
    finer = next((name for begin, name in FINER.items() if str(code).startswith(begin)), "")
    return finer if finer and kind_of(record) in ("actor", "source", "output") else TYPES[kind_of(record)]


def _other_names(record: Any) -> list[str]:
    if isinstance(record, Place):
        return [name for names in record.other_names.values() for name in names]
    titles = getattr(record, "titles", None)
    return [title for title in titles.values() if title != str(record)] if isinstance(titles, dict) else []


def day(text: str) -> str:
    """Return a fuzzy date as ISO 8601 writes it, as exact as it is."""
    return text.rstrip("~?")


def place(record: Place) -> dict[str, Any]:
    """Return what schema.org says of a place."""
    geo = {"@type": "GeoCoordinates", "latitude": record.latitude, "longitude": record.longitude}
    said = {
        "@type": "Place",
        "name": record.name,
        "geo": geo if record.latitude is not None and record.longitude is not None else None,
        "address": {"@type": "PostalAddress", "addressCountry": record.country_id} if record.country_id else None,
    }
    return {name: value for name, value in said.items() if value}


def _countries(pair: Any) -> list[dict[str, str]]:
    return [{"@type": "Country", "identifier": side.pk, "name": side.name} for side in (pair.a, pair.b)]


def _agreement(record: Any) -> dict[str, Any]:
    return {
        "legislationType": vocabularies.label("agreement_type", record.type),
        "legislationDate": day(record.signed_on),
        "legislationDateOfApplicability": day(record.in_force_on),
        "legislationIdentifier": record.ref,
        "legislationJurisdiction": _countries(record.pair),
    }


def _happening(record: Any) -> dict[str, Any]:
    """Return what schema.org says of a session or an event."""
    places = list(record.places.all()) if hasattr(record, "places") else list(filter(None, [record.place]))
    where: list[dict[str, Any]] = [place(one) for one in places]
    country = getattr(record, "country", None)
    if not where and country is not None:
        where = [{"@type": "Country", "identifier": country.pk, "name": country.name}]
    first, last = record.started_on, record.ended_on
    if not first:
        first, last = record.planned_on, getattr(record, "planned_until", "")
    return {
        "startDate": day(first),
        "endDate": day(last),
        "eventStatus": _mapped("event_outcome", record.outcome) or "https://schema.org/EventScheduled",
        "eventAttendanceMode": _mapped("event_format", record.format),
        "location": where,
    }


def _mapped(vocabulary: str, code: str) -> str:
    """Return the term of schema.org to which the vocabulary maps a code; "" where to none."""
    terms = vocabularies.lists()[vocabulary].get(code, {}).get("maps_to") or []
    return next(
        (f"https://schema.org/{term.removeprefix('SCHEMA_ORG:')}" for term in terms if term.startswith("SCHEMA_ORG:")),
        "",
    )


def _source(record: Source) -> dict[str, Any]:
    return {
        "author": [{"@type": "Thing", "name": name.strip()} for name in record.authors.split(";") if name.strip()],
        "publisher": {"@type": "Organization", "name": record.publisher} if record.publisher else None,
        "datePublished": day(record.date),
        "inLanguage": record.language,
        "license": record.licence,
        "sameAs": [
            address
            for address in (record.address, f"https://doi.org/{record.doi}" if record.doi else "")
            if address and address != settings.SITE_URL
        ],
    }


MORE: dict[str, Callable[[Any], dict[str, Any]]] = {
    "agreement": _agreement,
    "session": _happening,
    "event": _happening,
    "place": place,
    "source": _source,
    "commission": lambda record: {"areaServed": _countries(record.pair), "foundingDate": day(record.started_on)},
    "programme": lambda record: {"areaServed": _countries(record.pair), "foundingDate": day(record.started_on)},
    "output": lambda record: {"datePublished": day(record.published_on), "inLanguage": record.language},
    "actor": lambda record: (
        {"location": {"@type": "Country", "identifier": record.country_id}} if record.country_id else {}
    ),
}
"""Kind of record → what is said of it besides."""
