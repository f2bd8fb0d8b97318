"""The pages that a visitor reads: on the demonstration, to the word, and on a small world for who sees what."""

import html
import re
from datetime import date

import pytest
from django.urls import reverse
from django.utils import translation

from continuity.models import Initiative, Transition
from registry.core.models import Pair
from tests.cast import agreement, commission, event, programme, session
from tests.everything import everything

LISTS = (
    "pair",
    "initiative",
    "agreement",
    "commission",
    "programme",
    "session",
    "event",
    "output",
    "actor",
    "place",
    "source",
    "commitment",
    "episode",
    "milestone",
    "indicator",
)


def text(response) -> str:
    """The words of a page as a reader sees them, with single spaces."""
    found = re.sub(r"<(style|script|svg).*?</\1>", " ", response.content.decode(), flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found)).split())


# On the demonstration --------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.usefixtures("demonstration")
class TestDemonstration:
    @pytest.fixture(autouse=True)
    def _today(self, demonstration: date, settings) -> None:
        settings.CLOCK = demonstration

    def test_home_says_what_is_lapsing_and_where_everything_is(self, client) -> None:
        words = text(client.get("/"))
        assert "A sample from public pages, not a complete record." in words
        assert "No session since 15 November 2025." in words
        assert "Lapsing and lapsed 3" in words
        # no sweep has run, so the changes are computed
        assert "16 November 2026 Supreme Interstate Council of Kazakhstan and Uzbekistan" in words
        assert "Kyrgyzstan and Tajikistan 1 0 2 24 assumed from 1 January 2015" in words
        assert "Agreements 22 Commissions 8 Programmes 15 Sessions 4 Events 38" in words

    def test_home_tells_what_the_sweep_has_announced(self, client) -> None:
        council = Initiative.objects.get(ref="R52")
        Transition.objects.create(
            initiative=council,
            number=2,
            from_state="active",
            to_state="due",
            changed_on=date(2026, 11, 20),
            swept_on=date(2026, 11, 21),
        )
        words = text(client.get("/"))
        assert "20 November 2026 Kyrgyz-Tajik Intergovernmental Council Kyrgyzstan and Tajikistan Due" in words

    def test_a_pair_says_first_what_is_alive_lapsing_and_lapsed(self, client) -> None:
        words = text(client.get("/pairs/KG-TJ/"))
        assert "Initiatives on file: 27. On 22 November 2026, active: 1; due or overdue: 0; lapsed: 2." in words
        assert "Without a clock: untracked 11, episodic 11, concluded 2." in words
        alive, lapsing, lapsed = (words.index(word) for word in ("Alive 1", "Lapsing none", "Lapsed 2"))
        assert alive < words.index("The next is due by 13 February 2027.") < lapsing
        assert lapsing < words.index("Days of Culture of Tajikistan in Kyrgyzstan (2018)") < lapsed
        assert lapsed < words.index("dormant since 18 May 2018.") < words.index("Timeline, 2015 to 2026")
        assert "assumed complete from 1 January 2015; no desk has declared it" in words
        assert "an episode belongs to a pair and a time; no country is labelled" in words.lower()

    def test_sources_that_disagree_stand_side_by_side(self, client) -> None:
        words = text(client.get("/pairs/KG-TJ/"))
        assert re.search(
            r"Tajikistan in Kyrgyzstan \(2015\) Began on 8 July 2015 \(shown here\) \[\d+\] 7 June 2015",
            words,
        )
        assert re.search(
            r"Armed conflict at the border, 2021–2022 From 1 May 2021 \(shown here\) (\[\d+\] )+28 April 2021", words
        )

    def test_every_source_mark_leads_to_a_source_at_the_foot(self, client) -> None:
        page = client.get("/pairs/KG-TJ/").content.decode()
        marked, listed = set(re.findall(r'href="#(s\d+)"', page)), set(re.findall(r'<li id="(s\d+)"', page))
        assert marked == listed != set()

    def test_the_timeline_is_drawn_twice_and_stands_as_a_table(self, client) -> None:
        page = client.get("/pairs/KG-TJ/").content.decode()
        assert len(re.findall(r'<svg class="tl', page)) == 2
        assert page.count('class="b-dormant" x=') == 4  # two lapsed initiatives, drawn twice
        assert page.count('class="q"') == 4  # two unreported editions
        assert "Show the 56 records of the timeline as a table" in text(client.get("/pairs/KG-TJ/"))

    def test_a_pair_is_found_whichever_country_is_named_first(self, client) -> None:
        assert client.get("/pairs/TJ-KG/").url == "/pairs/KG-TJ/"
        assert client.get("/pairs/KG-XX/").status_code == 404

    def test_the_clock_of_the_days_of_culture(self, client) -> None:
        assert client.get("/initiatives/KGTJ-DAYS/").url == "/programmes/KGTJ-DAYS/"
        words = text(client.get("/programmes/KGTJ-DAYS/"))
        assert "No edition since 16 November 2016. One is expected every 365 days (default for programmes)." in words
        assert "Last activity 16 November 2016 Next was due by 16 November 2017 365 days on, default" in words
        assert "Lapsed since 18 May 2018 grace of 182 days over Today 22 November 2026 day 3,111 of the lapse" in words
        assert "18 May 2018 still open 3,111 Closure of the border to people and goods" in words
        assert "a coincidence of dates, not a cause" in words
        assert words.count("Unreported") == 2
        assert "17 November 2017 Overdue clock 182 18 May 2018 Dormant clock 3,111" in words

    def test_any_day_can_be_asked_for(self, client) -> None:
        words = text(client.get("/programmes/KGTJ-DAYS/?as_of=2016-12-01"))
        assert "Last edition on 16 November 2016." in words
        assert "Next is due by 16 November 2017" in words
        words = text(client.get("/pairs/KG-TJ/?as_of=2016-12-01"))
        assert "On 1 December 2016, active: 1; due or overdue: 0; lapsed: 1." in words
        words = text(client.get("/initiatives/?state=active&as_of=2016-12-01"))
        assert "Found 1 " in words and "States are told for 1 December 2016" in words

    @pytest.mark.parametrize(
        "address",
        [
            "/pairs/KG-TJ/?as_of=2016-13-01",
            "/programmes/KGTJ-DAYS/?as_of=2016-13-01",
            "/commissions/R52/?as_of=2016-13-01",
        ],
    )
    def test_a_wrong_day_is_named_with_what_to_write(self, client, address: str) -> None:
        response = client.get(address)
        assert response.status_code == 400
        assert "as_of=2016-13-01 is not a day of the calendar. Write it as 2026-11-22" in text(response)

    def test_a_wrong_filter_is_named_and_nothing_is_shown(self, client) -> None:
        response = client.get("/events/?outcome=HELT")
        assert response.status_code == 400
        assert re.search("“HELT” .* Did you mean “HELD”?", text(response))
        assert "Nothing was looked for." in text(response)
        assert client.get("/lapsed/?as_of=soon").status_code == 400

    def test_lists_count_filter_and_turn_pages(self, client) -> None:
        words = text(client.get("/sources/"))
        assert "On file 88" in words and "1 to 50 of 88" in words
        assert "51 to 88 of 88" in text(client.get("/sources/?page=2"))
        assert client.get("/sources/?page=3").status_code == 404
        assert "Found 3" in text(client.get("/events/?unreported=YES"))

    def test_lapsed_stand_longest_gap_first(self, client) -> None:
        words = text(client.get("/lapsed/"))
        first, second = words.index("Council of Foreign Ministers"), words.index("Days of Culture of Kyrgyzstan")
        assert first < second
        assert "4,343 days" in words and "3,658 days" in words

    def test_search_finds_across_scripts_and_kinds(self, client) -> None:
        for asked in ("Наврўз", "Navroʻz", "nowruz"):
            assert "Events" in text(client.get("/search/", {"q": asked})), asked
        words = text(client.get("/search/", {"q": "Тоҷикистон"}))
        assert "Pairs" in words and "Initiatives" in words
        assert "Nothing on file contains all the words of “qwertz”." in text(client.get("/search/", {"q": "qwertz"}))
        assert client.get("/search/", {"q": "\x00"}).status_code == 400

    def test_methods_computes_its_example(self, client) -> None:
        words = text(client.get("/methods/"))
        assert "dormant since 18 May 2018" in words and "365 16 November 2017" in words
        assert all(
            state in words for state in ("Planned", "Concluded", "Suspended", "Untracked", "Episodic", "Symbolic")
        )

    def test_declared_and_computed_status_stand_side_by_side(self, client) -> None:
        words = text(client.get("/agreements/R00/"))
        assert "Declared status: In force." in words
        assert "By its dates, on 22 November 2026: " in words

    def test_figures_bear_plain_numbers_in_every_language(self, client) -> None:
        client.post("/language/", {"language": "ru", "next": "/pairs/KG-TJ/"})
        with translation.override("en"):  # what the page activates ends with the block
            page = client.get("/pairs/KG-TJ/").content.decode()
        assert '<html lang="ru">' in page and "Кыргызстан" in page
        assert not re.search(r' (x|x1|x2|y|y1|y2|cx|cy|width|height)="\d+[,\s]\d', page)


