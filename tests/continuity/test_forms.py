"""Activities entered by hand, at the desk and through the API, and what they do to the clock at once."""

from typing import Any

import pytest
from django.test import Client

from continuity import states
from continuity.models import Activity, ActivityEntry, Initiative
from registry.core import clock
from registry.core.models import Pair, Source, User
from tests.cast import commission, programme
from tests.everything import keep
from tests.programs import Program, problem, wrong
from tests.sheets import typed

pytestmark = pytest.mark.once

ENTRY = {"what": "A tour of the theatre", "started_on": "2026-10"}


@pytest.fixture
def at_desk(client: Client, aigul: User, on_day: Any) -> Client:
    on_day("2026-11-22")
    client.force_login(aigul)
    return client


@pytest.fixture
def gazette(world: None) -> Source:
    return keep(Source(kind="GAZETTE", publisher="Gazette", visibility="published"))


def state_of(initiative: Any) -> str:
    row = Initiative.objects.get(pk=initiative.pk)
    return states.answers([row], clock.today())[row.pk].state


def saved(client: Client, path: str, **values: Any) -> Any:
    """Return the answer to a form that was filled in and must be saved."""
    answer = client.post(path, typed(client.get(path), **values))
    assert answer.status_code == 302, [problem.text for problem in answer.context["problems"]]
    return answer


def problems(client: Client, path: str, **values: Any) -> list[str]:
    """Return what is wrong with a form that must not be saved."""
    answer = client.post(path, typed(client.get(path), **values))
    assert answer.status_code == 422
    return [problem.text for problem in answer.context["problems"]]


# Activities entered by hand ------------------------------------------------------------------------------------------


def test_an_activity_entered_at_the_desk_revives_at_once_and_its_undo_takes_that_back(
    at_desk: Client, kg_tj: Pair, gazette: Source
) -> None:
    council = commission(kg_tj, title="Council")
    days = programme(kg_tj, parent=council)
    page = at_desk.get(days.get_absolute_url()).content.decode()
    assert (state_of(days), state_of(council)) == ("dormant", "dormant")
    path = f"/entries/new/?initiative={days.ref}"
    assert path in page

    answer = saved(at_desk, path, **ENTRY, source="Gazette")
    entry = ActivityEntry.objects.get()
    assert (answer["Location"], entry.initiative_id) == (f"/entries/{entry.ref}/", days.pk)
    assert (state_of(days), state_of(council)) == ("active", "active")
    assert f"/entries/{entry.ref}/" in at_desk.get(days.get_absolute_url()).content.decode()
    own = at_desk.get(f"/entries/{entry.ref}/")
    assert [fact.title for fact in own.context["facts"]][-1] == "Counts for"
    assert {days.get_absolute_url(), council.get_absolute_url()} <= set(own.content.decode().split('"'))

    saved(at_desk, f"/entries/{entry.ref}/edit/", started_on="2017", why="Of another year")
    assert state_of(days) == "dormant"
    first = at_desk.get(f"/entries/{entry.ref}/history/").context["steps"][-1].revision
    at_desk.post(f"/revisions/{first.pk}/restore/")
    assert state_of(days) == "active"

    version = ActivityEntry.objects.get().version
    answer = at_desk.post(f"/entries/{entry.ref}/delete/", {"version": version})
    assert (answer.status_code, answer["Location"]) == (302, days.get_absolute_url())
    assert (state_of(days), Activity.objects.count()) == ("dormant", 0)
    undo = at_desk.get(f"/entries/{entry.ref}/history/").context["steps"][0].revision
    assert at_desk.post(f"/revisions/{undo.pk}/restore/")["Location"] == f"/entries/{entry.ref}/"
    assert (state_of(days), state_of(council)) == ("active", "active")


def test_without_the_tick_it_is_symbolic(at_desk: Client, kg_tj: Pair, gazette: Source) -> None:
    days = programme(kg_tj)
    path = f"/entries/new/?initiative={days.ref}"
    form = typed(at_desk.get(path), **ENTRY, source=gazette.ref)
    assert form.pop("substantive") == ["on"]
    assert at_desk.post(path, form).status_code == 302
    assert state_of(days) == "symbolic"


