"""The forms of programmes, events, outputs and fulfilments, and what a draft event says before it is published."""

import pytest

from agreements.models import Commitment
from events.models import Event, Fulfilment, Output, Programme
from registry.core import write
from registry.core.models import Pair, Place, Term
from tests.cast import commission, event, programme, session
from tests.everything import keep
from tests.programs import Program, problem, wrong
from tests.sheets import typed

pytestmark = pytest.mark.once

EVENT = {"title": "Fair", "kind": "CRAFT_FAIR", "format": "ONSITE"}


@pytest.fixture
def at_desk(client, aigul):
    client.force_login(aigul)
    return client


def new(client, path, **values):
    response = client.post(path, typed(client.get(path), **values))
    assert response.status_code == 302, [problem.text for problem in response.context["problems"]]


@pytest.mark.parametrize(
    ("kind", "cadence", "rhythm"), [("DAYS", "", "regular"), ("YEAR", "", "irregular"), ("YEAR", "400", "regular")]
)
def test_a_series_is_meant_to_come_back(at_desk, kg_tj, kind, cadence, rhythm):
    values = {"title": "Days", "programme_kind": kind, "cadence": cadence}
    new(at_desk, "/programmes/new/?pair=KG-TJ", **values)
    assert Programme.objects.get().rhythm == rhythm


def test_a_budget_line_is_an_amount_of_a_currency(at_desk, kg_tj):
    festival = programme(kg_tj)
    path = f"/programmes/{festival.ref}/edit/"
    row = {"budget__0__amount": "-5", "budget__0__currency": "EUR"}
    assert at_desk.post(path, typed(at_desk.get(path), **row)).status_code == 422
    assert at_desk.post(path, typed(at_desk.get(path), **row | {"budget__0__amount": "5.50"})).status_code == 302
    assert str(festival.budget.get().amount) == "5.50"


def test_every_link_of_an_event_is_saved(at_desk, kg_tj):
    days, meeting = programme(kg_tj, ref="P1"), session(commission(kg_tj))
    osh = write.save(Place(name="Osh", country_id="KG"), by=write.SYSTEM)
    field, youth = Term.objects.get(code="CINEMA_MEDIA"), Term.objects.get(vocabulary="audience", code="YOUTH")
    new(
        at_desk,
        "/events/new/?initiative=P1",
        **EVENT,
        session=meeting.pk,
        country="KG",
        places="Ош",
        also_involved="Uzbekistan\nKZ",
        fields=[field.pk],
        audiences=[youth.pk],
    )
    made = Event.objects.get()
    assert (made.initiative_id, made.session, made.country_id) == (days.pk, meeting, "KG")
    assert (list(made.places.all()), list(made.fields.all()), list(made.audiences.all())) == ([osh], [field], [youth])
    assert set(made.also_involved.values_list("code", flat=True)) == {"UZ", "KZ"}


def test_countries_beside_the_pair_may_stand_in_its_rows_once_they_are_named(at_desk, kg_tj):
    fair = event(kg_tj)
    path = f"/events/{fair.ref}/edit/"
    row = {"sent__0__country": "UZ", "sent__0__people": "3"}
    assert at_desk.post(path, typed(at_desk.get(path), **row)).status_code == 422
    at_desk.post(path, typed(at_desk.get(path), also_involved="UZ"))
    assert at_desk.post(path, typed(at_desk.get(path), **row)).status_code == 302
    assert fair.sent.get().country_id == "UZ"


def test_an_initiative_of_another_pair_is_not_offered(at_desk, kg_tj):
    other = programme(Pair.objects.between("KG", "UZ"))
    response = at_desk.post(
        "/events/new/?pair=KG-TJ", typed(at_desk.get("/events/new/?pair=KG-TJ"), **EVENT, initiative=other.pk)
    )
    assert (response.status_code, Event.objects.count()) == (422, 0)


def test_what_is_called_held_cannot_lie_in_the_future(at_desk, kg_tj, on_day):
    on_day("2026-11-22")
    page = at_desk.get("/events/new/?pair=KG-TJ")
    response = at_desk.post("/events/new/?pair=KG-TJ", typed(page, **EVENT, started_on="2026-12", outcome="HELD"))
    assert response.status_code == 422
    assert any("“2026-12” lies in the future" in problem.text for problem in response.context["problems"])


def test_an_output_is_entered_under_its_event(at_desk, kg_tj):
    fair = event(kg_tj)
    new(at_desk, "/outputs/new/?pair=KG-TJ", title="Catalogue", kind="PUBLICATION", event=fair.pk, copies="500")
    assert (Output.objects.get().event, Output.objects.get().visibility) == (fair, "draft")


# What publishing a draft would change -------------------------------------------------------------------------------


@pytest.fixture
def foresight(at_desk, kg_tj, on_day):
    """Return a function from fields of a draft event to what its page says; today is 22 November 2026."""
    on_day("2026-11-22")

    def told(**fields):
        draft = event(kg_tj, visibility="draft", **{"started_on": "2026-05-01"} | fields)
        return at_desk.get(f"/events/{draft.ref}/edit/").context["foresight"]

    return told


def test_it_names_the_initiative_and_each_one_above_it(foresight, kg_tj):
    council = commission(kg_tj, title="Council")
    days = programme(kg_tj, title="Days", parent=council)
    assert foresight(initiative=days) == [
        "Publishing this would change “Days”: dormant → active until 17 February 2027.",
        "Publishing this would change “Council”: dormant → active until 17 February 2027.",
    ]


