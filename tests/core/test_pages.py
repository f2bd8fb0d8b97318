"""The pages of frameworks and subjects: what they say, and what names them, as far as the reader may see it."""

from typing import Any

import pytest
from django.test import Client

from actors.models import Actor
from events.models import Output
from registry.core import tables
from registry.core.models import Framework, Pair, Source, Subject, User
from tests.cast import agreement, commission, event
from tests.everything import keep
from tests.words import text


@pytest.fixture
def theatre(world: None) -> Subject:
    labels = {"en": "Theatre", "ru": "Театр", "ky": "Театр", "uz-Cyrl": "Театр", "uz": "Teatr"}
    return keep(Subject(ref="THEATRE", labels=labels))


def test_a_framework_says_whose_it_is_and_which_initiatives_name_it(kg_tj: Pair, client: Client, on_day: Any) -> None:
    on_day("2026-11-22")
    law = keep(Source(kind="GAZETTE", title="Decree", visibility="published"))
    policy = keep(Framework(ref="P", title="Culture 2030", country_id="KG", started_on="2021", ended_on="2030"))
    region = keep(Framework(ref="R", title="Culture of the region", source=law))
    body = commission(kg_tj, title="Joint council", started_on="2016-06-01", cadence=365)
    for record in (body, agreement(kg_tj, title="Secret treaty", visibility="draft")):
        record.frameworks.set([policy])
    page = client.get("/frameworks/P/")
    assert "Country Kyrgyzstan From 2021 Until 2030 Source not on file" in text(page)
    assert "Initiatives 1" in text(page) and "Joint council" in text(page) and "Secret" not in text(page)
    assert "Dormant" in text(page) and "Dormant" not in text(client.get("/frameworks/P/?as_of=2016-07-01"))
    assert "Country none: a regional strategy" in text(client.get("/frameworks/R/"))
    assert "No initiative on file names it" in text(client.get("/frameworks/R/"))
    listed = text(client.get("/frameworks/"))
    assert "Culture 2030 Kyrgyzstan 2021 to 2030 not on file Culture of the region none: regional" in listed
    law.visibility = "draft"
    law.save()
    for path in ("/frameworks/R/", "/frameworks/"):
        assert "Decree" not in text(client.get(path))
    # and the initiative leads back
    assert (
        f'<a href="{policy.get_absolute_url()}">Culture 2030</a>'
        in client.get(body.get_absolute_url()).content.decode()
    )
    assert region.get_absolute_url() in client.get("/search/?q=region").content.decode()


def test_a_subject_is_called_in_each_language(theatre: Subject, client: Client) -> None:
    keep(Subject(ref="ARTS", labels={"en": "Applied arts", "ru": "Ярмарки"}))
    said = "English Theatre Russian Театр Uzbek Teatr Kazakh not on file Kyrgyz Театр Tajik not on file"
    page = client.get("/subjects/THEATRE/")
    assert said in text(page) and '<span lang="ru">Театр</span>' in page.content.decode()
    listed = text(client.get("/subjects/"))
    assert "Applied arts Ярмарки Theatre Театр , Teatr" in listed  # what several languages share stands once
    client.cookies["django_language"] = "ru"
    assert "Театр Theatre , Teatr Ярмарки Applied arts" in text(client.get("/subjects/"))  # by the name that is shown
    assert "THEATRE" in client.get("/search/?q=teatr").content.decode()


def test_a_subject_leads_to_what_bears_it_that_the_reader_may_see(
    theatre: Subject, kg_tj: Pair, aigul: User, client: Client
) -> None:
    troupe = keep(Actor(name="Troupe", type="N_CSO", sector="NON_STATE", visibility="published"))
    hidden = event(kg_tj, title="Secret play", visibility="draft")
    bearing = [agreement(kg_tj), event(kg_tj), troupe, hidden]
    bearing.append(keep(Output(pair=kg_tj, title="A film", kind="FILM", visibility="published")))
    for record in bearing:
        record.subjects.set([theatre])
    said = text(client.get("/subjects/THEATRE/"))
    for what in ("Initiatives 1", "Actors 1", "Events 1", "Outputs 1", "Treaty", "Troupe", "Concert", "A film"):
        assert what in said
    assert "Secret play" not in said
    client.force_login(aigul)
    assert "Events 2" in text(client.get("/subjects/THEATRE/"))
    link = '<a href="/subjects/THEATRE/">Theatre</a>'
    assert all(link in client.get(record.get_absolute_url()).content.decode() for record in bearing)


def test_of_many_that_bear_a_subject_the_first_stand_there_and_a_link_to_all(
    theatre: Subject, kg_tj: Pair, client: Client, monkeypatch: Any, django_assert_max_num_queries: Any
) -> None:
    monkeypatch.setattr(tables, "MOST", 2)
    numbers = []
    for count in (1, 5):
        while theatre.events.count() < count:
            for record in (event(kg_tj, title="A fair"), agreement(kg_tj)):
                record.subjects.set([theatre])
        with django_assert_max_num_queries(60) as queries:
            page = client.get("/subjects/THEATRE/")
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]
    said = text(page)
    assert "Events 5" in said and said.count("A fair") == 2 and said.count("Treaty") == 2
    for listed in ("/events/?subject=THEATRE", "/initiatives/?subject=THEATRE"):
        assert listed in page.content.decode()
        assert "Found 5" in text(client.get(listed))


def test_who_may_edit_is_offered_it(theatre: Subject, nurlan: User, sardor: User, client: Client) -> None:
    """The subjects are all desks' own; a framework is its country's."""
    keep(Framework(ref="P", title="Culture 2030", country_id="KG"))
    for user, subject in ((None, False), (sardor, False), (nurlan, True)):
        if user:
            client.force_login(user)
        assert ("/subjects/THEATRE/edit/" in client.get("/subjects/THEATRE/").content.decode()) == subject
        assert ("/subjects/new/" in client.get("/subjects/").content.decode()) == subject
        assert "/frameworks/P/edit/" not in client.get("/frameworks/P/").content.decode()


def test_both_are_cited(theatre: Subject, client: Client) -> None:
    keep(Framework(ref="P", title="Culture 2030", country_id="KG"))
    for path in ("/subjects/THEATRE/", "/frameworks/P/"):
        page = client.get(path).content.decode()
        assert "Cite this record" in page and "ld+json" not in page
        for format_of in ("bibtex", "csl"):
            answer = client.get(f"/api/v1{path}?format={format_of}")
            assert (
                answer.status_code == 200 and path in answer.content.decode() and "/api/" not in answer.content.decode()
            )
