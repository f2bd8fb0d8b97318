"""Activities by hand, episodes and milestones, at the desk and through the API, and what they do to the clock."""

from typing import Any

import pytest
from django.test import Client

from continuity import states
from continuity.models import Activity, ActivityEntry, Initiative, Milestone, TensionEpisode
from registry.core import clock
from registry.core.models import Pair, Place, Source, User
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
    page = at_desk.get(path)
    assert "Without the tick: in name only." in page.content.decode()
    form = typed(page, **ENTRY, source=gazette.ref)
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


# What surrounds initiatives ------------------------------------------------------------------------------------------


def test_an_episode_is_a_draft_until_an_approver_publishes_it(
    at_desk: Client, kg_tj: Pair, gazette: Source, bakyt: User
) -> None:
    days, path = programme(kg_tj), "/episodes/new/?pair=KG-TJ"
    assert path in at_desk.get("/pairs/KG-TJ/").content.decode()
    assert path.partition("?")[0] in at_desk.get("/episodes/").content.decode()
    values = {"title": "Closure", "title_in_ru": "Закрытие", "kind": "BORDER_CLOSURE", "started_on": "2021-05"}
    saved(at_desk, path, **values, intensity="3", end_known="NO", citations__0__source=gazette.ref)
    episode = TensionEpisode.objects.get()
    assert (episode.visibility, episode.intensity, episode.titles) == ("draft", 3, {"ru": "Закрытие"})
    assert Client().get(episode.get_absolute_url()).status_code == 404
    client = Client()
    client.force_login(bakyt)
    saved(client, f"/episodes/{episode.ref}/edit/", visibility="published", ended_on="2022")
    assert "Closure" in Client().get("/pairs/KG-TJ/").content.decode()
    assert state_of(days) == "dormant"  # no clock is moved
    at_desk.post(f"/episodes/{episode.ref}/delete/", {"version": 2})
    assert TensionEpisode.objects.exists()  # an editor does not take back what is public
    first = at_desk.get(f"/episodes/{episode.ref}/history/").context["steps"][-1].revision
    at_desk.post(f"/revisions/{first.pk}/restore/")
    episode.refresh_from_db()
    assert (episode.ended_on, episode.visibility) == ("", "published")


def test_an_episode_that_cannot_be_is_refused_with_a_remedy(at_desk: Client, kg_tj: Pair) -> None:
    path = "/episodes/new/?pair=KG-TJ"
    assert {text.split(":")[0] for text in problems(at_desk, path)} == {"Title", "Kind", "From"}
    values = {"title": "Closure", "kind": "OTHER", "started_on": "2022", "ended_on": "2021", "intensity": "6"}
    said = "\n".join(problems(at_desk, path, **values))
    assert "Until: " in said and "“2021”" in said
    assert "Intensity: Ensure this value is less than or equal to 5. You wrote “6”." in said


def test_a_milestone_is_entered_for_all_to_see_and_brought_back(at_desk: Client, kg_tj: Pair) -> None:
    osh, path = keep(Place(name="Osh", country_id="KG")), "/milestones/new/?pair=KG-TJ"
    assert path in at_desk.get("/pairs/KG-TJ/").content.decode()
    saved(at_desk, path, title="Reopening", kind="REOPENING", started_on="2025-03-13", place="Ош")
    step = Milestone.objects.get()
    programme(kg_tj)  # it is seen with its pair, and that with what is public of it
    assert (step.pair, step.place) == (kg_tj, osh)
    assert "Reopening" in Client().get("/pairs/KG-TJ/").content.decode()
    assert at_desk.post(f"/milestones/{step.ref}/delete/", {"version": 1})["Location"] == "/milestones/"
    last = at_desk.get(f"/milestones/{step.ref}/history/").context["steps"][0].revision
    at_desk.post(f"/revisions/{last.pk}/restore/")
    assert Milestone.objects.get().place == osh
    said = problems(at_desk, path, title="Visit", kind="SUMMIT", started_on="2027", place="Nowhere")
    assert {text.split(":")[0] for text in said} == {"From", "Place"}


@pytest.mark.parametrize(
    ("prefix", "model", "kind"), [("tension-episodes", TensionEpisode, "OTHER"), ("milestones", Milestone, "SUMMIT")]
)
def test_what_surrounds_initiatives_is_written_through_the_api(
    aigul: User, nurlan: User, kg_tj: Pair, prefix: str, model: Any, kind: str
) -> None:
    body = {"pair": "TJ-KG", "title": "One", "titles": {"ru": "Раз"}, "kind": kind, "started_on": "2021-05~"}
    problem(Program(nurlan).post(f"{prefix}/", body), 403)
    program = Program(aigul)
    answer = program.post(f"{prefix}/", body)
    assert answer.status_code == 201, answer.content.decode()
    path = f"{prefix}/{answer.json()['ref']}/"
    assert (answer.json()["pair"], answer.json()["titles"]) == ("KG-TJ", {"ru": "Раз"})
    assert program.patch(path, {"ended_on": "2022", "note": "By the press"}, 1).json()["ended_on"] == "2022"
    assert [*wrong(program.patch(path, {"ended_on": "2020"}, 2))] == ["ended_on"]
    assert [*wrong(program.patch(path, {"kind": "WAR"}, 2))] == ["kind"]
    assert [*wrong(program.patch(path, {"started_on": None}, 2))] == ["started_on"]
    assert [*wrong(program.patch(path, {"pair": "KG-UZ"}, 2))] == ["pair"]
    assert program.delete(path, 2).status_code == 204
    assert not model.objects.exists()
