"""The order of what a search finds: called just so, then beginning so, then the rest, newest first within each."""

from collections.abc import Iterator
from random import Random

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from actors.models import Actor
from events.models import Event
from registry.core import fold, write
from registry.core.models import Alias, Pair
from registry.core.ranks import best_first, ranks
from tests.cast import event, make

FESTIVALS = (
    ("NEW", "Festival of folk music", "2024-05-01"),
    ("EXACT", "Folk music", "2001"),
    ("OLDER", "Folk music and dance", "2003-01-10"),
    ("EXACT-2", "Folk  music!", "2011-07"),
    ("OTHER", "A concert of folk music", "2020"),
    ("BEGINS", "Folk music in Osh", "2019-02"),
    ("APART", "Music of the folk theatre", "2022"),
    ("UNDATED", "Folk music of the mountains", ""),
)
IN_ORDER = ["EXACT-2", "EXACT", "BEGINS", "OLDER", "UNDATED", "NEW", "APART", "OTHER"]


@pytest.fixture
def festivals(kg_tj: Pair) -> Pair:
    for ref, title, day in FESTIVALS:
        event(kg_tj, ref=ref, title=title, started_on=day)
    event(kg_tj, ref="NOT-FOUND", title="Folk theatre")
    return kg_tj


def followed(path: str) -> Iterator[list[str]]:
    """Yield the references of each page of a list, to its end."""
    address = f"/api/v1/{path}"
    while address:
        answer = Client().get(address)
        assert answer.status_code == 200, answer.content
        yield [row["ref"] for row in answer.json()["results"]]
        address = answer.json()["next"]


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 8, 50])
def test_pages_of_a_search_make_up_the_whole(festivals: Pair, limit: int) -> None:
    pages = list(followed(f"events/?q=folk+music&limit={limit}"))
    assert [ref for page in pages for ref in page] == IN_ORDER
    assert all(len(page) == limit for page in pages[:-1]) and pages[-1]


def test_ordering_overrides(festivals: Pair) -> None:
    by_day = [ref for page in followed("events/?q=folk+music&ordering=-day&limit=3") for ref in page]
    assert by_day == ["NEW", "APART", "OTHER", "BEGINS", "EXACT-2", "OLDER", "EXACT", "UNDATED"]


def test_a_file_has_the_same_order(festivals: Pair) -> None:
    lines = b"".join(Client().get("/api/v1/events/?q=folk+music&format=csv").streaming_content).decode().splitlines()
    assert [line.partition(",")[0] for line in lines[1:]] == IN_ORDER


def test_pages_have_the_same_order(festivals: Pair) -> None:
    for path in ("/events/?q=folk+music", "/search/?q=folk+music"):
        page = Client().get(path).content.decode()
        places = [page.index(f"/events/{ref}/") for ref in IN_ORDER if f"/events/{ref}/" in page]
        assert len(places) >= 5 and places == sorted(places), path


def test_rows_written_between_two_pages_of_a_search(festivals: Pair) -> None:
    first = Client().get("/api/v1/events/?q=folk+music&limit=3").json()
    assert [row["ref"] for row in first["results"]] == IN_ORDER[:3]
    event(festivals, ref="AHEAD", title="Folk music", started_on="2023")  # in a rank that is over
    event(festivals, ref="BEHIND", title="Folk music by the lake", started_on="2002")
    Event.objects.get(ref="BEGINS").delete()  # the row of the cursor itself
    Event.objects.get(ref="OTHER").delete()
    path = first["next"].partition("/api/v1/")[2]
    rest = [ref for page in followed(path) for ref in page]
    assert rest == ["OLDER", "BEHIND", "UNDATED", "NEW", "APART"]


def test_what_has_no_words_has_no_ranks(festivals: Pair) -> None:
    assert ranks(fold.canonical("!?")) == ()
    found = [ref for page in followed("events/?q=!%3F&limit=4") for ref in page]
    assert found == [ref for page in followed("events/") for ref in page]


