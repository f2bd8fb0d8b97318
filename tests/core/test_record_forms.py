"""The forms of sources and places."""

import pytest

from registry.core import write
from registry.core.models import Place, Source
from tests.sheets import typed


@pytest.fixture
def at_desk(client, aigul):
    client.force_login(aigul)
    return client


def test_a_source_is_entered_for_ones_own_desk_and_can_be_cited(at_desk, kg_tj):
    page = at_desk.get("/sources/new/")
    address = "https://example.org/page"
    assert at_desk.post("/sources/new/", typed(page, kind="PRESS", address=address, desk="TJ")).status_code == 422
    assert at_desk.post("/sources/new/", typed(page, kind="PRESS", address=address, desk="KG")).status_code == 302
    source = Source.objects.get()
    assert (source.desk_id, source.visibility) == ("KG", "draft")
    event = {"title": "Fair", "kind": "CRAFT_FAIR", "format": "ONSITE", "citations__0__source": address}
    page = at_desk.get("/events/new/?pair=KG-TJ")
    assert at_desk.post("/events/new/?pair=KG-TJ", typed(page, **event)).status_code == 302
    assert source.citations.count() == 1


def test_names_of_a_place_are_typed_one_to_a_line(at_desk):
    place = write.save(Place(name="Osh", country_id="KG", other_names={"ky": ["Ош"]}), by=write.SYSTEM)
    path = f"/places/{place.ref}/edit/"
    page = at_desk.get(path)
    assert "ky: Ош" in page.content.decode()
    response = at_desk.post(path, typed(page, other_names_typed="Ӯш"))
    assert response.status_code == 422
    assert "“Ӯш”" in response.context["problems"][0].text
    at_desk.post(path, typed(page, other_names_typed="ky: Ош\n tg: Ӯш\nky: Ош шаары"))
    place.refresh_from_db()
    assert place.other_names == {"ky": ["Ош", "Ош шаары"], "tg": ["Ӯш"]}
