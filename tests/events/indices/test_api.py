"""The indices in the API: what is answered, what is refused, and what it costs."""

from typing import Any

import pytest
from django.test import Client

from agreements.models import Commitment
from continuity.models import TensionEpisode
from events.indices.definitions import BY_CODE
from registry.core.models import Pair
from tests.cast import agreement, commission, event, programme, session
from tests.events.indices.world import actor, held, keep

pytestmark = pytest.mark.django_db
ONE, SEVERAL = "/api/v1/pairs/KG-TJ/indices/", "/api/v1/indices/"


@pytest.fixture
def history(kg_tj: Pair, on_day: Any) -> Pair:
    on_day("2026-11-22")
    fill(kg_tj)
    return kg_tj


def fill(pair: Pair) -> None:
    """Store something of every kind that is counted."""
    mark = pair.ref
    society = actor(f"SOCIETY-{mark}")
    body = commission(pair, ref=f"C-{mark}", parent=agreement(pair, in_force_on="2016-01-10"))
    days = programme(pair, ref=f"P-{mark}", parent=body)
    session(body, ref=f"M-{mark}", started_on="2016-06-01").agenda.create(number=1, text="Festivals")
    held(pair, f"E-{mark}", "2018-05-01", society, initiative=days, with_=(actor(f"STATE-{mark}", "S_MFA", "STATE"),))
    held(pair, f"U-{mark}", "")
    keep(Commitment(pair=pair, ref=f"K-{mark}", text="A festival", due_on="2018"))
    fields = {"title": "Closure", "kind": "OTHER", "visibility": "published"}
    keep(TensionEpisode(pair=pair, ref=f"T-{mark}", started_on="2018-06-01", ended_on="2018-06-30", **fields))


def ask(address: str, **parameters: str) -> Any:
    return Client().get(address, parameters)


def indices(answer: Any) -> dict[tuple[str, str], dict]:
    (result,) = answer.json()["results"]
    return {(one["code"], one["part"]): one for one in result["indices"]}


def test_every_index_says_what_it_is(history: Pair) -> None:
    answer = ask(ONE)
    assert answer.status_code == 200
    found = indices(answer)
    assert {code for code, _part in found} == set(BY_CODE) - {"resilience"}
    for one in found.values():
        assert one["formula"] and one["unit"] and one["label"]
        assert "ids" not in one and ("by_year" in one) == (one["code"] == "stock")
    assert (found["non_state", ""]["numerator"], found["non_state", ""]["denominator"]) == (1, 1)
    assert found["breadth", ""]["value"] is None
    said = answer.json()
    assert said["period"]["first"] == said["period"]["asked_from"] == "2015-01-01"  # the first tracked day
    assert said["period"]["last"] == "2026-11-22"
    (result,) = said["results"]
    assert result["tracking"] | {"of": 0} == {
        "tracked_from": "2015-01-01",
        "tracked_until": None,
        "basis": "assumed",
        "basis_label": "Assumed",
        "days": 4344,
        "of": 0,
    }
    assert result["undated"] == ["U-KG-TJ"]


def test_one_entry_for_each_episode(history: Pair) -> None:
    (episode,) = ask(ONE, index="resilience", ids="1", window="60").json()["results"][0]["resilience"]
    assert episode["episode"]["ref"] == "T-KG-TJ"
    before, during, after = episode["windows"]
    assert (before["first"], before["last"], before["days"]) == ("2018-04-02", "2018-05-31", 60)
    assert {row["led_by"]: row["events"] for row in before["held"]} == {
        "all": 1,
        "state": 0,
        "non_state": 1,
        "unknown": 0,
    }
    assert before["held"][0] == {"led_by": "all", "events": 1, "per_30_days": 0.5, "ids": {"E-KG-TJ": 1}}
    assert (during["window"], after["window"]) == ("during", "after")
    assert episode["survival"]["denominator"] == 2  # the programme and what it stands under: the event revived both
    assert episode["recovery"] is None and episode["waited"] > 3000
    assert ask(ONE, index="youth").json()["results"][0]["resilience"] is None


def test_records_and_years_on_request(history: Pair) -> None:
    found = indices(ask(ONE, ids="1", by="year", index="structure,sessions,stock", to="2018-06-30"))
    assert set(found) == {("structure", ""), ("sessions", ""), ("stock", "all"), ("stock", "cultural")}
    structure = found["structure", ""]
    assert structure["ids"] == {"numerator": {"E-KG-TJ": 1}, "denominator": {"E-KG-TJ": 1}}
    years = structure["by_year"]
    assert [(year["first"], year["last"]) for year in years][-2:] == [
        ("2017-01-01", "2017-12-31"),
        ("2018-01-01", "2018-06-30"),
    ]
    assert sum(year["numerator"] for year in years) == structure["numerator"] == 1
    assert found["stock", "all"]["by_year"][-1]["value"] is None  # the last 31 December has not come within it


def test_the_future_is_not_counted(history: Pair) -> None:
    said = ask(ONE, to="2030-12-31", index="continuity", by="year").json()
    assert (said["period"]["asked_to"], said["period"]["last"]) == ("2030-12-31", "2026-11-22")
    assert "Counted up to today: the rest of the period has not come." in said["results"][0]["notes"]
    assert said["results"][0]["indices"][0]["by_year"][-1]["last"] == "2026-11-22"


