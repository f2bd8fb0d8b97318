"""The forms of agreements, commissions, sessions and commitments."""

import pytest

from agreements.models import Agreement, Commission, Commitment, Session
from registry.core import write
from registry.core.models import Pair, Term
from tests.cast import agreement, commission, session
from tests.sheets import typed

pytestmark = pytest.mark.once

AGREEMENT = {"title": "Protocol", "type": "PROTOCOL", "signed_on": "13.02.2026"}
COMMISSION = {"title": "Council", "type": "GOV_COUNCIL", "started_on": "2025"}


@pytest.fixture
def at_desk(client, aigul):
    client.force_login(aigul)
    return client


def new(client, path, **values):
    response = client.post(path, typed(client.get(path), **values))
    problems = [problem.text for problem in (response.context or {}).get("problems") or []]
    assert response.status_code == 302, problems
    return response


def test_a_treaty_is_not_a_thing_that_meets_unless_it_declares_a_cadence(at_desk, kg_tj):
    new(at_desk, "/agreements/new/?pair=KG-TJ", **AGREEMENT)
    assert Agreement.objects.get().rhythm == "irregular"
    new(at_desk, "/agreements/new/?pair=KG-TJ", **AGREEMENT | {"title": "Plan"}, cadence="365")
    assert Agreement.objects.get(title="Plan").rhythm == "regular"


def test_a_commission_is_meant_to_meet_unless_said_otherwise(at_desk, kg_tj):
    new(at_desk, "/commissions/new/?pair=KG-TJ", **COMMISSION)
    assert Commission.objects.get().rhythm == "regular"
    new(at_desk, "/commissions/new/?pair=KG-TJ", **COMMISSION | {"title": "Ad hoc"}, rhythm="irregular")
    assert Commission.objects.get(title="Ad hoc").rhythm == "irregular"


def test_the_address_names_what_it_stands_under(at_desk, kg_tj):
    parent = agreement(kg_tj, ref="R1")
    new(at_desk, "/commissions/new/?parent=R1", **COMMISSION)
    made = Commission.objects.get()
    assert (made.parent_id, made.pair_id) == (parent.pk, "KG-TJ")


def test_what_it_may_stand_under_is_of_the_same_pair_and_seen(at_desk, kg_tj):
    here, other = agreement(kg_tj), agreement(Pair.objects.between("KG", "UZ"))
    page = at_desk.get("/agreements/new/?pair=KG-TJ")
    assert set(page.context["form"].fields["parent"].rows) == {str(here.pk)}
    response = at_desk.post("/agreements/new/?pair=KG-TJ", typed(page, **AGREEMENT, parent=other.pk))
    assert response.status_code == 422
    assert "is not offered here" in response.context["problems"][0].text


def test_suspend_and_resume_actions_write_the_suspension(at_desk, kg_tj):
    treaty = agreement(kg_tj)
    path = f"/agreements/{treaty.ref}/edit/"
    row = {"actions__0__action": "SUSPEND", "actions__0__party": "KG"}
    assert at_desk.post(path, typed(at_desk.get(path), **row)).status_code == 422  # it needs its day
    asked = at_desk.post(path, typed(at_desk.get(path), **row, actions__0__acted_on="2020-03"))
    at_desk.post(path, typed(asked))  # it stops the clock, which is shown first
    assert treaty.suspensions.get().started_on == "2020-03"


def test_an_article_with_a_promise_is_not_removed(at_desk, kg_tj):
    treaty = agreement(kg_tj)
    with write.change(treaty, by=write.SYSTEM):
        article = treaty.articles.create(number=1, text="Festivals")
    write.save(Commitment(pair=kg_tj, article=article, text="A festival"), by=write.SYSTEM)
    path = f"/agreements/{treaty.ref}/edit/"
    response = at_desk.post(path, typed(at_desk.get(path), title="Other", articles__0__DELETE="on"))
    treaty.refresh_from_db()
    assert (response.status_code, treaty.title, treaty.articles.count()) == (409, "Treaty", 1)


def test_articles_may_take_each_others_numbers(at_desk, kg_tj):
    """Moved down by one, exchanged, and in the place of one that goes; a promise and the fields stay with each."""
    treaty = agreement(kg_tj)
    texts = ("Festivals", "Films", "Books", "Museums")
    with write.change(treaty, by=write.SYSTEM):
        articles = [treaty.articles.create(number=at, text=text) for at, text in enumerate(texts, start=1)]
    film = Term.objects.filter(vocabulary="field")[0]
    articles[1].fields.set([film])
    write.save(Commitment(pair=kg_tj, article=articles[1], text="A week of films"), by=write.SYSTEM)
    path = f"/agreements/{treaty.ref}/edit/"

    def numbered(**row):
        response = at_desk.post(path, typed(at_desk.get(path), **row))
        assert response.status_code == 302, [problem.text for problem in response.context["problems"]]
        promise = Commitment.objects.get()
        assert (promise.article.text, [*promise.article.fields.all()]) == ("Films", [film])
        return dict(treaty.articles.values_list("text", "number"))

    down = {f"articles__{at}__number": str(at + 2) for at in range(4)}
    assert numbered(**down) == {"Festivals": 2, "Films": 3, "Books": 4, "Museums": 5}
    exchanged = numbered(articles__0__number="3", articles__1__number="2")
    assert exchanged == {"Films": 2, "Festivals": 3, "Books": 4, "Museums": 5}
    removed = numbered(articles__0__number="5", articles__3__DELETE="on")
    assert removed == {"Films": 5, "Festivals": 3, "Books": 4}
    assert {article.pk for article in treaty.articles.all()} == {article.pk for article in articles[:3]}


