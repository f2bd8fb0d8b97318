"""The page of an actor: its names over time and what it takes part in, as far as the reader may see."""

import pytest

from actors.models import Actor, ActorIdentifier, ActorName
from agreements.models import Chair
from events.models import EventParticipation
from registry.core import write
from tests.cast import commission, event
from tests.words import text

pytestmark = pytest.mark.django_db


def test_an_actor_shows_its_names_and_what_it_takes_part_in(client, kg_tj, on_day, aigul) -> None:
    on_day("2026-11-22")
    ministry = Actor(name="Ministry of Culture", type="S_MIN_CULT", sector="STATE", country_id="KG")
    ministry.visibility = "published"
    write.save(ministry, by=write.SYSTEM)
    ActorName.objects.create(actor=ministry, name="Committee of Arts", language="en", valid_until="1995")
    ActorIdentifier.objects.create(actor=ministry, scheme="WIKIDATA", value="Q1")
    heir = Actor(name="Ministry of Heritage", type="S_MIN_CULT", sector="STATE", country_id="KG", predecessor=ministry)
    write.save(heir, by=write.SYSTEM)
    for title, visibility in (("Open concert", "published"), ("Secret concert", "draft")):
        concert = event(kg_tj, title=title, visibility=visibility)
        EventParticipation.objects.create(event=concert, actor=ministry, role="ORGANISER", side_id="KG")
    for title, visibility in (("Open council", "published"), ("Secret council", "draft")):
        council = commission(kg_tj, title=title, visibility=visibility)
        Chair.objects.create(commission=council, side_id="KG", actor=ministry)

    page = text(client.get(ministry.get_absolute_url()))
    assert "Committee of Arts English 1995" in page and "Wikidata Q1" in page
    assert "Open concert" in page and "Open council" in page
    assert "Secret" not in page and "Ministry of Heritage" not in page  # the successor is a draft
    client.force_login(aigul)
    page = text(client.get(ministry.get_absolute_url()))
    assert "Secret concert" in page and "Secret council" in page and "Ministry of Heritage" in page