def test_days_outside_tracking_are_told(history: Pair, client: Client) -> None:
    (result,) = ask(ONE, **{"from": "2014-01-01", "to": "2015-12-31", "index": "youth"}).json()["results"]
    assert (result["tracking"]["days"], result["tracking"]["of"]) == (365, 730)
    assert any("On 365 of 730 days the record is not claimed to be complete" in note for note in result["notes"])


def test_several_pairs_side_by_side(history: Pair) -> None:
    other = Pair.objects.between("KZ", "UZ")
    fill(other)
    said = ask(SEVERAL, pair="UZ-KZ,KG-TJ", index="non_state", ids="1").json()
    assert [result["pair"] for result in said["results"]] == ["KZ-UZ", "KG-TJ"]
    assert [result["indices"][0]["ids"]["numerator"] for result in said["results"]] == [{"E-KZ-UZ": 1}, {"E-KG-TJ": 1}]
    assert [result["tracking"]["days"] for result in said["results"]] == [0, 4344]
    assert said["results"] == ask(SEVERAL + "?pair=KZ-UZ&pair=KG-TJ&index=non_state&ids=1").json()["results"]


def test_without_tracked_days_ten_years_are_told_of(history: Pair) -> None:
    event(Pair.objects.between("KZ", "UZ"))
    assert ask("/api/v1/pairs/KZ-UZ/indices/").json()["period"]["first"] == "2017-01-01"
    assert ask("/api/v1/pairs/UZ-KZ/indices/?ids=1")["Location"] == "/api/v1/pairs/KZ-UZ/indices/?ids=1"
    assert ask(ONE, to="2012-05-05").json()["period"]["first"] == "2003-01-01"


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("from=2027-01-01", "from"),
        ("from=2016", "from"),
        ("from=1900-01-01", "from"),
        ("from=2020-01-01&to=2019-12-31", "to"),
        ("by=month", "by"),
        ("basis=none", "basis"),
        ("index=continuty", "index"),
        ("window=0", "window"),
        ("ids=yes", "ids"),
        ("pear=KG-TJ", "pear"),
        ("pair=", "pair"),
        ("pair=KG-BR", "pair"),
        ("pair=KG-KG", "pair"),
        ("from=2016-01-01&from=2017-01-01", "from"),
    ],
)
def test_what_cannot_be_read_is_a_problem_document(db: None, on_day: Any, query: str, parameter: str) -> None:
    on_day("2026-11-22")
    response = Client().get(f"{SEVERAL}?{query}")
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    assert parameter in {error["parameter"] for error in response.json()["errors"]}


def test_a_pair_that_may_not_be_seen_is_not_there(history: Pair, aigul: Any) -> None:
    event(Pair.objects.between("KG", "UZ"), visibility="draft")
    hidden, nowhere = ask("/api/v1/pairs/KG-UZ/indices/"), ask("/api/v1/pairs/KG-TM/indices/")
    assert hidden.status_code == nowhere.status_code == 404
    assert ask(SEVERAL, pair="KG-UZ").status_code == ask(SEVERAL, pair="KG-TM").status_code == 400
    client = Client()
    client.force_login(aigul)  # she sees the pair, and the figures that everyone would see
    (result,) = client.get("/api/v1/pairs/KG-UZ/indices/?index=structure").json()["results"]
    assert result["indices"][0]["denominator"] == 0


def test_drafts_move_nothing_whoever_asks(history: Pair, aigul: Any) -> None:
    asked = ONE + "?ids=1&by=year"
    before = ask(asked).json()
    secret = commission(history, ref="DRAFT-C", visibility="draft", cadence=30)
    session(commission(history, visibility="staff_only"), started_on="2019-01-01")
    session(secret, started_on="2019-01-01")
    held(history, "DRAFT-E", "2018-06-05", actor("DRAFT-A", visibility="draft"), visibility="draft")
    agreement(history, in_force_on="2017-01-01", visibility="draft")
    keep(TensionEpisode(pair=history, title="Draft", kind="OTHER", started_on="2018-05-15", ended_on="2018-05-20"))
    assert ask(asked).json() == before
    client = Client()
    client.force_login(aigul)
    assert client.get(asked).json() == before


def test_statements_are_as_many_for_many_pairs_and_years(history: Pair, django_assert_num_queries: Any) -> None:
    ask(SEVERAL, pair="KG-TJ,KZ-UZ")  # what countries there are is asked once in the life of a process
    # the pairs asked for. Then initiatives, kinds of programmes, activities,
    # suspensions, lapses; events, who takes part, fields, audiences; sessions with the fields and items of their
    # agenda; agreements, their fields; fulfilments, commitments; episodes
    with django_assert_num_queries(18):
        assert ask(SEVERAL, pair="KG-TJ").status_code == 200
    for sides in (("KZ", "UZ"), ("TJ", "UZ")):
        fill(Pair.objects.between(*sides))
    with django_assert_num_queries(18):
        answer = ask(SEVERAL, pair="KG-TJ,KZ-UZ,TJ-UZ", by="year", ids="1", **{"from": "1990-01-01"})
    assert [len(result["indices"]) for result in answer.json()["results"]] == [28] * 3


def test_the_root_names_it() -> None:
    assert ask("/api/v1/").json()["lists"]["indices"].endswith(SEVERAL)


def test_labels_follow_the_language(history: Pair) -> None:
    said = ask(ONE, index="youth", lang="ru").json()
    assert said["results"][0]["pair_label"].startswith("Кыргызстан")
