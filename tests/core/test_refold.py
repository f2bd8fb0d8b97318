"""Search finds across scripts, and old records by new aliases once they are refolded."""

from io import StringIO

import pytest
from django.core.management import call_command

from agreements.models import Agreement
from events.models import Event
from registry.core.models import Alias, Pair, Revision
from tests.cast import agreement, event

pytestmark = pytest.mark.django_db

NOWRUZ = (
    "Nowruz",
    "Navro‘z",
    "Navroʻz",
    "Navro'z",
    "Наврўз",
    "Наврӯз",
    "Навруз",
    "Наурыз",
    "Nauryz",
    "Нооруз",
    "Nooruz",
)


def found(query: str) -> list[str]:
    return sorted(Event.objects.search(query).values_list("ref", flat=True))


def test_every_spelling_finds_every_other(kg_tj: Pair) -> None:
    call_command("load_countries", verbosity=0)
    for number, spelling in enumerate(NOWRUZ):
        event(kg_tj, ref=f"E{number}", title=f"Concert of {spelling} in Osh")
    everywhere = sorted(f"E{number}" for number in range(len(NOWRUZ)))
    for spelling in NOWRUZ:
        assert found(spelling) == everywhere, spelling
        assert found(f"osh {spelling.upper()}") == everywhere, spelling


def test_a_country_is_found_by_its_names_in_all_languages(kg_tj: Pair) -> None:
    call_command("load_countries", verbosity=0)
    event(kg_tj, ref="E1")
    for name in ("Тоҷикистон", "Tojikiston", "Таджикистан", "Tajikistan", "Тәжікстан", "Кыргызстан", "Kirgizstan"):
        assert found(name) == ["E1"], name
    assert found("Тоҷикистон Узбекистан") == []


def test_old_records_are_found_by_a_new_alias_after_refold(kg_tj: Pair) -> None:
    event(kg_tj, ref="E1", title="Epic of Manas")
    agreement(kg_tj, ref="R1", title="Memorandum on aytys")
    Alias.objects.create(form="aytys", canonical="aitysh")
    assert not Agreement.objects.search("aitysh").exists()
    before = Revision.objects.count()
    out = StringIO()
    call_command("refold", stdout=out)
    assert "1 records are folded anew" in out.getvalue()
    treaty = Agreement.objects.search("aitysh").get()
    assert (treaty.ref, treaty.version) == ("R1", 1)
    assert Revision.objects.count() == before


def test_refold_changes_nothing_that_is_right(kg_tj: Pair) -> None:
    event(kg_tj)
    out = StringIO()
    call_command("refold", stdout=out)
    assert out.getvalue().startswith("0 records")
