"""States on any day, lapses, activities and relations through the API."""

import json
from itertools import product
from typing import Any

import pytest
from django.test import Client

from continuity.models import Relation, Suspension, TensionEpisode
from registry.core import days, write
from registry.core.models import Pair
from tests.cast import agreement, commission, event, make, programme, session


def get(path: str) -> Any:
    answer = Client().get(f"/api/v1/{path}", follow=True)
    assert answer.status_code == 200, answer.content
    return answer.json()


def rows(path: str) -> dict[str, Any]:
    return {row["ref"]: row for row in get(path)["results"]}


@pytest.fixture
def council(kg_tj: Pair, on_day: Any) -> Any:
    """A commission that last met on 12 March 2019; today is 1 January 2021."""
    on_day("2021-01-01")
    treaty = agreement(kg_tj, ref="TREATY")
    council = commission(kg_tj, ref="COUNCIL", title="Council", parent=treaty)
    session(council, ref="MET", started_on="2019-03-12", number=2)
    return council


CONTINUITY = ("state", "last_activity_on", "due_on", "lapses_on", "cadence_days", "cadence_source", "grace_days")


@pytest.mark.parametrize("path", ["initiatives/?kind=commission", "commissions/?x", "commissions/COUNCIL/?x"])
@pytest.mark.parametrize(
    ("as_of", "answer"),
    [
        ("", ("dormant", "2019-03-12", "2020-03-11", "2020-09-09", 365, "default", 182)),
        ("2020-04-01", ("overdue", "2019-03-12", "2020-03-11", "2020-09-09", 365, "default", 182)),
        ("2019-04-01", ("active", "2019-03-12", "2020-03-11", "2020-09-09", 365, "default", 182)),
        ("2014-12-31", ("planned", None, None, None, None, None, None)),
    ],
)
def test_the_state_on_any_day(council: Any, path: str, as_of: str, answer: tuple) -> None:
    found = get(path.replace("?x", "?") + (f"&as_of={as_of}" if as_of else ""))
    row = found["results"][0] if "results" in found else found
    assert tuple(row[name] for name in CONTINUITY) == answer
    assert (row["kind"], row["tracking_basis"]) == ("commission", "assumed")


def test_the_answer_explains_itself_in_the_language_asked_for(council: Any) -> None:
    row = get("commissions/COUNCIL/?lang=en")
    assert row["explanation"] == (
        "No session since 12 March 2019. One is expected every 365 days (default for commissions). "
        "Overdue since 12 March 2020, dormant since 10 September 2020."
    )
    assert "12 марта 2019" in get("commissions/COUNCIL/?lang=ru")["explanation"]
    assert row["state_label"] == "Dormant"


def test_a_suspension_is_named_in_the_sentence(council: Any) -> None:
    Suspension.objects.create(initiative=council, started_on="2020-12-01")
    council.written()
    row = get("initiatives/?kind=commission")["results"][0]
    assert (row["state"], row["explanation"]) == ("suspended", "Suspended since 1 December 2020.")
    (suspension,) = get("suspensions/?initiative=COUNCIL")["results"]
    assert (suspension["started_on"], suspension["initiative"]["ref"]) == ("2020-12-01", "COUNCIL")


def test_series_are_told_by_editions(kg_tj: Pair, on_day: Any) -> None:
    on_day("2021-01-01")
    days = programme(kg_tj, ref="DAYS")
    event(kg_tj, initiative=days, started_on="2020-05-01")
    assert get("initiatives/")["results"][0]["explanation"].startswith("Last edition on 1 May 2020.")
    assert get("programmes/DAYS/")["explanation"].startswith("Last edition on 1 May 2020.")


@pytest.mark.parametrize(
    ("tracking", "basis"),
    [({}, "assumed"), ({"tracking": "none"}, None), ({"tracking": "own", "tracked_from": "2020-01-01"}, "declared")],
)
def test_on_whose_word_completeness_is_claimed(kg_tj: Pair, tracking: dict[str, str], basis: str | None) -> None:
    commission(kg_tj, **tracking)
    assert get("initiatives/")["results"][0]["tracking_basis"] == basis