# Who sees what ---------------------------------------------------------------------------------------------------


@pytest.fixture
def two_worlds(kg_tj: Pair, on_day) -> tuple[dict, dict]:
    """One record of every kind that everyone sees, and one of every kind that is a draft."""
    on_day("2026-11-22")
    return everything(kg_tj, "OPEN", visibility="published"), everything(kg_tj, "HIDDEN", visibility="draft")


def addresses(records: dict) -> list[str]:
    """The pages of records that have one."""
    kinds = {"agreements", "commissions", "programmes", "sessions", "events", "outputs", "actors", "sources"}
    kinds |= {"tension-episodes", "milestones", "indicators", "places", "commitments", "initiatives"}
    return [record.get_absolute_url() for name, record in records.items() if name in kinds]


@pytest.mark.django_db
def test_what_is_hidden_is_on_no_page(client, two_worlds, nurlan) -> None:
    shown, hidden = two_worlds
    pages = [*addresses(shown), *(reverse(f"{name}-list") for name in LISTS), "/", "/pairs/KG-TJ/", "/lapsed/"]
    for user in (None, nurlan):
        if user:
            client.force_login(user)
        for page in [*pages, "/search/?q=hidden", "/licences/"]:
            response = client.get(page)
            assert response.status_code == 200, page
            found = response.content.decode().replace("q=hidden", "").replace("“hidden”", "").replace('"hidden"', "")
            # what has no visibility of its own is seen with its pair, under its own reference
            assert "HIDDEN agreement" not in found and "HIDDEN event" not in found, page
            assert not re.search(r"HIDDEN (commission|programme|ministry|source|book|episode|report)", found), page
        gone = ("agreements", "commissions", "programmes", "sessions", "events", "outputs", "actors", "sources")
        for name in (*gone, "tension-episodes", "initiatives", "commitments"):
            assert client.get(hidden[name].get_absolute_url()).status_code == 404, name


