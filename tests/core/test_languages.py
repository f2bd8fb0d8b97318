"""Names of countries in the reader's language, and neither of two countries first by rank."""

import json
from pathlib import Path

import pytest
from django.utils.translation import override

from registry.core import languages
from registry.core.models import Country, Pair

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("code", "language", "name"),
    [
        ("KG", "ru", "Кыргызстан"),  # CLDR says «Киргизия»
        ("KG", "en", "Kyrgyzstan"),
        ("TJ", "tg", "Тоҷикистон"),
        ("UZ", "uz", "Oʻzbekiston"),
        ("KZ", "kk", "Қазақстан"),
        ("NA", "en", "Namibia"),
        ("TR", "en", "Türkiye"),
        ("XK", "en", "Kosovo"),
        ("ZZZZ", "en", "ZZZZ"),
    ],
)
def test_the_name_of_a_country(code: str, language: str, name: str) -> None:
    assert languages.country_name(code, language) == name


def test_every_present_country_has_a_name_in_every_language() -> None:
    codes = [row["code"] for row in json.loads((ROOT / "data" / "countries.json").read_text())["countries"]]
    assert len(codes) == 250
    for language in languages.INTERFACE:
        assert [code for code in codes if languages.country_name(code, language) in ("", code)] == []


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", "Kazakhstan and Uzbekistan"),
        ("ru", "Казахстан and Узбекистан"),
        ("uz", "Oʻzbekiston and Qozogʻiston"),  # O before Q
        ("kk", "Қазақстан and Өзбекстан"),  # Қ before Ө, though its code point is the higher
    ],
)
def test_two_countries_stand_in_the_order_of_the_readers_alphabet(world: None, language: str, shown: str) -> None:
    pair = Pair.objects.between("UZ", "KZ")
    one, other = shown.split(" and ")
    with override(language):
        assert tuple(country.name for country in pair.countries) == (one, other)


def test_a_pair_is_one_whichever_comes_first(world: None) -> None:
    assert Pair.objects.between("UZ", "KZ") == Pair.objects.between("KZ", "UZ")
    assert Pair.objects.get().code == "KZ-UZ"


def test_namibia_is_a_code(world: None) -> None:
    assert Country.objects.get(code="NA").name == "Namibia"
    assert Pair.objects.between("NA", "BR").code == "BR-NA"


@pytest.mark.parametrize(
    "rising",
    [
        ["Ангола", "Босния", "Вьетнам", "Ёж", "Эстония"],
        ["Ғана", "Дания"],
        ["Қатар", "Лаос"],
        ["Åland", "Benin", "Chad", "Oʻzbekiston", "Qatar"],
    ],
)
def test_alphabets(rising: list[str]) -> None:
    assert sorted(reversed(rising), key=languages.sort_key) == rising
