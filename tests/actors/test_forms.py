"""The form of an actor."""

import pytest

from actors.models import Actor
from registry.core import write
from tests.sheets import typed


@pytest.fixture
def ministry(world):
    return write.save(
        Actor(name="Ministry of Culture", type="S_MIN_CULT", sector="STATE", country_id="KG", visibility="published"),
        by=write.SYSTEM,
    )


def test_other_names_and_identifiers_are_saved_and_found(client, aigul, ministry):
    client.force_login(aigul)
    path = f"/actors/{ministry.ref}/edit/"
    rows = {
        "other_names__0__name": "Маданият министрлиги",
        "other_names__0__language": "ky",
        "other_names__0__valid_from": "1991",
        "other_names__0__valid_until": "1990",
        "identifiers__0__scheme": "WIKIDATA",
        "identifiers__0__value": "Q42",
    }
    response = client.post(path, typed(client.get(path), **rows))
    assert [problem.target for problem in response.context["problems"]] == ["id_other_names-0-valid_until"]
    assert client.post(path, typed(response, other_names__0__valid_until="2009")).status_code == 302
    assert ministry.identifiers.get().value == "Q42"
    assert list(Actor.objects.search("madaniyat")) == [ministry]


def test_a_circle_is_refused(client, aigul, ministry):
    part = write.save(
        Actor(name="Part", type="S_AGENCY", sector="STATE", country_id="KG", parent=ministry), by=write.SYSTEM
    )
    client.force_login(aigul)
    path = f"/actors/{ministry.ref}/edit/"
    response = client.post(path, typed(client.get(path), parent=part.ref))
    assert response.status_code == 422
    assert response.context["problems"][0].target == "id_parent"


def test_a_parent_that_is_not_yours_to_see_stays(client, aigul, ministry):
    hidden = write.save(Actor(name="Hidden", type="S_MFA", sector="STATE", country_id="KZ"), by=write.SYSTEM)
    ministry.parent = hidden
    write.save(ministry, by=write.SYSTEM)
    client.force_login(aigul)
    path = f"/actors/{ministry.ref}/edit/"
    page = client.get(path)
    assert "Hidden" not in page.content.decode()
    assert "Part of" in page.context["sheet"].left_alone
    client.post(path, typed(page, name="Ministry"))
    ministry.refresh_from_db()
    assert (ministry.name, ministry.parent) == ("Ministry", hidden)


def test_an_identifier_that_another_actor_bears_is_refused(client, aigul, ministry):
    other = write.save(Actor(name="Other", type="S_AGENCY", sector="STATE", country_id="KG"), by=write.SYSTEM)
    other.identifiers.create(scheme="ROR", value="1")
    client.force_login(aigul)
    path = f"/actors/{ministry.ref}/edit/"
    rows = {"identifiers__0__scheme": "ROR", "identifiers__0__value": "1"}
    assert client.post(path, typed(client.get(path), **rows)).status_code == 422
