"""Linked data on pages and in the API: schema.org, whatever stands in a title, and nothing that is not public."""

import json
import re
from typing import Any

from django.test import Client

from actors.models import Actor
from registry.core import access
from registry.core.models import Pair, Place, User
from tests.cast import agreement, event
from tests.everything import keep, one_of_each

SCRIPT = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


def on_page(client: Client, address: str) -> dict[str, Any]:
    (found,) = SCRIPT.findall(client.get(address).content.decode())
    return json.loads(found)


def test_an_event(kg_tj: Pair, client: Client, settings: Any) -> None:
    osh = keep(Place(name="Osh", country_id="KG", latitude=40.5, longitude=72.8))
    concert = event(kg_tj, ref="E1", title="Concert", started_on="2019-05~", outcome="HELD", titles={"ru": "Концерт"})
    concert.places.set([osh])
    told = on_page(client, "/events/E1/")
    assert told == client.get("/api/v1/events/E1/?format=jsonld").json()
    assert told["@context"] == "https://schema.org"
    assert (told["@type"], told["identifier"], told["version"]) == ("Event", "E1", 1)
    assert told["@id"] == told["url"] == f"{settings.SITE_URL}/events/E1/"
    assert (told["startDate"], told["alternateName"]) == ("2019-05", ["Концерт"])
    assert told["eventStatus"] == "https://schema.org/EventScheduled"
    assert told["eventAttendanceMode"] == "https://schema.org/OfflineEventAttendanceMode"
    assert told["location"] == [
        {
            "@type": "Place",
            "name": "Osh",
            "geo": {"@type": "GeoCoordinates", "latitude": 40.5, "longitude": 72.8},
            "address": {"@type": "PostalAddress", "addressCountry": "KG"},
        }
    ]
    assert client.get("/api/v1/events/E1/?format=jsonld")["Content-Type"] == "application/ld+json"


def test_an_agreement_and_an_actor(kg_tj: Pair, client: Client) -> None:
    agreement(kg_tj, ref="A1", signed_on="1998-10")
    told = on_page(client, "/agreements/A1/")
    assert (told["@type"], told["legislationDate"]) == ("Legislation", "1998-10")
    assert [side["identifier"] for side in told["legislationJurisdiction"]] == ["KG", "TJ"]
    for kind, sector, expected in (
        ("N_PERSON", "NON_STATE", "Person"),
        ("S_MFA", "STATE", "GovernmentOrganization"),
        ("N_CSO", "NON_STATE", "Organization"),
    ):
        actor = keep(Actor(name="A", type=kind, sector=sector, visibility="published"))
        assert on_page(client, f"/actors/{actor.ref}/")["@type"] == expected


def test_no_title_ends_the_script(kg_tj: Pair, client: Client) -> None:
    title = "</script><script>alert(1)</script> & <!--"
    event(kg_tj, ref="E1", title=title)
    page = client.get("/events/E1/").content.decode()
    assert "<script>alert" not in page and "</script><script>" not in page
    assert on_page(client, "/events/E1/")["name"] == title


def test_every_kind_that_has_a_type_is_told_everywhere(kg_tj: Pair, aigul: User, client: Client) -> None:
    from registry.core import jsonld

    made = {kind.url_name(): row for kind, row in one_of_each(kg_tj, aigul).items() if jsonld.is_told(kind)}
    assert made.keys() == jsonld.TYPES.keys()
    for name, row in made.items():
        told = on_page(client, row.get_absolute_url())
        assert told["@type"] and told["name"] == str(row), name
        assert told == client.get(f"/api/v1/{name}s/{row.ref}/?format=jsonld").json(), name


def test_nothing_hidden_is_told(kg_tj: Pair, client: Client) -> None:
    hidden = keep(Actor(name="Hidden", type="N_CSO", sector="NON_STATE", visibility=access.DRAFT))
    concert = event(kg_tj, ref="E1")
    concert.participations.create(actor=hidden, role="ORGANISER")
    assert "Hidden" not in client.get("/events/E1/").content.decode()
