"""Undo: a new write that brings back what a person edits, with links, rows and citations."""

import pytest
from django.core.exceptions import ValidationError

from agreements.models import Commitment
from registry.core import undo, write
from registry.core.models import Citation, Revision, Source, Subject
from tests.cast import agreement


@pytest.fixture
def treaty(kg_tj):
    treaty = agreement(kg_tj, title="Treaty")
    with write.change(treaty, by=write.SYSTEM):
        treaty.save()
        for number in (1, 2, 3):
            treaty.articles.create(number=number, text=f"Article {number}")
    return treaty


def revisions(record):
    return Revision.objects.filter(ref=record.ref)


def test_a_row_that_is_still_there_is_changed_in_place(treaty, aigul):
    """A commitment points to article 2, which could neither be deleted nor made anew."""
    article = treaty.articles.get(number=2)
    before = revisions(treaty).first()
    write.save(Commitment(pair=treaty.pair, article=article, text="A festival"), by=write.SYSTEM)
    with write.change(treaty, by=aigul):
        treaty.articles.filter(number=2).update(text="Changed")
        treaty.articles.get(number=3).delete()
    undo.restore(before, by=aigul)
    article.refresh_from_db()
    assert article.text == "Article 2"
    assert list(treaty.articles.values_list("number", flat=True)) == [1, 2, 3]


def test_articles_get_their_numbers_back_and_promises_stay_with_their_words(treaty, aigul):
    one, two, three = treaty.articles.order_by("number")
    before = revisions(treaty).first()
    write.save(Commitment(pair=treaty.pair, article=two, text="A festival"), by=write.SYSTEM)
    with write.change(treaty, by=aigul):
        for article in (three, two, one):
            type(one).objects.filter(pk=article.pk).update(number=article.number + 1)
        treaty.articles.create(number=1, text="Put before all")
    undo.restore(before, by=aigul)
    assert list(treaty.articles.values_list("pk", "number", "text").order_by("number")) == [
        (one.pk, 1, "Article 1"),
        (two.pk, 2, "Article 2"),
        (three.pk, 3, "Article 3"),
    ]
    assert Commitment.objects.get().article == two


def test_a_row_that_something_points_to_stops_the_undo_with_a_sentence(treaty, aigul):
    before = revisions(treaty).first()
    with write.change(treaty, by=aigul):
        added = treaty.articles.create(number=4, text="New")
    write.save(Commitment(pair=treaty.pair, article=added, text="A festival"), by=write.SYSTEM)
    with pytest.raises(ValidationError, match="commitment “A festival”"):
        undo.restore(before, by=aigul)
    assert treaty.articles.count() == 4


def test_links_and_citations_come_back_and_the_version_goes_on(treaty, aigul):
    source = write.save(Source(kind="OFFICIAL_PAGE", publisher="Gazette"), by=write.SYSTEM)
    subject = write.save(Subject(labels={"en": "Theatre"}), by=write.SYSTEM)
    with write.change(treaty, by=aigul):
        treaty.subjects.set([subject])
        Citation.objects.create(record=treaty, source=source, field="signed_on", value="2016")
    full = revisions(treaty).first()
    with write.change(treaty, by=aigul):
        treaty.subjects.clear()
        Citation.objects.about(treaty).delete()
    undo.restore(full, by=aigul)
    treaty.refresh_from_db()
    assert list(treaty.subjects.all()) == [subject]
    assert Citation.objects.about(treaty).get().value == "2016"
    assert treaty.version == full.version + 2


def test_what_a_link_led_to_may_be_gone(treaty, aigul):
    subject = write.save(Subject(labels={"en": "Theatre"}), by=write.SYSTEM)
    with write.change(treaty, by=aigul):
        treaty.subjects.set([subject])
    named = revisions(treaty).first()
    with write.change(treaty, by=aigul):
        treaty.subjects.clear()
    write.delete(subject, by=write.SYSTEM)
    undo.restore(named, by=aigul)
    assert treaty.subjects.count() == 0


def test_what_the_record_itself_pointed_to_is_named_when_it_is_gone(treaty, kg_tj, bakyt):
    parent = agreement(kg_tj, title="Framework")
    child = agreement(kg_tj, title="Protocol", parent=parent)
    under = revisions(child).first()
    child.parent = None
    write.save(child, by=bakyt)
    write.delete(parent, by=bakyt)
    with pytest.raises(ValidationError, match="“under”, which is gone"):
        undo.restore(under, by=bakyt)


def test_a_deleted_record_comes_back_as_a_draft_with_everything(treaty, bakyt):
    source = write.save(Source(kind="OFFICIAL_PAGE", publisher="Gazette"), by=write.SYSTEM)
    with write.change(treaty, by=bakyt):
        Citation.objects.create(record=treaty, source=source, field="signed_on", value="2016")
    gone = write.delete(treaty, by=bakyt)
    back = undo.restore(gone, by=bakyt)
    assert (back.ref, back.visibility, back.articles.count()) == (gone.ref, "draft", 3)
    assert Citation.objects.about(back).count() == 1
    assert back.version > gone.version


def test_what_was_erased_does_not_come_back(treaty, rosa):
    write.erase(treaty, by=rosa)
    with pytest.raises(ValidationError, match="erased"):
        undo.restore(Revision.objects.get(ref=treaty.ref), by=rosa)