@pytest.mark.parametrize("seed", range(3))
def test_any_search_in_pages_of_one_is_the_whole(kg_tj: Pair, seed: int) -> None:
    """Random titles of few words, so that many share rank and day; each query against the order worked out by hand."""
    random = Random(seed)
    words = ("days", "of", "culture", "day")
    for number in range(25):
        title = " ".join(random.choices(words, k=random.randint(1, 3)))
        event(kg_tj, ref=f"E-{number:02}", title=title, started_on=random.choice(("2019", "2020-05-01", "")))
    for query in ("days", "day", "culture", "days of", "of culture", "cult"):
        found = [row for row in Event.objects.all() if all(word in row.title for word in query.split())]
        found.sort(key=lambda row: (row.sort_day, row.pk), reverse=True)
        found.sort(key=lambda row: (row.title != query, not row.title.startswith(query)))
        whole = [row.ref for row in found]
        assert list(followed(f"events/?q={query}&limit=200")) == [whole]
        assert [page[0] for page in followed(f"events/?q={query}&limit=1")] == whole
        assert [row.ref for row in best_first(Event.objects.search(query), query)] == whole


def test_a_title_in_any_script_and_by_any_alias_is_the_title(kg_tj: Pair) -> None:
    Alias.objects.create(form="navroz", canonical="nowruz")
    Alias.objects.create(form="navruz", canonical="nowruz")
    event(kg_tj, ref="UZBEK", title="Наврўз", started_on="2001")
    event(kg_tj, ref="RUSSIAN", title="Spring", titles={"ru": "Навруз", "tg": "Наврӯз дар Хуҷанд"}, started_on="2002")
    event(kg_tj, ref="LONG", title="Navro‘z bayrami", started_on="2020")
    event(kg_tj, ref="WITHIN", title="Concert at Nowruz", started_on="2024")
    for query in ("Навруз", "navro'z", "NOWRUZ"):
        assert list(followed(f"events/?q={query}")) == [["RUSSIAN", "UZBEK", "LONG", "WITHIN"]]


def test_names_do_not_run_into_one_another(kg_tj: Pair) -> None:
    """Words of which one ends a title and the next begins another are no name, and no word is found across a joint."""
    event(kg_tj, ref="TWO", title="Days of culture", titles={"de": "Kulturtage"})
    for query in ("culture kulturtage", "sof", "þ", "ofculture"):
        found = list(followed(f"events/?q={query}"))
        assert found == ([["TWO"]] if query == "culture kulturtage" else [[]]), query
    assert Event.objects.filter(*ranks("culture kulturtage")[:1]).count() == 0
    assert Event.objects.filter(*ranks("days")[:1]).count() == 0


def test_other_names_of_an_actor_rank_it(world: None) -> None:
    union = make(Actor, {"name": "Union of composers", "type": "N_UNION", "sector": "NON_STATE"}, {"ref": "UNION"})
    make(Actor, {"name": "A society", "type": "N_UNION", "sector": "NON_STATE"}, {"ref": "LATER"})
    with write.change(Actor.objects.get(ref="LATER"), by=write.SYSTEM) as later:
        later.save()
        later.other_names.create(name="Old union of composers", language="en")
    with write.change(union, by=write.SYSTEM):
        union.save()
        union.other_names.create(name="Composers", language="en")
    assert list(followed("actors/?q=composers")) == [["UNION", "LATER"]]


def test_a_search_takes_few_queries(festivals: Pair) -> None:
    client = Client()
    client.get("/api/v1/events/?q=folk+music")
    with CaptureQueriesContext(connection) as queries:
        client.get("/api/v1/events/?q=folk+music")
    # aliases; a statement for each of three ranks; then once, for all rows: places, fields, audiences,
    # countries also involved, participations, numbers sent (no initiatives, sessions and former states here, else one
    # more for each)
    assert len(queries) == 10
    with CaptureQueriesContext(connection) as queries:
        client.get("/api/v1/events/?q=folk+music&limit=1")
    assert len(queries) == 3  # the first rank fills the page; what a single row has none of is asked at once


def test_what_is_stored_is_brought_up_to_date_by_a_job(festivals: Pair) -> None:
    from registry.core.management.commands.refold import refold

    Event.objects.update(folded="folk music")  # as it was stored before names stood in one piece
    assert ranks("folk music") and Event.objects.filter(ranks("folk music")[0]).count() == 0
    assert refold() >= len(FESTIVALS)
    assert Event.objects.filter(ranks("folk music")[0]).count() == 2


def test_the_folding_of_a_name(world: None) -> None:
    made = fold.stored(["N-1", "Days of culture", "Uzbekistan"], ["Days of culture"])
    assert made == "þþdaysþofþcultureþþ n 1 uzbekistan"