def test_it_says_so_where_no_clock_moves(foresight, kg_tj):
    days = programme(kg_tj, title="Days")
    hidden = programme(kg_tj, title="Hidden", visibility="draft")
    year = programme(kg_tj, title="Year", rhythm="irregular")
    assert "no initiative" in foresight()[0]
    assert "not on file as held" in foresight(initiative=days, outcome="PLANNED", started_on="")[0]
    assert "undated" in foresight(initiative=days, started_on="")[0]
    assert "“Hidden” is not published itself" in foresight(initiative=hidden)[0]
    assert "would leave “Year” as it is" in foresight(initiative=year)[0]


def test_what_was_held_downgraded_makes_it_symbolic_only(foresight, kg_tj):
    days = programme(kg_tj, title="Days")
    [sentence] = foresight(initiative=days, outcome="HELD_DOWNGRADED")
    assert "dormant → symbolic until" in sentence


def test_publishing_does_what_was_foretold(client, foresight, kg_tj, bakyt):
    from continuity import states
    from continuity.models import Initiative
    from registry.core import clock

    days = programme(kg_tj, title="Days")
    draft = event(kg_tj, visibility="draft", initiative=days, started_on="2026-05-01")
    client.force_login(bakyt)
    path = f"/events/{draft.ref}/edit/"
    client.post(path, typed(client.get(path), visibility="published"))
    [row] = Initiative.objects.filter(pk=days.pk)
    answer = states.answers([row], clock.today())[days.pk]
    assert (answer.state, str(answer.active_until)) == ("active", "2027-02-17")


# What keeps a promise -----------------------------------------------------------------------------------------------


@pytest.fixture
def promise(kg_tj):
    return keep(Commitment(pair=kg_tj, text="A festival", promised_on="2020-01-01", ref="C1"))


def test_what_keeps_a_promise_is_reported_on_its_page_and_taken_back(at_desk, promise, kg_tj):
    fair, path = event(kg_tj), "/fulfilments/new/?commitment=C1"
    assert path in at_desk.get("/commitments/C1/").content.decode()
    assert "Concert (1 May 2020)" in at_desk.get(path).content.decode()
    new(at_desk, path, event=fair.pk, fulfilled_on="2020-05-01")
    kept = Fulfilment.objects.get()
    assert (kept.commitment, kept.event, kept.lead_days) == (promise, fair, 121)
    for page in ("/commitments/C1/", fair.get_absolute_url()):
        assert f"/fulfilments/{kept.ref}/" in at_desk.get(page).content.decode()
    new(at_desk, f"/fulfilments/{kept.ref}/edit/", event="", initiative=programme(kg_tj).pk)
    assert at_desk.get(f"/fulfilments/{kept.ref}/").status_code == 200
    answer = at_desk.post(f"/fulfilments/{kept.ref}/delete/", {"version": 2})
    assert (answer["Location"], Fulfilment.objects.count()) == ("/commitments/C1/", 0)
    first = at_desk.get(f"/fulfilments/{kept.ref}/history/").context["steps"][-1].revision
    at_desk.post(f"/revisions/{first.pk}/restore/")
    assert Fulfilment.objects.get().event == fair


def test_a_promise_is_kept_by_one_thing_of_its_own_pair(at_desk, promise, kg_tj):
    path = "/fulfilments/new/?commitment=C1"
    fair, days, theirs = event(kg_tj), programme(kg_tj), event(Pair.objects.between("KG", "UZ"))
    for values in ({}, {"event": fair.pk, "initiative": days.pk}):
        page = at_desk.post(path, typed(at_desk.get(path), **values))
        [said] = page.context["problems"]
        assert said.text.startswith("Event: Give the event or the initiative that keeps the promise: one of them")
    page = at_desk.post(path, typed(at_desk.get(path), event=theirs.pk, fulfilled_on="2020-02-30"))
    assert {said.target for said in page.context["problems"]} == {"id_event", "id_fulfilled_on"}
    assert not Fulfilment.objects.exists()


def test_a_fulfilment_is_written_through_the_api(aigul, nurlan, promise, kg_tj):
    event(kg_tj, ref="E1")
    programme(kg_tj, ref="P1")
    program = Program(aigul)
    body = {"commitment": "C1", "event": "E1", "fulfilled_on": "2020-05"}
    problem(Program(nurlan).post("fulfilments/", body), 403)
    row = program.post("fulfilments/", body).json()
    path = f"fulfilments/{row['ref']}/"
    assert (row["event"]["ref"], row["lead_days"], row["url"].endswith(f"/{path}")) == ("E1", 151, True)
    said = wrong(program.patch(path, {"initiative": "P1"}, 1))
    assert said == {"event": "Give the event or the initiative that keeps the promise: one of them, not both."}
    assert [*wrong(program.patch(path, {"commitment": None}, 1))] == ["commitment"]
    assert [*wrong(program.post("fulfilments/", {"event": "E1"}))] == ["commitment"]
    answer = program.patch(path, {"initiative": "P1", "event": None}, 1).json()
    assert (answer["initiative"]["ref"], answer["event"]) == ("P1", None)
    assert program.delete(path, 2).status_code == 204
    assert not Fulfilment.objects.exists()