def test_an_activity_that_cannot_be_is_refused_with_a_remedy(at_desk: Client, kg_tj: Pair, gazette: Source) -> None:
    path = f"/entries/new/?initiative={programme(kg_tj).ref}"
    wanting = problems(at_desk, path)
    assert [text.split(":")[0] for text in wanting] == ["What", "Day", "Source"]
    said = problems(at_desk, path, what="A tour", started_on="2027", reported_on="May", source="Nowhere")
    assert sorted(text.partition(".")[0] for text in said) == [
        "Day: “2027” lies in the future, so it cannot have happened",
        "Reported on: “May” is not a day of the calendar",
        "Source: “Nowhere” is not on file",
    ]
    [said_once] = problems(at_desk, path, **ENTRY, reported_on="2026-09-01", source="Gazette")
    assert "Reported on: It lies before “2026-10”, the day it began. Correct either day." in said_once
    assert not ActivityEntry.objects.exists()


def test_what_is_reported_and_does_not_count_is_named_on_the_page(at_desk: Client, kg_tj: Pair) -> None:
    draft = keep(Source(kind="PRESS", title="A draft of ours", desk_id="KG"))
    days = programme(kg_tj)
    saved(at_desk, f"/entries/new/?initiative={days.ref}", **ENTRY, source=draft.ref)
    assert state_of(days) == "dormant"
    page = at_desk.get(days.get_absolute_url())
    [table] = [table for table in page.context["tables"] if table.title == "Reported, and not counted"]
    assert [*table.rows] == [ActivityEntry.objects.get()]
    own = at_desk.get(ActivityEntry.objects.get().get_absolute_url())
    assert own.context["facts"][-1].value == "An activity counts once everyone may see its initiative and its source."
    draft.visibility = "published"
    keep(draft)
    titles = [table.title for table in at_desk.get(days.get_absolute_url()).context["tables"]]
    assert "Reported, and not counted" not in titles


def test_its_initiative_is_asked_for_and_stays(at_desk: Client, kg_tj: Pair, gazette: Source) -> None:
    days, other = programme(kg_tj, title="Days"), programme(Pair.objects.between("KZ", "UZ"), title="Elsewhere")
    asked = at_desk.get("/entries/new/").content.decode()
    assert f'value="{days.ref}"' in asked and "Elsewhere" not in asked
    assert at_desk.get(f"/entries/new/?initiative={other.ref}").status_code == 403
    assert at_desk.get("/entries/new/?initiative=NOPE").status_code == 404


def test_an_activity_is_written_through_the_api(aigul: User, nurlan: User, kg_tj: Pair, on_day: Any) -> None:
    on_day("2026-11-22")
    days, source = programme(kg_tj), keep(Source(kind="PRESS", title="Agency", visibility="published"))
    body = ENTRY | {"initiative": days.ref, "source": source.ref}
    program = Program(aigul)
    problem(Program(nurlan).post("entries/", body), 403)
    answer = program.post("entries/", body)
    assert answer.status_code == 201, answer.content.decode()
    row = answer.json()
    assert (row["initiative"]["ref"], row["substantive"]) == (days.ref, True)
    assert row["url"].endswith(f"/entries/{row['ref']}/") and "/api/" not in row["url"]
    assert state_of(days) == "active"
    path = f"entries/{row['ref']}/"
    problem(program.patch(path, {"substantive": False}), 428)
    assert program.patch(path, {"substantive": False}, 1).json()["substantive"] is False
    assert state_of(days) == "symbolic"
    problem(program.patch(path, {"substantive": True}, 1), 412)
    said = wrong(program.patch(path, {"substantive": "yes", "started_on": 2026, "source": "NOPE", "what": None}, 2))
    assert said["substantive"] == "Write true or false, without quotes."
    assert said.keys() == {"substantive", "started_on", "source"}
    assert [*wrong(program.patch(path, {"what": None}, 2))] == ["what"]
    assert [*wrong(program.patch(path, {"initiative": programme(kg_tj).ref}, 2))] == ["initiative"]
    remedy = wrong(program.post("entries/", body | {"initiative": "NOPE"}))["initiative"]
    assert remedy == "Say of which initiative, by the reference of one that you may see."
    assert program.delete(path, 2).status_code == 204
    assert (state_of(days), ActivityEntry.objects.count()) == ("dormant", 0)