def test_a_new_row_that_is_taken_back_at_once_is_not_saved(at_desk, kg_tj):
    treaty = agreement(kg_tj)
    treaty.articles.create(number=1, text="Festivals")
    path = f"/agreements/{treaty.ref}/edit/"
    row = {"articles__1__number": "2", "articles__1__text": "Films", "articles__1__DELETE": "on"}
    assert at_desk.post(path, typed(at_desk.get(path), title="Renamed", **row)).status_code == 302
    assert [article.text for article in treaty.articles.all()] == ["Festivals"]


def test_sections_without_a_right_order_of_days_are_explained(at_desk, kg_tj):
    data = typed(at_desk.get("/commissions/new/?pair=KG-TJ"), **COMMISSION, ended_on="2024", tracking="own")
    response = at_desk.post("/commissions/new/?pair=KG-TJ", data)
    assert {problem.target for problem in response.context["problems"]} == {"id_ended_on", "id_tracked_from"}


# Sessions ----------------------------------------------------------------------------------------------------------


def test_a_session_asks_for_its_commission(at_desk, kg_tj):
    commission(kg_tj, ref="R52")
    commission(Pair.objects.between("TJ", "UZ"), ref="R99")
    form = at_desk.get("/sessions/new/").context["form"]
    assert [ref for ref, _name in form.fields["commission"].choices] == ["", "R52"]
    assert '<p class="muted mb-1">Joint commission</p>' in at_desk.get("/sessions/new/?commission=R52").content.decode()
    new(at_desk, "/sessions/new/?commission=R52", number="3", started_on="2020-03-12", outcome="HELD")
    assert Session.objects.get().commission.ref == "R52"
    assert at_desk.get("/sessions/new/?commission=R99").status_code == 403
    assert at_desk.get("/sessions/new/?commission=R00").status_code == 404


def test_a_number_given_twice_is_an_error_and_not_a_crash(at_desk, kg_tj):
    council = commission(kg_tj, ref="R52")
    session(council, number=3)
    data = typed(at_desk.get("/sessions/new/?commission=R52"), number="3", outcome="PLANNED")
    response = at_desk.post("/sessions/new/?commission=R52", data)
    assert (response.status_code, Session.objects.count()) == (422, 1)
    assert "has a session of this number. Give another, or leave it out." in response.content.decode()


def test_the_day_it_was_reported_is_proposed_where_its_own_may_still_be_to_come(at_desk, kg_tj, on_day):
    commission(kg_tj, ref="R52")
    on_day("2026-11-22")
    for began, reported in (("2026-11", "2026-11-22"), ("2026-10", "None"), ("2026-11-20", "None")):
        new(at_desk, "/sessions/new/?commission=R52", started_on=began, outcome="HELD")
        assert str(Session.objects.latest("pk").reported_on) == reported


def test_the_draft_of_a_session_says_what_publishing_it_would_change(at_desk, kg_tj, on_day):
    on_day("2026-11-22")
    council = commission(kg_tj, title="Council", started_on="2016-01-01")
    held = session(council, started_on="2026-03-04", visibility="draft")
    page = at_desk.get(f"/sessions/{held.ref}/edit/")
    assert page.context["foresight"] == [
        "Publishing this would change “Council”: dormant → active until 21 December 2026."
    ]
    assert "→ active until 21 December 2026" in page.content.decode()


# Commitments -------------------------------------------------------------------------------------------------------


def test_a_commitment_names_its_sides_and_offers_what_belongs_to_its_pair(at_desk, kg_tj):
    treaty, other = agreement(kg_tj), agreement(Pair.objects.between("KG", "UZ"))
    here = treaty.articles.create(number=1, text="…")
    other.articles.create(number=1, text="…")
    page = at_desk.get("/commitments/new/?pair=KG-TJ")
    form = page.context["form"]
    assert form.fields["state_a"].label == "State, Kyrgyzstan"
    assert form.fields["article"].widget.choices[1:] == [(str(here.pk), "Treaty, article 1")]
    values = {"text": "A festival every year", "article": here.pk, "due_on": "2027", "fields": []}
    new(at_desk, "/commitments/new/?pair=KG-TJ", **values)
    assert Commitment.objects.get().article == here


def test_a_commitment_of_a_session_takes_its_pair(at_desk, kg_tj):
    decided = session(commission(kg_tj), ref="S5")
    new(at_desk, "/commitments/new/?session=S5", text="A festival")
    assert (Commitment.objects.get().session, Commitment.objects.get().pair) == (decided, kg_tj)
