"""Search across scripts: one folding for what is stored and what is asked, and aliases for what folding cannot join."""

import unicodedata

import pytest

from actors.models import Actor
from registry.core import fold
from registry.core.models import Alias
from tests.everything import keep

NOWRUZ = ["Наврўз", "Navro‘z", "Navroʻz", "Navro'z", "Navro`z", "Navroʼz", "Навруз", "Nowruz", "Наврӯз", "Наурыз"]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Наврўз", "navroz"),
        ("Тоҷикистон", "tojikiston"),
        ("Oʻzbekiston", "ozbekiston"),
        ("Ўзбекистон", "ozbekiston"),
        ("ҒАФУРОВ", "gafurov"),
        ("Қазақстан", "qazaqstan"),
        ("Ош, 1998!", "osh 1998"),
        ("  two\n words ", "two words"),
        ("Türkiye", "turkiye"),
        ("№ 1", "no 1"),
        ("", ""),
        ("—", ""),
    ],
)
def test_one_folding(text: str, folded: str) -> None:
    assert fold.fold(text) == folded


@pytest.mark.parametrize("word", ["Наврўз", "Тоҷикӣ", "Élan", "йод", "Ғиждувон"])
def test_a_letter_typed_as_letter_and_mark_is_the_same_letter(word: str) -> None:
    assert fold.fold(unicodedata.normalize("NFD", word)) == fold.fold(unicodedata.normalize("NFC", word))


def test_what_is_folded_stays_what_it_is() -> None:
    for text in [*NOWRUZ, "Тоҷикистон", "Élan vital, 2020"]:
        assert fold.fold(fold.fold(text)) == fold.fold(text)


@pytest.fixture
def nowruz(world: None) -> None:
    Alias.objects.bulk_create(
        Alias(form=form, canonical="nowruz") for form in sorted({fold.fold(form) for form in NOWRUZ})
    )


@pytest.mark.parametrize("written", NOWRUZ)
def test_every_spelling_meets_every_other(nowruz: None, written: str) -> None:
    keep(Actor(name=f"Ансамбль {written}", type="N_CSO", sector="NON_STATE"))
    keep(Actor(name="Another", type="N_CSO", sector="NON_STATE"))
    for asked in [*NOWRUZ, "ансамбль NOWRUZ", "Navro‘z ansambl"]:
        assert [row.name for row in Actor.objects.search(asked)] == [f"Ансамбль {written}"], asked


def test_without_the_alias_they_do_not_meet(world: None) -> None:
    keep(Actor(name="Наврўз", type="N_CSO", sector="NON_STATE"))
    assert Actor.objects.search("Navro‘z").exists()
    assert not Actor.objects.search("Навруз").exists()


def test_every_word_must_be_contained_in_any_order(world: None) -> None:
    keep(Actor(name="Тоҷикистон: театри давлатӣ", type="S_CENTRE", sector="STATE"))
    assert Actor.objects.search("TEATRI Tojikiston").exists()
    assert Actor.objects.search("tojik").exists()
    assert not Actor.objects.search("tojikiston opera").exists()
    assert Actor.objects.search("").exists()


def test_an_alias_is_read_as_soon_as_it_is_there(world: None) -> None:
    assert fold.canonical("Nauryz") == "nauryz"
    alias = Alias.objects.create(form="nauryz", canonical="nowruz")
    assert fold.canonical("Nauryz") == "nowruz"
    assert fold.stored(["Nauryz fair"]) == "nauryz fair nowruz"
    alias.delete()
    assert fold.canonical("Nauryz") == "nauryz"


def test_an_alias_that_was_changed_is_another_one(world: None) -> None:
    alias = Alias.objects.create(form="navruz", canonical="nowruz")
    assert fold.canonical("Навруз") == "nowruz"
    alias.canonical = "newday"
    alias.save()
    assert fold.canonical("Навруз") == "newday"


def test_aliases_are_whole_words_the_longest_first_and_as_often_as_they_come(world: None) -> None:
    Alias.objects.create(form="korea", canonical="kr")
    Alias.objects.create(form="south korea", canonical="rok")
    assert fold.canonical("South Korea") == "rok"
    assert fold.canonical("Koreana") == "koreana"
    assert fold.canonical("Korea Korea") == "kr kr"


def test_an_alias_is_kept_folded(world: None) -> None:
    alias = Alias(form="Наврўз", canonical="Nowruz!")
    alias.full_clean()
    assert (alias.form, alias.canonical) == ("navroz", "nowruz")


def test_other_names_of_an_actor_are_found(world: None) -> None:
    from registry.core import write

    actor = keep(Actor(name="Ministry", type="S_MIN_CULT", sector="STATE"))
    with write.change(actor, by=write.SYSTEM):
        actor.save()
        actor.other_names.create(name="Вазорати фарҳанг", language="tg")
    assert list(Actor.objects.search("vazorati farhang")) == [actor]


def test_an_item_of_the_agenda_finds_its_session(kg_tj) -> None:
    from registry.core import write
    from tests.cast import commission, session

    met = session(commission(kg_tj))
    with write.change(met, by=write.SYSTEM):
        met.save()
        met.agenda.create(number=1, text="Фестиваль")
    assert list(type(met).objects.search("festival")) == [met]
