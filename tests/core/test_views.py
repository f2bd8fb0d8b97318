"""The parts of every page: dates and codes written out, numbered sources, tables, facts."""

import pytest
from django.template import Context, Template
from django.utils import translation

from events.models import Event
from registry.core import write
from registry.core.models import Citation, Document, Source
from registry.core.notes import Notes
from registry.core.tables import Column, Table
from registry.core.templatetags import concord
from tests.cast import event


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2015-07-08", "2015-07-13", "8 to 13 July 2015"),
        ("2015-08-30", "2015-09-02", "30 August to 2 September 2015"),
        ("2015-12-30", "2016-01-02", "30 December 2015 to 2 January 2016"),
        ("2015-07", "2015-09", "July 2015 to September 2015"),
        ("2015-07-08~", "2015-07-13", "about 8 July 2015 to 13 July 2015"),
        ("2015", "", "2015"),
        ("", "2015", "2015"),
        ("2015-07-08", "2015-07-08", "8 July 2015"),
        ("", "", ""),
    ],
)
def test_two_days_are_written_as_one_span(first: str, last: str, words: str) -> None:
    assert concord.span_of(first, last) == words


def test_a_span_in_russian_is_that_of_the_cldr() -> None:
    with translation.override("ru"):
        assert concord.span_of("2015-07-08", "2015-07-13").startswith("8–13 июл. 2015")


def test_a_chip_has_sign_word_and_colour() -> None:
    for state in concord.SIGNS:
        chip = concord.chip(state)
        assert f'class="chip s-{state}"' in chip and 'aria-hidden="true"' in chip
    assert concord.chip("dormant", "lg").endswith("</svg>Dormant</span>")
    assert 'class="chip s-dormant chip-lg"' in concord.chip("dormant", "lg")


def test_a_page_that_does_not_exist_has_no_address() -> None:
    assert concord.address("event-list") == "/events/"
    assert concord.address("nothing-of-the-kind") == ""


def test_numbers_are_parted_as_the_language_does() -> None:
    assert concord.number(17014) == "17,014"
    with translation.override("ru"):
        assert concord.number(17014) == "17\xa0014"


def test_languages_are_named_in_the_language_of_the_reader() -> None:
    assert concord.language("ru; tg") == "Russian, Tajik"
    assert concord.language("x-unknown") == "x-unknown"


def test_text_of_records_is_escaped_in_tables() -> None:
    rows = [type("Row", (), {"name": "<b>bold</b>"})()]
    table = Table("", (Column("Name", lambda row: row.name), Column("Remark", lambda row: "", empty="")), rows)
    assert [column.title for column in table.filled] == ["Name"]
    page = Template('{% include "core/parts/table.html" %}').render(Context({"table": table}))
    assert "&lt;b&gt;bold&lt;/b&gt;" in page and "<b>" not in page


@pytest.fixture
def cited(kg_tj, on_day) -> Event:
    """An event of which a ministry, a paper and a hidden memo say different things."""
    on_day("2021-01-01")
    fair = event(kg_tj, started_on="2015-07-08")
    kinds = {"Ministry": "published", "Paper": "published", "Memo": "draft"}
    for publisher, visibility in kinds.items():
        source = Source(kind="PRESS", publisher=publisher, visibility=visibility, desk_id="KG")
        write.save(source, by=write.SYSTEM)
        value = {"Ministry": "2015-07-08", "Paper": "2015-06", "Memo": "2014"}[publisher]
        Citation.objects.create(record=fair, source=source, field="started_on", value=value)
        Citation.objects.create(record=fair, source=source, field="note", value=f"Words of {publisher}")
    return fair


@pytest.mark.django_db
def test_sources_are_numbered_in_the_order_in_which_the_page_comes_to_them(cited, sardor, aigul) -> None:
    notes = Notes(sardor, [cited])
    assert notes.listed == []
    assert notes.numbers(cited, ("ended_on",)) == []
    assert notes.numbers(cited, ("started_on",)) == [1, 2]
    assert [(number, source.publisher) for number, source in notes.listed] == [(1, "Ministry"), (2, "Paper")]
    assert Notes(aigul, [cited]).numbers(cited) == [1, 2, 3]


@pytest.mark.django_db
def test_a_disagreement_marks_what_the_record_bears_and_leaves_out_remarks(cited, sardor) -> None:
    (item,) = Notes(sardor, [cited]).disagreements()
    assert item.field == "Began on"
    assert [(said.text, said.shown) for said in item.statements] == [("8 July 2015", True), ("June 2015", False)]


@pytest.mark.django_db
def test_an_initiative_and_its_child_row_have_the_same_citations(kg_tj, sardor) -> None:
    from continuity.models import Initiative
    from tests.cast import programme

    plan = programme(kg_tj)
    source = write.save(Source(kind="PRESS", title="News", visibility="published"), by=write.SYSTEM)
    Citation.objects.create(record=plan, source=source, field="started_on", value="2016-01-01")
    row = Initiative.objects.get(pk=plan.pk)
    assert Notes(sardor, [row]).numbers(row) == Notes(sardor, [plan]).numbers(row) == [1]


@pytest.mark.django_db
def test_documents_stand_on_the_page_of_their_record(client, cited, aigul) -> None:
    for title, visibility in (("Report", "published"), ("Inner report", "draft")):
        document = Document(
            record=cited, kind="REPORT", title=title, address="https://example.org/r", visibility=visibility
        )
        write.save(document, by=write.SYSTEM)
    page = client.get(cited.get_absolute_url()).content.decode()
    assert "Report" in page and "Inner report" not in page
    client.force_login(aigul)
    assert "Inner report" in client.get(cited.get_absolute_url()).content.decode()


@pytest.mark.django_db
def test_a_source_says_what_it_is_cited_for(client, cited) -> None:
    ministry = Source.objects.get(publisher="Ministry")
    page = client.get(ministry.get_absolute_url()).content.decode()
    assert "Concert" in page and "8 July 2015" in page
    hidden = event(cited.pair, title="Hidden fair", visibility="draft")
    Citation.objects.create(record=hidden, source=ministry, field="title", value="Hidden fair")
    assert "Hidden fair" not in client.get(ministry.get_absolute_url()).content.decode()


@pytest.mark.django_db
def test_errors_are_said_on_a_page_of_ours(client) -> None:
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert "There is no such page" in response.content.decode()