@pytest.mark.django_db
def test_a_desk_sees_its_drafts_and_what_it_may_do(client, two_worlds, aigul, rosa) -> None:
    shown, hidden = two_worlds
    for user in (aigul, rosa):
        client.force_login(user)
        for page in [*addresses(shown), *addresses(hidden)]:
            assert client.get(page).status_code == 200, page
        words = text(client.get(hidden["agreements"].get_absolute_url()))
        assert "Draft: seen by the desks of its countries only" in words
        page = client.get(shown["events"].get_absolute_url()).content.decode()
        assert all(f'href="/events/OPEN-EVENT/{what}/"' in page for what in ("edit", "history", "delete"))
        assert 'href="/events/new/"' in client.get("/events/").content.decode()


@pytest.mark.django_db
def test_nobody_else_is_offered_to_edit(client, two_worlds, nurlan, sardor) -> None:
    shown, _hidden = two_worlds
    for user in (None, nurlan, sardor):
        if user:
            client.force_login(user)
        page = client.get(shown["events"].get_absolute_url()).content.decode()
        assert "/events/OPEN-EVENT/edit/" not in page
    assert "/events/new/" not in client.get("/events/").content.decode()  # Sardor sits at no desk


@pytest.mark.django_db
def test_a_link_to_a_hidden_initiative_is_absent(client, kg_tj, aigul) -> None:
    secret = programme(kg_tj, title="Secret plan", visibility="draft")
    concert = event(kg_tj, initiative=secret)
    assert "Secret plan" not in client.get(concert.get_absolute_url()).content.decode()
    client.force_login(aigul)
    assert "Secret plan" in client.get(concert.get_absolute_url()).content.decode()


# Queries ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "queries"),
    [
        # how many, the rows; whether stored results hold, counts of states; pairs and fields of the filter
        ("/initiatives/", 6),
        ("/agreements/", 8),
        ("/commissions/", 8),
        ("/programmes/", 8),
        ("/sessions/", 6),
        ("/events/", 9),
        ("/lapsed/", 8),
        ("/pairs/", 6),
        ("/", 29),
        ("/pairs/KG-TJ/", 17),
    ],
)
def test_three_rows_cost_no_more_than_one(
    client, kg_tj, on_day, django_assert_num_queries, address: str, queries: int
) -> None:
    on_day("2026-11-22")

    def one_more(n: int) -> None:
        plan = programme(kg_tj, title=f"Days {n}")
        treaty = agreement(kg_tj, title=f"Treaty {n}")
        council = commission(kg_tj, title=f"Council {n}", parent=treaty)
        session(council, number=n)
        event(kg_tj, title=f"Concert {n}", initiative=plan)

    one_more(1)
    client.get(address)  # content types are read once per process
    with django_assert_num_queries(queries):
        client.get(address)
    one_more(2)
    one_more(3)
    with django_assert_num_queries(queries):
        client.get(address)
