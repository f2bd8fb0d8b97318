"""The pages that a visitor reads, on the demonstration, to the word."""

import re
from datetime import date

import pytest
from django.utils import translation

from continuity.models import Initiative, Transition
from tests.words import text

pytestmark = pytest.mark.once


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
        assert "Agreements 22 Commissions 8 Programmes 15 Lapses 2 Sessions 4 Events 38" in words

    def test_only_the_demonstration_says_that_it_is_a_sample(self, client, settings) -> None:
        settings.PRODUCTION = True
        words = text(client.get("/pairs/KG-TJ/"))
        assert "A sample from public pages" not in words
        assert "is assumed complete from 1 January 2015; no desk has declared it" in words

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
        assert "18 May 2018 still open 3,111 Armed conflict at the border" in words
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
