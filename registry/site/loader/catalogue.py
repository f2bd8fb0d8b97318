"""What refs and codes mean: the records on file, and those of the file that is being read."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.db import models

from agreements.models import Agreement, AgreementAction, Commission
from continuity.models import Initiative, Relation
from events.models import Programme
from registry.core import languages
from registry.core.models import Country, Pair, Place, Record, Term
from registry.core.models.about import record_models

INITIATIVES: tuple[type[Record], ...] = (Agreement, Commission, Programme)


class Wrong(ValueError):
    """Why a cell cannot be accepted: value and remedy."""


def kinds_of(model: type[models.Model]) -> tuple[type[models.Model], ...]:
    """Return the kinds of record that a reference to `model` may mean."""
    return INITIATIVES if model is Initiative else (model,)


def anything() -> tuple[type[models.Model], ...]:
    """Return every kind that a citation may speak of."""
    kinds = [model for model in record_models() if model is not Pair]
    return (*kinds, AgreementAction, Relation)


class Catalogue:
    """The records that one file speaks of. A fresh one for each file: versions must be those on file.

    `refused` says of refs that stand in a file of the same load, and were refused, where that was.
    """

    def __init__(self, refused: dict[str, str]) -> None:
        self.refused = refused
        self.pending: dict[str, Record] = {}
        self.pairs: dict[str, Pair] = {}
        self.seen: dict[Any, int] = {}
        self._rows: dict[tuple[type, str], Any] = {}
        self._asked: set[tuple[type, str]] = set()

    def warm(self, model: type[models.Model], refs: Iterable[str]) -> None:
        """Read the records of these refs at once."""
        wanted = set(refs)
        for kind in kinds_of(model):
            missing = sorted(ref for ref in wanted if (kind, ref) not in self._asked)
            near = [f.name for f in kind._meta.fields if f.name in ("pair", "commission", "agreement", "place")]
            for some in _slices(missing):
                for record in kind._base_manager.select_related(*near).filter(ref__in=some):
                    self._rows[kind, record.ref] = record
            self._asked |= {(kind, ref) for ref in missing}

    def stored(self, model: type[models.Model], ref: str) -> Any:
        """Return the record of `ref` that is on file, or None."""
        self.warm(model, [ref])
        return next((self._rows[kind, ref] for kind in kinds_of(model) if (kind, ref) in self._rows), None)

    def need(self, model: type[models.Model], ref: str) -> Any:
        """Return the record of `ref`: of this file, else on file. Raise Wrong where there is none."""
        pending = self.pending.get(ref)
        if pending is not None and isinstance(pending, model):
            return pending
        found = self.stored(model, ref)
        if found is None:
            raise Wrong(self._missing(ref, f"No {model._meta.verbose_name} “{ref}” is on file."))
        return found

    def need_any(self, ref: str) -> Any:
        """Return the one record of any kind that `ref` names."""
        kinds = [kind for kind in anything() if self.stored(kind, ref) is not None]
        if len(kinds) > 1:
            names = " and ".join(str(kind._meta.verbose_name) for kind in kinds)
            raise Wrong(f"“{ref}” names a {names}. Give one of them another ref.")
        if not kinds:
            raise Wrong(self._missing(ref, f"No record “{ref}” is on file."))
        return self.stored(kinds[0], ref)

    def _missing(self, ref: str, sentence: str) -> str:
        if ref in self.refused:
            return f"“{ref}” of {self.refused[ref]} was not stored. Mend that file first."
        return f"{sentence} Load the file that has it first, or correct the ref."

    @cached_property
    def countries(self) -> dict[str, Country]:
        return Country.objects.in_bulk()

    def country(self, code: str) -> Country:
        """Return the country of `code`."""
        if code not in self.countries:
            meant = next((one for one in self.countries if code in (one.lower(), *languages.country_names(one))), None)
            remedy = f"Did you mean {meant}?" if meant else "Write two letters, as KZ."
            raise Wrong(f"“{code}” is not the code of a country (ISO 3166-1). {remedy}")
        return self.countries[code]

    def pair(self, one: str, other: str) -> Pair:
        """Return the pair of two codes in either order; it may have to be stored (`pair_is_new`)."""
        a, b = sorted((self.country(one), self.country(other)), key=lambda country: country.code)
        if a == b:
            raise Wrong(f"“{one}” stands on both sides. A pair is two countries.")
        ref = f"{a.code}-{b.code}"
        if ref not in self.pairs:
            self.pairs[ref] = Pair.objects.filter(pk=ref).first() or Pair(ref=ref, a=a, b=b)
        return self.pairs[ref]

    def pair_of_code(self, code: str) -> Pair:
        """Return the pair that is written as KZ-UZ."""
        one, dash, other = code.partition("-")
        if not dash:
            raise Wrong(f"“{code}” is not a pair. Write two country codes as KZ-UZ.")
        return self.pair(one, other)

    @cached_property
    def _terms(self) -> dict[tuple[str, str], Term]:
        return {(term.vocabulary, term.code): term for term in Term.objects.all()}

    def term(self, vocabulary: str, code: str) -> Term:
        """Return the term of a code that `cells.code` has accepted."""
        return self._terms[vocabulary, code]

    @cached_property
    def _places(self) -> dict[str, list[Place]]:
        found: dict[str, list[Place]] = {}
        for place in Place.objects.all():
            for name in {place.name, *(name for names in place.other_names.values() for name in names)}:
                found.setdefault(name.casefold(), []).append(place)
        return found

    def place_named(self, name: str, pair: Pair | None) -> Place:
        """Return the place of that name in any language; of several, the one in a country of the pair."""
        found = self._places.get(name.casefold(), [])
        if len(found) > 1 and pair is not None:
            found = [place for place in found if place.country_id in (pair.a_id, pair.b_id)] or found
        if not found:
            raise Wrong(f"No place called “{name}” is on file. Load a places file that has it, or correct the name.")
        if len(found) > 1:
            raise Wrong(
                f"“{name}” names {len(found)} places: {', '.join(sorted(p.ref for p in found))}. Use place_ref."
            )
        return found[0]

    def place_known(self, name: str, country: Country | None) -> Place | None:
        """Return the place on file with this name, in any language, in this country."""
        code = country.code if country else None
        return next((one for one in self._places.get(name.casefold(), []) if one.country_id == code), None)

    def first_said_in(self, key: Any, line: int) -> int | None:
        """Return the line that has said this already in this file; None, and remember `line`, where none has."""
        if key in self.seen:
            return self.seen[key]
        self.seen[key] = line
        return None


def _slices(refs: list[str]) -> Iterable[list[str]]:
    return (refs[at : at + 500] for at in range(0, len(refs), 500))
