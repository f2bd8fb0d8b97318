"""The forms of sources, places and indicators."""

import pytest

from registry.core import write
from registry.core.models import Indicator, Place, Source
from tests.everything import keep
from tests.programs import Program, problem, wrong
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


def test_an_indicator_is_entered_on_the_page_of_its_pair_and_brought_back(at_desk, kg_tj):
    source = keep(Source(kind="DATASET", title="Students", visibility="published"))
    path, page = "/indicators/new/?pair=KG-TJ", at_desk.get("/pairs/KG-TJ/").content.decode()
    assert path in page
    wanting = at_desk.post(path, typed(at_desk.get(path), value="many", date="2019-13", source="Nowhere"))
    said = {problem.text.split(":")[0] for problem in wanting.context["problems"]}
    assert (wanting.status_code, said) == (422, {"What", "Value", "Unit", "Date", "Source"})
    values = {"what": "Students abroad", "value": "6721.5", "unit": "people", "date": "2019", "source": source.ref}
    assert at_desk.post(path, typed(at_desk.get(path), **values)).status_code == 302
    figure = Indicator.objects.get()
    assert (str(figure), figure.source) == ("Students abroad: 6721.5 people", source)
    assert "Students abroad" in at_desk.get("/pairs/KG-TJ/").content.decode()
    path = f"/indicators/{figure.ref}/"
    assert at_desk.post(f"{path}edit/", typed(at_desk.get(f"{path}edit/"), value="7000")).status_code == 302
    assert at_desk.post(f"{path}delete/", {"version": 2})["Location"] == "/indicators/"
    first = at_desk.get(f"{path}history/").context["steps"][-1].revision
    assert at_desk.post(f"/revisions/{first.pk}/restore/")["Location"] == path
    assert str(Indicator.objects.get()) == "Students abroad: 6721.5 people"


def test_an_indicator_is_written_through_the_api(aigul, nurlan, kg_tj):
    body = {"pair": "KG-TJ", "what": "Students", "value": 6721.5, "unit": "people", "date": "2019"}
    problem(Program(nurlan).post("indicators/", body), 403)
    program = Program(aigul)
    row = program.post("indicators/", body).json()
    path = f"indicators/{row['ref']}/"
    assert (row["value"], row["source"]) == (6721.5, None)
    assert program.patch(path, {"value": 7000}, 1).json()["value"] == 7000
    said = wrong(program.patch(path, {"value": "7,000", "source": "NOPE"}, 2))
    assert said.keys() == {"value", "source"}
    assert said["value"] == "Write it as a number, without quotes, or null."
    assert [*wrong(program.patch(path, {"date": "13.2019"}, 2))] == ["date"]
    assert [*wrong(program.patch(path, {"citations": [{"source": "NOPE"}]}, 2))] == ["citations"]
    assert program.delete(path, 2).status_code == 204
    assert not Indicator.objects.exists()
