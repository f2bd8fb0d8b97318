"""Pages of agreements, commissions, sessions and commitments."""

import pytest

from actors.models import Actor
from agreements.models import AgendaItem, AgreementAction, Article, Chair, Commitment
from registry.core import write
from registry.core.models import Source
from tests.cast import agreement, commission, event, session
from tests.words import text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(on_day) -> None:
    on_day("2026-11-22")


def keep(record):
    return write.save(record, by=write.SYSTEM)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"declared_status": "IN_FORCE", "in_force_on": "2017"}, "By its dates, on 22 November 2026: In force."),
        ({"declared_status": "IN_FORCE", "ended_on": "2020"}, "Expired. The two differ."),
        ({"declared_status": "TERMINATED", "ended_on": "2020"}, "Declared status: Terminated."),
        ({"declared_status": "SIGNED", "in_force_on": "2017"}, "In force. The two differ."),
    ],
)
def test_declared_and_computed_status(client, kg_tj, fields: dict, words: str) -> None:
    treaty = agreement(kg_tj, **fields)
    page = text(client.get(treaty.get_absolute_url()))
    assert words in page
    differs = "The two differ." in words
    assert ("The two differ." in page) is differs
    assert ("by its dates:" in text(client.get("/agreements/"))) is differs


def test_an_agreement_shows_articles_actions_and_commitments(client, kg_tj) -> None:
    treaty = agreement(kg_tj, term_months=60)
    article = Article.objects.create(agreement=treaty, number=3, heading="Meetings", text="Every year.")
    hidden = keep(Source(kind="PRESS", title="Inner memo", visibility="draft", desk_id="KG"))
    open_one = keep(Source(kind="PRESS", title="Gazette", visibility="published"))
    AgreementAction.objects.create(agreement=treaty, action="RATIFY", acted_on="2017", party_id="KG", source=open_one)
    AgreementAction.objects.create(agreement=treaty, action="NOTIFY", acted_on="2018", party_id="TJ", source=hidden)
    keep(Commitment(pair=kg_tj, article=article, text="Meet every year", due_on="2020"))
    page = text(client.get(treaty.get_absolute_url()))
    assert "3 Meetings. Every year." in page
    assert "2017 Ratification Kyrgyzstan [1]" in page
    assert "2018 Notification Tajikistan none on file" in page
    assert "Meet every year" in page and "Duration 60 months" in page
    assert "Inner memo" not in page


def test_a_commission_shows_sessions_chairs_and_decisions(client, kg_tj) -> None:
    council = commission(kg_tj, cadence=400)
    met = session(council, number=2)
    AgendaItem.objects.create(session=met, number=1, text="Theatre")
    session(council, number=3, started_on="", planned_on="2021", outcome="PLANNED")
    keep(Commitment(pair=kg_tj, session=met, text="Hold a festival", due_on="2021-05", promised_on="2020-03-12"))
    minister = keep(Actor(name="Minister", type="S_MIN_CULT", sector="STATE", visibility="published"))
    Chair.objects.create(commission=council, side_id="KG", actor=minister, office="Minister of culture")
    page = text(client.get(council.get_absolute_url()))
    assert "Session 2 12 March 2020" in page and "Session 3 planned for 2021" in page
    assert page.count("Unreported") == 1
    assert "Declared cadence 400 days" in page
    assert "Minister of culture Kyrgyzstan" in page
    assert "Overdue Hold a festival" in page
    page = text(client.get(met.get_absolute_url()))
    assert "Held, 12 March 2020." in page and "1 Theatre" in page and "Hold a festival" in page


def test_a_commission_without_sessions_says_so(client, kg_tj) -> None:
    page = text(client.get(commission(kg_tj).get_absolute_url()))
    assert "No session is on file. Not found is not the same as not held." in page


def test_a_promise_shows_both_sides_and_what_keeps_it(client, kg_tj) -> None:
    agreement(kg_tj)  # of none of its kinds of origin, it is seen with its pair
    promise = keep(Commitment(pair=kg_tj, text="Lend a museum’s treasures", due_on="2030", state_a="DONE"))
    page = text(client.get(promise.get_absolute_url()))
    assert "State, Kyrgyzstan Done" in page and "State, Tajikistan not on file" in page
    assert "Nothing that keeps it is on file." in page
    from events.models import Fulfilment

    fair = event(kg_tj, title="Exhibition of treasures")
    keep(Fulfilment(commitment=promise, event=fair, fulfilled_on="2020-05-01"))
    assert "Exhibition of treasures" in text(client.get(promise.get_absolute_url()))
    fair.visibility = "draft"
    write.save(fair, by=write.SYSTEM)
    assert "Exhibition of treasures" not in text(client.get(promise.get_absolute_url()))