def test_activities_count_for_what_stands_above(council: Any) -> None:
    own, above = (get(f"activities/?initiative={ref}")["results"][0] for ref in ("COUNCIL", "TREATY"))
    for row in (own, above):
        assert (row["day"], row["substantive"], row["evidence"]) == ("2019-03-12", True, "session")
        assert (row["record"]["ref"], row["origin"]["ref"]) == ("MET", "COUNCIL")
    assert above["url"].endswith("/agreements/TREATY/")
    assert get("activities/?evidence=event,entry")["results"] == []
    assert len(get("activities/?day_after=2019-03-12&day_before=2019-03-12")["results"]) == 2


def test_a_lapse_names_the_episodes_it_overlaps(council: Any, kg_tj: Pair) -> None:
    for ref, first, last, visibility in (
        ("BEFORE", "2019-05", "2020-09-09", "published"),
        ("DURING", "2020-10", "", "published"),
        ("HIDDEN", "2020-10", "", "draft"),
    ):
        episode = TensionEpisode(
            ref=ref, pair=kg_tj, title=ref, kind="OTHER", started_on=first, ended_on=last, visibility=visibility
        )
        write.save(episode, by=write.SYSTEM)
    (lapse,) = get("lapses/?initiative=COUNCIL&open=YES")["results"]
    assert (lapse["began_on"], lapse["ended_on"], lapse["ended_by"]) == ("2020-09-10", None, None)
    assert [episode["ref"] for episode in lapse["overlaps"]] == ["DURING"]
    session(council, ref="AGAIN", started_on="2020-12-01", number=3)
    (lapse,) = get("lapses/?ended_by=activity&ended_after=2020")["results"]
    assert (lapse["ended_on"], lapse["ended_by_label"]) == ("2020-12-01", "activity")


def test_relations_of_visible_initiatives_only(kg_tj: Pair) -> None:
    old, new, draft = (
        programme(kg_tj, ref=ref, title=ref, visibility=visibility)
        for ref, visibility in (("OLD", "published"), ("NEW", "published"), ("DRAFT", "draft"))
    )
    Relation.objects.create(ref="R1", source=new, kind="SUPERSEDES", target=old)
    Relation.objects.create(ref="R2", source=draft, kind="SUPERSEDES", target=new)
    found = rows("relations/?initiative=NEW")
    assert list(found) == ["R1"]
    assert (found["R1"]["from_initiative"]["ref"], found["R1"]["to_initiative"]["ref"]) == ("NEW", "OLD")


def test_episodes_and_milestones(kg_tj: Pair) -> None:
    episode = make(
        TensionEpisode,
        {"pair": kg_tj, "title": "Closure", "kind": "BORDER_CLOSURE", "started_on": "2021-05"},
        {"ref": "EPISODE", "intensity": 4},
    )
    for query in ("intensity=4,5", "kind=BORDER_CLOSURE", "started_after=2021-05-31", "country=TJ", "q=closure"):
        assert list(rows(f"tension-episodes/?{query}")) == [episode.ref], query
    for query in ("intensity=5", "started_after=2021-06", "ended_after=2000", "country=NA"):
        assert list(rows(f"tension-episodes/?{query}")) == [], query


def test_permalinks_keep_the_day_that_was_asked_for(council: Any, on_day: Any) -> None:
    day = "as_of=2020-04-01"
    row = get(f"commissions/?{day}")["results"][0]
    assert row["url"].endswith(f"/commissions/COUNCIL/?{day}")
    assert row["api"].endswith(f"/api/v1/commissions/COUNCIL/?{day}")
    assert row["parent"]["url"].endswith(f"/agreements/TREATY/?{day}")
    assert row["parent"]["api"].endswith(f"/api/v1/agreements/TREATY/?{day}")
    assert get(f"commissions/COUNCIL/?{day}")["parent"]["api"] == row["parent"]["api"]
    assert day in get(f"initiatives/?limit=1&{day}")["next"]


def test_without_a_day_permalinks_are_plain(council: Any) -> None:
    get("commissions/?as_of=2020-04-01")
    row = get("commissions/")["results"][0]
    assert "as_of" not in f"{row['url']} {row['api']} {row['parent']}"
    assert row["url"].endswith("/commissions/COUNCIL/") and row["parent"]["api"].endswith("/agreements/TREATY/")


def test_today_is_kept_where_it_was_asked_for(council: Any) -> None:
    """The answer is that of today, and a link copied from it says the same tomorrow."""
    assert get("commissions/?as_of=2021-01-01")["results"][0]["url"].endswith("/COUNCIL/?as_of=2021-01-01")


