"""The forms of sources, places, indicators, frameworks and subjects."""

import pytest

from registry.core import write
from registry.core.models import Citation, Framework, Indicator, Place, Revision, Source, Subject
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


# Frameworks ----------------------------------------------------------------------------------------------------------


def test_a_framework_is_entered_for_ones_own_country_or_for_none(at_desk):
    source = keep(Source(kind="GAZETTE", title="Decree", visibility="published"))
    assert '/frameworks/new/"' in at_desk.get("/frameworks/").content.decode()
    page = at_desk.get("/frameworks/new/")
    values = {"title": "Culture 2030", "started_on": "2021", "ended_on": "2030~", "source": source.ref}
    values |= {"citations__0__source": source.ref, "citations__0__field": "ended_on", "citations__0__value": "2030"}
    assert at_desk.post("/frameworks/new/", typed(page, country="TJ", **values)).status_code == 422
    answer = at_desk.post("/frameworks/new/", typed(page, country="KG", **values))
    policy = Framework.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/frameworks/{policy.ref}/")
    assert (policy.country_id, policy.source, policy.ended_on) == ("KG", source, "2030~")
    assert Citation.objects.about(policy).get().field == "ended_on"
    assert at_desk.post("/frameworks/new/", typed(page, title="Culture of the region")).status_code == 302
    assert Framework.objects.get(title="Culture of the region").country is None


def test_a_framework_does_not_end_before_it_begins(at_desk):
    page = at_desk.get("/frameworks/new/")
    answer = at_desk.post("/frameworks/new/", typed(page, title="Culture", started_on="2030", ended_on="2021"))
    assert answer.status_code == 422
    [problem] = answer.context["problems"]
    assert problem.text == "Until: “2021” lies before “2030” (from). Correct the one that is wrong."


def test_a_framework_of_another_country_is_not_ones_to_edit(at_desk):
    policy = keep(Framework(title="Culture 2030", country_id="TJ"))
    path = f"/frameworks/{policy.ref}/"
    assert "Edit" not in at_desk.get(path).content.decode()
    assert at_desk.get(f"{path}edit/").status_code == at_desk.post(f"{path}delete/").status_code == 403


def test_a_framework_is_written_through_the_api(aigul, farrukh):
    source = keep(Source(ref="S1", kind="GAZETTE", title="Decree", visibility="published"))
    body = {"title": "Culture 2030", "country": "KG", "started_on": "2021", "ended_on": "2030", "source": "S1"}
    program = Program(aigul)
    row = program.post("frameworks/", body).json()
    assert (row["country"], row["ended_on_latest"], row["source"]["ref"]) == ("KG", "2030-12-31", source.ref)
    assert row["url"].endswith(f"/frameworks/{row['ref']}/") and "/api/" not in row["url"]
    path = f"frameworks/{row['ref']}/"
    problem(Program(farrukh).patch(path, {"title": "Mine"}, 1), 403)
    said = wrong(program.patch(path, {"ended_on": "2019", "country": "TJ"}, 1))
    assert [*said] == ["country"]
    said = wrong(program.patch(path, {"ended_on": "2019"}, 1))
    assert said == {"ended_on": "“2019” lies before “2021” (from). Correct the one that is wrong."}
    cited = [{"source": "S1", "field": "ended_on", "value": "2030"}]
    assert program.patch(path, {"ended_on": None, "citations": cited}, 1).json()["citations"][0]["value"] == "2030"
    assert program.delete(path, 2).status_code == 204
    assert not Framework.objects.exists()


# Subjects ------------------------------------------------------------------------------------------------------------


def test_a_subject_has_an_input_for_each_language_and_keeps_other_tags(at_desk):
    page = at_desk.get("/subjects/new/")
    wanting = at_desk.post("/subjects/new/", typed(page, label_in_ru="Театр"))
    [problem] = wanting.context["problems"]
    assert (wanting.status_code, problem.target) == (422, "id_label_in_en")
    assert problem.text.startswith("English: An English label (“en”) must be there")
    answer = at_desk.post("/subjects/new/", typed(page, label_in_en="Theatre", label_in_ru="Театр"))
    subject = Subject.objects.get()
    assert (answer["Location"], subject.labels) == (f"/subjects/{subject.ref}/", {"en": "Theatre", "ru": "Театр"})
    subject.labels |= {"uz-Cyrl": "Театр"}
    write.save(subject, by=write.SYSTEM)
    path = f"/subjects/{subject.ref}/edit/"
    changes = {"label_in_ru": "", "label_in_uz": "Teatr", "why": "Its Uzbek name"}
    assert at_desk.post(path, typed(at_desk.get(path), **changes)).status_code == 302
    subject.refresh_from_db()
    assert subject.labels == {"en": "Theatre", "uz": "Teatr", "uz-Cyrl": "Театр"}
    assert Revision.objects.filter(ref=subject.ref).first().why == "Its Uzbek name"


def test_what_two_desks_have_called_a_subject_stands_side_by_side(client, aigul, farrukh):
    """Any desk edits it, so that two may do so at once."""
    subject = keep(Subject(labels={"en": "Theatre"}))
    path = f"/subjects/{subject.ref}/edit/"
    client.force_login(aigul)
    page = client.get(path)
    subject.labels = {"en": "Theatre", "tg": "Театр"}
    write.save(subject, by=farrukh)
    answer = client.post(path, typed(page, label_in_tg="Тиатр"))
    assert answer.status_code == 409
    assert [(one.what, one.typed, one.stored) for one in answer.context["differences"]] == [
        ("Тоҷикӣ", "Тиатр", "Театр")
    ]


def test_a_subject_is_said_through_the_api(aigul, sardor):
    program = Program(aigul)
    problem(Program(sardor).post("subjects/", {"labels": {"en": "Theatre"}}), 403)
    row = program.post("subjects/", {"labels": {"en": "Theatre", "uz-Cyrl": "Театр"}}).json()
    path = f"subjects/{row['ref']}/"
    assert (row["label"], row["labels"]) == ("Theatre", {"en": "Theatre", "uz-Cyrl": "Театр"})
    assert row["url"].endswith(f"/subjects/{row['ref']}/") and "/api/" not in row["url"]
    odd = {"a b": "x", "en": "Theatre"}, ["Theatre"], "Theatre", {"en": 1}, {"en": "Theatre", "ru": "x" * 601}
    for labels in (*odd, {"ru": "Театр"}, {"en": " "}, {}, None):
        assert [*wrong(program.patch(path, {"labels": labels}, 1))] == ["labels"], labels
    assert "(“en”) must be there" in wrong(program.post("subjects/", {"note": "Of the stage"}))["labels"]
    answer = program.patch(path, {"labels": {"en": "Theatre", "ru": "Театр"}}, 1).json()
    assert answer["labels"] == {"en": "Theatre", "ru": "Театр"}  # replaced as a whole
    assert program.delete(path, 2).status_code == 204
    assert not Subject.objects.exists()
