"""The pages of lapses: what is listed, filtered and counted; what people write, and that it stays."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from continuity import door
from continuity.models import Lapse, TensionEpisode
from registry.core import write
from registry.core.models import Pair, Revision, Source, Term
from tests.cast import commission, event, make, session
from tests.sheets import typed
from tests.words import text

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def council(kg_tj: Pair, on_day: Any) -> Any:
    """A commission that lapsed twice, from 2 July 2017 and from 10 September 2020; today is 1 January 2021."""
    on_day("2021-01-01")
    council = commission(kg_tj, ref="COUNCIL", title="Council")
    session(council, ref="MET", started_on="2019-03-12", number=2)
    return council


@pytest.fixture
def second(council: Any) -> Lapse:
    return Lapse.objects.latest("began_on")


def episode(pair: Pair, title: str, **fields: Any) -> TensionEpisode:
    return make(TensionEpisode, {"pair": pair, "title": title, "kind": "OTHER", "started_on": "2020-10"}, fields)


# The list ------------------------------------------------------------------------------------------------------------


def test_the_list_says_of_each_lapse_how_it_ended_and_what_it_overlaps(
    client: Client, council: Any, kg_tj: Pair
) -> None:
    episode(kg_tj, "Closure")
    words = text(client.get("/lapses/"))
    assert "1 open 1 activity" in words
    assert "Council Kyrgyzstan and Tajikistan, commission 10 September 2020 still open 114 Closure" in words
    assert "2 July 2017 12 March 2019, activity (a revival) 618 Session 2, Council no episode on file" in words
    assert "2020 1 1 0 114 2017 1 0 1 618" in words


CHOSEN = {
    "": 2,
    "pair=TJ-KG": 2,
    "country=KG": 2,
    "country=UZ": 0,
    "kind=commission": 2,
    "kind=programme": 0,
    "field=HERITAGE": 2,  # of two fields it has, each lapse once
    "field=HERITAGE,TOURISM": 2,
    "field=SPORT": 0,
    "initiative=COUNCIL": 2,
    "open=YES": 1,
    "open=NO": 1,
    "open=YES,NO": 2,
    "ended_by=activity": 1,
    "ended_by=suspension": 0,
    "began_after=2020-09-10": 1,
    "began_before=2020-09-09": 1,
    "ended_after=2019-03-12&ended_before=2019-03-12": 1,
    "ended_before=2019-03-11": 0,
    "shortest=114": 2,
    "shortest=115": 1,
    "longest=114": 1,
    "in_tension=YES": 1,
    "in_tension=NO": 1,
    "episode=CLOSURE": 1,
    "has_cause=YES": 1,
    "has_cause=NO": 1,
    "q=flood": 1,
    "as_of=2018-01-01": 1,
    "as_of=2018-01-01&open=YES&ended_by=activity": 0,
    "as_of=2020-09-10&in_tension=YES": 0,  # the closure had not begun by then
    "as_of=2023-01-01&open=YES": 1,
    "as_of=2023-01-01&shortest=800": 1,
}


def test_every_filter_chooses_on_page_and_in_the_api(client: Client, council: Any, kg_tj: Pair, second: Lapse) -> None:
    episode(kg_tj, "Closure", ref="CLOSURE")
    council.fields.set(Term.objects.filter(vocabulary="field", code__in=["HERITAGE", "TOURISM"]))
    second.cause = "A flood"
    write.save(second, by=write.SYSTEM)
    told = {query: client.get(f"/api/v1/lapses/?count=1&{query}").json() for query in CHOSEN}
    assert {query: answer["count"] for query, answer in told.items()} == CHOSEN
    assert {query: len(answer["results"]) for query, answer in told.items()} == CHOSEN
    few = [query for query in CHOSEN if query.startswith(("field=HERITAGE", "in_tension=YES", "as_of=2023"))]
    assert {query: client.get(f"/lapses/?{query}").context["count"] for query in few} == {q: CHOSEN[q] for q in few}


@pytest.mark.parametrize("query", ["open=maybe", "shortest=0", "episode=NOWHERE", "ordering=title", "as_of=soon"])
def test_what_cannot_be_looked_for_is_named(client: Client, council: Any, query: str) -> None:
    response = client.get(f"/lapses/?{query}")
    assert response.status_code == 400 and query.split("=")[1] in text(response)
    assert client.get(f"/api/v1/lapses/?{query}").status_code == 400


def test_the_longest_stand_first_where_it_is_asked(client: Client, council: Any) -> None:
    for ordering, years in (("", ["2020", "2017"]), ("-days", ["2017", "2020"]), ("-began_on", ["2020", "2017"])):
        rows = client.get(f"/lapses/?ordering={ordering}").context["table"].rows
        assert [str(row.began_on.year) for row in rows] == years


def test_a_tally_leads_to_the_rows_it_counts_on_the_day_asked(client: Client, council: Any) -> None:
    tallies = client.get("/lapses/?pair=KG-TJ&as_of=2020-10-01").context["tallies"]
    assert [(str(tally.name), tally.count) for tally in tallies] == [("open", 1), ("activity", 1)]
    for tally in tallies:
        response = client.get(tally.address)
        assert response.context["count"] == tally.count and response.context["day"] == date(2020, 10, 1)


# One lapse -----------------------------------------------------------------------------------------------------------


def test_the_page_of_a_lapse_says_what_revived_it(client: Client, council: Any, kg_tj: Pair) -> None:
    first = Lapse.objects.earliest("began_on")
    episode(kg_tj, "Closure", started_on="2018", ended_on="2018")
    words = text(client.get(first.get_absolute_url()))
    assert "Council: lapse from 2 July 2017" in words
    assert "No session on file since its start (1 January 2016)." in words
    assert "First day 2 July 2017 First day after 12 March 2019 Length 618 days Ended by activity (a revival)" in words
    assert "What revived it 1" in words and "Session 2, Council" in words
    assert "Closure Other 2018" in words and "a coincidence of dates, not a cause" in words


def test_the_page_of_a_lapse_as_of_a_day(client: Client, council: Any, kg_tj: Pair) -> None:
    first = Lapse.objects.earliest("began_on")
    episode(kg_tj, "Closure", started_on="2018-02", ended_on="2018")
    words = text(client.get(f"/lapses/{first.ref}/?as_of=2018-01-31"))
    assert "First day after still open Length 214 days so far Ended by nothing yet" in words
    assert "What revived it" not in words and "No episode of tension on file overlaps it." in words
    assert client.get(f"/lapses/{first.ref}/?as_of=2017-07-01").status_code == 404


def test_initiative_and_episode_lead_to_the_lapse_as_it_was_on_the_day(
    client: Client, council: Any, kg_tj: Pair
) -> None:
    first = Lapse.objects.earliest("began_on")
    closure = episode(kg_tj, "Closure", started_on="2018-02")
    for page in (council, closure):
        response = client.get(f"{page.get_absolute_url()}?as_of=2018-03-01")
        assert f'href="/lapses/{first.ref}/?as_of=2018-03-01"' in response.content.decode()
        words = text(response)
        assert "2 July 2017 still open 243" in words and "10 September 2020" not in words
    assert 'href="/lapses/?pair=KG-TJ"' in client.get("/pairs/KG-TJ/").content.decode()


# What people write ---------------------------------------------------------------------------------------------------


def test_a_desk_says_what_it_holds_to_be_the_cause(client: Client, second: Lapse, farrukh: Any) -> None:
    source = write.save(Source(kind="PRESS", title="News", visibility="published"), by=write.SYSTEM)
    client.force_login(farrukh)
    form = f"/lapses/{second.ref}/edit/"
    assert f'href="{form}"' in client.get(second.get_absolute_url()).content.decode()
    data = typed(client.get(form), cause="An election", note="By its chair", source=source.ref)
    data["source"] = [client.get(form).context["form"].fields["source"].prepare_value(source) or data["source"][0]]
    assert client.post(form, data).url == second.get_absolute_url()
    second.refresh_from_db()
    assert (second.cause, second.note, second.source, second.version) == ("An election", "By its chair", source, 2)
    for page in (second.get_absolute_url(), "/commissions/COUNCIL/", "/lapses/"):
        assert "An election" in text(client.get(page)), page


def test_it_survives_a_recomputation_that_moves_the_lapse(
    client: Client, council: Any, second: Lapse, aigul: Any
) -> None:
    client.force_login(aigul)
    form = f"/lapses/{second.ref}/edit/"
    client.post(form, typed(client.get(form), cause="An election"))
    session(council, started_on="2019-05-01", number=3)
    door.rebuild()
    (row,) = Lapse.objects.filter(void=False, cause="An election")
    assert (row.ref, str(row.began_on)) == (second.ref, "2020-10-30")


def test_the_first_word_can_be_taken_back(client: Client, second: Lapse, aigul: Any) -> None:
    client.force_login(aigul)
    form = f"/lapses/{second.ref}/edit/"
    client.post(form, typed(client.get(form), cause="An election"))
    words = text(client.get(f"/lapses/{second.ref}/history/"))
    assert "Cause – An election" in words and "By the registry itself" in words
    first = Revision.objects.filter(ref=second.ref).earliest("pk")
    client.post(f"/revisions/{first.pk}/restore/")
    second.refresh_from_db()
    assert (second.cause, second.version) == ("", 3)


def test_a_colleague_who_saved_in_between_is_not_overwritten(client: Client, second: Lapse, aigul: Any) -> None:
    client.force_login(aigul)
    form = f"/lapses/{second.ref}/edit/"
    mine = typed(client.get(form), cause="Mine")
    second.cause = "Theirs"
    write.save(second, by=write.SYSTEM)
    response = client.post(form, mine)
    assert response.status_code == 409 and "Theirs" in text(response) and "Mine" in response.content.decode()


def test_nobody_else_writes_and_nobody_makes_or_deletes_one(client: Client, second: Lapse, nurlan: Any) -> None:
    form = f"/lapses/{second.ref}/edit/"
    assert client.get(form).url == f"/sign-in/?next={form}"
    client.force_login(nurlan)
    assert client.get(form).status_code == client.post(form, {"cause": "x"}).status_code == 403
    assert client.get("/lapses/new/").status_code == client.get(f"/lapses/{second.ref}/delete/").status_code == 404


# What is hidden ------------------------------------------------------------------------------------------------------


def test_the_lapses_of_a_draft_are_its_desks_own(client: Client, kg_tj: Pair, on_day: Any, aigul: Any) -> None:
    on_day("2021-01-01")
    commission(kg_tj, title="Secret", visibility="draft")
    lapse = Lapse.objects.get()
    for day in ("", "2020-01-01", "2030-01-01"):
        assert client.get(f"/lapses/?as_of={day}").context["count"] == 0
        assert client.get(f"/api/v1/lapses/?count=1&as_of={day}").json()["count"] == 0
        assert client.get(f"/lapses/{lapse.ref}/?as_of={day}").status_code == 404
    client.force_login(aigul)
    assert client.get("/lapses/?as_of=2030-01-01").context["count"] == 1


def test_a_draft_episode_is_told_by_no_overlap_filter_or_count(
    client: Client, council: Any, kg_tj: Pair, aigul: Any
) -> None:
    episode(kg_tj, "Hidden closure", ref="HIDDEN", visibility="draft")
    open_lapse = Lapse.objects.latest("began_on")
    for page in ("/lapses/", open_lapse.get_absolute_url(), "/commissions/COUNCIL/", "/api/v1/lapses/"):
        assert "HIDDEN" not in client.get(page).content.decode(), page
    assert client.get("/lapses/?in_tension=YES").context["count"] == 0
    assert client.get("/api/v1/lapses/?count=1&in_tension=NO").json()["count"] == 2
    hidden, nowhere = (client.get(f"/api/v1/lapses/?episode={ref}") for ref in ("HIDDEN", "NOWHERE"))
    assert hidden.status_code == nowhere.status_code == 400
    assert hidden.content.replace(b"HIDDEN", b"NOWHERE") == nowhere.content
    client.force_login(aigul)
    assert client.get("/lapses/?in_tension=YES&episode=HIDDEN").context["count"] == 1


@pytest.mark.parametrize("visibility", ["draft", "staff_only"])
def test_what_is_hidden_revives_nothing(client: Client, council: Any, kg_tj: Pair, visibility: str) -> None:
    """Held on the day of the true revival, and again in the lapse that is open."""
    for day in ("2019-03-12", "2020-12-01"):
        event(kg_tj, title="Hidden evening", initiative=council, started_on=day, visibility=visibility)
        session(council, ref=f"HIDDEN-{day}", started_on=day, visibility=visibility, number=int(day[:4]))
    assert client.get("/lapses/?open=YES").context["count"] == 1
    for row in client.get("/api/v1/lapses/").json()["results"]:
        assert [one["ref"] for one in row["revived_by"]] in ([], ["MET"])
    first = Lapse.objects.earliest("began_on")
    for page in ("/lapses/", first.get_absolute_url()):
        assert "HIDDEN" not in client.get(page).content.decode() and "Hidden" not in client.get(page).content.decode()


def test_a_source_that_is_hidden_is_not_named(client: Client, second: Lapse) -> None:
    second.cause, second.source = (
        "A flood",
        Source(kind="PRESS", title="Secret paper", visibility="draft", desk_id="KG"),
    )
    write.save(second.source, by=write.SYSTEM)
    write.save(second, by=write.SYSTEM)
    for page in ("/lapses/", second.get_absolute_url(), "/commissions/COUNCIL/", "/api/v1/lapses/"):
        assert "Secret paper" not in client.get(page).content.decode(), page


# Queries -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "queries"),
    [
        # whether the stored lapses hold; count, rows; episodes; activities and the sessions behind them; sources
        # of causes; by how they ended; by year; countries, pairs and fields of the filter
        ("/lapses/", 13),
        # whether the stored lapses hold; rows, their sources; activities, what is behind them; episodes
        ("/api/v1/lapses/", 6),
        ("/api/v1/lapses/?as_of=2020-10-01&count=1", 7),
        ("/api/v1/lapses/?as_of=2030-01-01", 5),  # a day to come is told without looking whether the stored ones hold
    ],
)
def test_three_rows_cost_no_more_than_one(
    client: Client, kg_tj: Pair, on_day: Any, django_assert_num_queries: Any, address: str, queries: int
) -> None:
    on_day("2021-01-01")

    paper = write.save(Source(kind="PRESS", title="News", visibility="published"), by=write.SYSTEM)

    def one_more(number: int) -> None:
        council = commission(kg_tj, title=f"Council {number}")
        session(council, started_on=f"2019-03-1{number}", number=number)
        episode(kg_tj, f"Closure {number}", started_on=f"2017-0{number}", ended_on="2018")
        Lapse.objects.update(source=paper)

    one_more(1)
    client.get(address)
    with django_assert_num_queries(queries):
        client.get(address)
    one_more(2)
    one_more(3)
    with django_assert_num_queries(queries):
        client.get(address)


def test_a_lapse_on_which_nobody_has_written_has_an_empty_history(client: Client, second: Lapse, aigul: Any) -> None:
    client.force_login(aigul)
    assert client.get(f"{second.get_absolute_url()}history/").status_code == 200
