"""Names of countries and languages in the reader's language, from CLDR with a small table of overrides."""

from functools import cache

from babel import Locale
from django.utils.translation import get_language

from registry.core.fold import fold

INTERFACE = ("en", "ru", "uz", "kk", "ky", "tg")
"""The six languages the interface speaks."""

OVERRIDES = {
    # CLDR's Russian name is «Киргизия»; the official name is «Кыргызстан»
    ("ru", "KG"): "Кыргызстан",
    ("en", "TR"): "Türkiye",
}


@cache
def _territories(language: str) -> dict[str, str]:
    return dict(Locale.parse(language.replace("-", "_")).territories)


def country_name(code: str, language: str | None = None) -> str:
    """Return the name of a present country; the English one where CLDR has none in `language`, else the code."""
    language = language or get_language() or "en"
    if (language, code) in OVERRIDES:
        return OVERRIDES[language, code]
    return _territories(language).get(code) or OVERRIDES.get(("en", code)) or _territories("en").get(code, code)


def country_names(code: str) -> list[str]:
    """Return the names of a country in all six languages, for search."""
    return sorted({country_name(code, language) for language in INTERFACE})


CYRILLIC = {letter: place for place, letter in enumerate("аәбвгғдеёжзиӣйкқлмнңоөпрстуӯүұфхҳһцчҷшщъыіьэюя")}
"""One order that holds in Russian, Kazakh, Kyrgyz and Tajik alike, which code points do not give."""


def sort_key(name: str) -> tuple:
    """Return a key that puts names into the alphabetical order of the language they are written in."""
    letters = name.casefold()
    if any(letter in CYRILLIC for letter in letters):
        return (1, tuple(CYRILLIC.get(letter, -1) for letter in letters))
    return (0, fold(name), name)
