"""One cell into the value of one field of a model: the field says what may stand there."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from registry.core import dates, vocabularies
from registry.core.dates import FuzzyDateField
from registry.core.models import Country, Pair, Term
from registry.core.vocabularies import VocabularyField
from registry.site.loader.catalogue import Catalogue, Wrong
from registry.site.loader.files import suggest


def value(field: models.Field, text: str, catalogue: Catalogue) -> Any:
    """Return what the filled cell `text` means for `field`: a list for a link to many. Raise Wrong if nothing."""
    if field.many_to_many:
        return [linked(field, part, catalogue) for part in parts(text)]
    if field.is_relation:
        return related(field.related_model, text, catalogue)
    if isinstance(field, VocabularyField):
        return code(field.vocabulary, text)
    if isinstance(field, FuzzyDateField):
        return fuzzy(text)
    if isinstance(field, models.DateField):
        return day(text)
    if isinstance(field, models.IntegerField):
        return number(text)
    if isinstance(field, models.DecimalField):
        return decimal(text)
    return text


def parts(text: str) -> list[str]:
    """Return what a cell lists, parted by semicolons, each once."""
    return list(dict.fromkeys(part.strip() for part in text.split(";") if part.strip()))


def code(vocabulary: str, text: str) -> str:
    """Return a code of a vocabulary that may be typed in."""
    terms = vocabularies.lists()[vocabulary]
    open_codes = vocabularies.open_codes(vocabulary)
    if text in open_codes:
        return text
    if text in terms:
        why = "is never typed in: it follows from the dates" if terms[text].get("computed") else "is no longer used"
        raise Wrong(f"“{text}” {why}.{suggest(terms[text].get('replaced_by') or '', open_codes)}")
    raise Wrong(f"“{text}” is not in the list {vocabulary}.{suggest(text, open_codes)}")


def linked(field: models.Field, text: str, catalogue: Catalogue) -> Any:
    """Return one of several records or terms that a cell lists."""
    if field.related_model is Term:
        vocabulary = field.remote_field.limit_choices_to["vocabulary"]
        return catalogue.term(vocabulary, code(vocabulary, text))
    return related(field.related_model, text, catalogue)


def related(model: type[models.Model], text: str, catalogue: Catalogue) -> Any:
    """Return the country, pair or record that a cell names."""
    if model is Country:
        return catalogue.country(text)
    if model is Pair:
        return catalogue.pair_of_code(text)
    return catalogue.need(model, text)


def fuzzy(text: str) -> str:
    """Return a date as exact as it is: 1994, 1994-01, 1994-01-10~."""
    try:
        dates.parse(text)
    except ValidationError as error:
        raise Wrong(error.messages[0]) from error
    return text


def day(text: str) -> date:
    """Return a whole day."""
    try:
        if len(text) != 10:
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError as error:
        raise Wrong(f"“{text}” is not a day of the calendar. Write it as 1994-01-10.") from error


def number(text: str) -> int:
    """Return a whole number of at least 0."""
    if not (text.isascii() and text.isdigit()):
        raise Wrong(f"“{text}” is not a whole number. Write digits only.")
    return int(text)


def decimal(text: str) -> Decimal:
    """Return a number, with a point for decimals."""
    try:
        found = Decimal(text)
    except InvalidOperation as error:
        raise Wrong(f"“{text}” is not a number. Write digits, with a point for decimals.") from error
    if not found.is_finite():
        raise Wrong(f"“{text}” is not a number. Write digits, with a point for decimals.")
    return found


def tagged(text: str) -> list[tuple[str, str]]:
    """Return (tag, text) of a cell such as `uz:Toshkent;en:Chui` or `TJ:40`."""
    found = []
    for part in parts(text):
        tag, colon, rest = part.partition(":")
        if not (colon and tag.strip() and rest.strip()):
            raise Wrong(f"“{part}” lacks what belongs before or after the colon. Write it as uz:Toshkent or TJ:40.")
        found.append((tag.strip(), rest.strip()))
    return found