def test_a_lapse_says_how_long_it_was_and_what_revived_it(council: Any, kg_tj: Pair) -> None:
    event(kg_tj, ref="CONCERT", initiative=council, started_on="2020-12-01")
    second, first = get("lapses/?count=1")["results"]
    assert (first["began_on"], first["ended_on"], first["days"]) == ("2017-07-02", "2019-03-12", 618)
    assert (first["is_revival"], first["ended_by"], first["pair"]) == (True, "activity", "KG-TJ")
    assert [one["ref"] for one in first["revived_by"]] == ["MET"]
    assert [(one["kind"], one["ref"]) for one in second["revived_by"]] == [("event", "CONCERT")]
    assert get(f"lapses/{first['ref']}/") == first
    assert get("lapses/?ordering=-days")["results"][0] == first


def test_a_lapse_on_another_day(council: Any) -> None:
    first = get("lapses/?ordering=began_on")["results"][0]["ref"]
    (row,) = get("lapses/?as_of=2018-01-01")["results"]
    assert (row["ref"], row["ended_on"], row["days"], row["is_revival"]) == (first, None, 184, False)
    assert row["url"].endswith(f"/lapses/{first}/?as_of=2018-01-01")
    assert get(f"lapses/{first}/?as_of=2018-01-01") == row
    assert Client().get(f"/api/v1/lapses/{first}/?as_of=2017-07-01").status_code == 404
    assert Client().get(f"/api/v1/lapses/{first}/?as_of=2017-13-01").status_code == 400


def test_a_lapse_to_come_is_told_with_its_initiative(council: Any) -> None:
    session(council, started_on="2020-12-01", number=3)
    row = get("lapses/?as_of=2022-06-02")["results"][0]
    assert (row["began_on"], row["days"], row["ref"], row["api"], row["version"]) == ("2022-06-02", 1, None, None, 1)
    assert row["url"].endswith("/commissions/COUNCIL/?as_of=2022-06-02")
    assert get("lapses/?as_of=2022-06-01&count=1")["count"] == 2


def test_a_lapse_that_begins_today_is_told_before_the_sweep_has_met_it(council: Any, on_day: Any) -> None:
    session(council, started_on="2020-12-01", number=3)
    for day, began in (("2022-06-01", ["2020-09-10", "2017-07-02"]), ("2022-06-02", ["2022-06-02", "2020-09-10"])):
        on_day(day)
        rows = get("lapses/?pair=KG-TJ&fields=began_on")["results"]
        assert [row["began_on"] for row in rows[:2]] == began


@pytest.mark.parametrize("as_of", ["2020-11-01", "2021-01-01", "2030-01-01"])
def test_lapses_are_paged_by_key_on_any_day(council: Any, kg_tj: Pair, as_of: str) -> None:
    for number in range(3):
        programme(kg_tj, title=f"Days {number}", started_on="2016-01-01")
    for name, sign in product(("began_on", "days", "ref", "id"), ("", "-")):
        query = f"ordering={sign}{name}&as_of={as_of}"
        at_once = [(row["initiative"]["ref"], row["began_on"]) for row in get(f"lapses/?{query}")["results"]]
        found, path = [], f"lapses/?limit=2&{query}"
        while path:
            page = get(path)
            found += [(row["initiative"]["ref"], row["began_on"]) for row in page["results"]]
            path = (page["next"] or "").partition("/api/v1/")[2]
        assert found == at_once and len(set(found)) == len(found) >= 5, query


def test_a_file_holds_the_lapses_of_the_day_with_their_links(council: Any) -> None:
    as_json = get("lapses/?as_of=2018-01-01")["results"]
    answer = Client().get("/api/v1/lapses/?as_of=2018-01-01&format=jsonl")
    assert [json.loads(line) for line in answer.getvalue().splitlines()] == as_json != []
    assert days.asked() is None
    head, first, *_rest = Client().get("/api/v1/lapses/?format=csv").getvalue().decode().splitlines()
    cells = dict(zip(head.split(","), first.split(","), strict=True))
    assert (cells["initiative_ref"], cells["began_on"], cells["days"]) == ("COUNCIL", "2020-09-10", "114")
    assert {"revived_by_refs", "overlaps_refs"} <= set(cells)
    page = Client().get("/lapses/?as_of=2018-01-01&ordering=-days").content.decode()
    assert 'href="/api/v1/lapses/?as_of=2018-01-01&amp;ordering=-days&amp;format=jsonl"' in page
