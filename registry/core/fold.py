"""Search across scripts: one folding for what is stored and for what is asked.

`fold` brings every script to plain lower-case Latin words. That alone does not join «Наврўз» (navroz) with
«Навруз» (navruz) or «Қазақстан» with «Казахстан», so a table of aliases adds one canonical mark for all forms.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from anyascii import anyascii
from django.db import connection

LETTERS = str.maketrans(
    {"ў": "o", "ғ": "g", "қ": "q", "ҳ": "h", "ҷ": "j", "ӯ": "u", "ӣ": "i", "ң": "n", "ө": "o", "ү": "u", "ұ": "u"}
    | {"і": "i", "һ": "h", "ә": "a", "ё": "yo", "э": "e"}
    # every sign that is written for the apostrophe of Uzbek Latin
    | dict.fromkeys("'`´‘’ʻʼʹ′‛＇ʿʾ", "")
)
"""Letters that transliteration libraries render unlike the Latin spelling in use, after lower-casing."""


def fold(text: str) -> str:
    """Return `text` as lower-case ASCII words parted by single spaces: “Наврўз” → “navroz”."""
    composed = unicodedata.normalize("NFC", text).lower()  # else a ў typed as у and a breve would be another letter
    plain = anyascii(composed.translate(LETTERS)).lower().translate(LETTERS)
    return " ".join(re.findall(r"[a-z0-9]+", plain))


@lru_cache(maxsize=2)
def _longest_first(rows: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(rows, key=lambda row: (-len(row[0]), row)))


def aliases() -> tuple[tuple[str, str], ...]:
    """Return (folded form, canonical mark) of every alias, the longest first.

    They are read each time: neither number nor greatest key of the rows tells that one of them was changed.
    """
    from registry.core.models import Alias

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT form, canonical FROM {Alias._meta.db_table} ORDER BY id")  # noqa: S608 - our own name
        return _longest_first(tuple(map(tuple, cursor.fetchall())))


JOINT = "þ"
"""Joins the words of a name, and twice begins and ends it, in `folded`; no word that is folded contains it."""


def stored(texts: Iterable[str], names: Iterable[str] = ()) -> str:
    """Return what is kept in a record's `folded` column, for `texts` and the `names` among them.

    First each name in one piece (`whole_name`), as written and, where that differs, with its aliases replaced by their
    marks: “þþdaysþofþcultureþþ”. Then the words of all other texts, and the marks of the aliases in any of them.
    """
    texts, names = list(texts), [name for name in names if name]
    whole, known = f" {fold(' '.join(texts))} ", aliases()
    marks = sorted({mark for form, mark in known if f" {form} " in whole})
    words = [*filter(None, (fold(text) for text in texts if text not in names)), *marks]
    lines = dict.fromkeys(line for name in names for line in (fold(name), canonical(name, known)) if line)
    return " ".join([*map(whole_name, lines), *words])


def whole_name(folded: str) -> str:
    """Return a folded name so that it can be told from words, and its beginning and end from its middle.

    In one piece, because the trigram index does not know which words stand side by side: for “days of culture” it would
    bring every row with these words, and with this only those that are called so.
    """
    return f"{begin_of_name(folded)}{JOINT * 2}"


def begin_of_name(folded: str) -> str:
    """Return how a name begins, in one piece, that begins with this folded text."""
    return f"{JOINT * 2}{folded.replace(' ', JOINT)}"


def canonical(text: str, known: Iterable[tuple[str, str]] | None = None) -> str:
    """Return `text` folded, with the mark of every alias in its place: “Navro‘z bayrami” → “nowruz bayrami”.

    Of a query, these are the words that must all be contained in `folded` for a record to match. `known`: the aliases,
    where they have been read.
    """
    folded = f" {fold(text)} "
    for form, mark in aliases() if known is None else known:
        if f" {form} " in folded:
            folded = re.sub(f"(?<= ){re.escape(form)}(?= )", mark, folded)
    return folded.strip()
