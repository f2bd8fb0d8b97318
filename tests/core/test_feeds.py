"""The news of a pair, as Atom."""

from xml.etree import ElementTree

from django.test import Client

from registry.core import access, changes, write
from registry.core.models import Pair
from tests.cast import event

ATOM = "{http://www.w3.org/2005/Atom}"


def test_the_changes_of_a_pair(kg_tj: Pair, client: Client) -> None:
    event(kg_tj, ref="SHOWN", title="Concert & dance")
    hidden = event(kg_tj, ref="GONE", title="A secret")
    event(kg_tj, ref="DRAFT", title="A draft", visibility=access.DRAFT)
    event(Pair.objects.between("KZ", "UZ"), ref="OTHER")
    hidden.visibility = access.DRAFT
    write.save(hidden, by=write.SYSTEM)
    changes.number()
    answer = client.get("/pairs/KG-TJ/changes.atom")
    assert answer["Content-Type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(answer.content)  # noqa: S314 - our own
    assert feed.findtext(f"{ATOM}title") == "Changes: Kyrgyzstan and Tajikistan"
    entries = feed.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == [
        "GONE (event): withdrawn",
        "GONE (event): created",
        "KG-TJ (pair): published".replace("KG-TJ", "Kyrgyzstan and Tajikistan"),
        "Concert & dance (event): created",
    ]
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 4
    assert entries[3].find(f"{ATOM}link").attrib["href"].endswith("/events/SHOWN/")  # type: ignore[union-attr]
    assert b"secret" not in answer.content and b"DRAFT" not in answer.content and b"OTHER" not in answer.content


def test_it_is_found_from_the_page_of_the_pair(kg_tj: Pair, client: Client) -> None:
    event(kg_tj)
    page = client.get("/pairs/KG-TJ/").content.decode()
    assert '<link rel="alternate" type="application/atom+xml"' in page and "/pairs/KG-TJ/changes.atom" in page


def test_a_pair_that_is_not_public_has_none(kg_tj: Pair, client: Client) -> None:
    event(kg_tj, visibility=access.DRAFT)
    assert client.get("/pairs/KG-TJ/changes.atom").status_code == 404
    assert client.get("/pairs/KG-UZ/changes.atom").status_code == 404
