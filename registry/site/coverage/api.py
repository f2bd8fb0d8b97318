"""Coverage in the API: a row for each pair and year."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.response import Response

from registry.core import export, paging, vocabularies
from registry.core.api import ReadView, ReadViewSet, licence, router
from registry.core.api_forms import CURSOR, LIMIT, SAFE
from registry.core.examples import Example
from registry.core.openapi import Schema
from registry.core.parameters import OneOf, Problem
from registry.core.problems import BadParameters
from registry.core.reading import Asked
from registry.core.wanted import ALL
from registry.site.coverage.asking import CoverageForm
from registry.site.coverage.counting import COUNTED, SAYS, Cell, cells

ORDER = paging.Order("pair", "pair")


class CellSerializer(serializers.Serializer):
    """One year of one pair."""

    pair = serializers.CharField(help_text="Both codes in order, as KG-TJ.")
    pair_label = serializers.CharField(help_text="Both names in the language asked for.")
    year = serializers.IntegerField(help_text="The year.")
    says = serializers.ChoiceField(list(SAYS), help_text="Whether it is tracked, and whether anything is on file.")
    says_label = serializers.CharField(help_text="The same in the language asked for.")
    on_file = serializers.IntegerField(help_text="Agreements, sessions, events and entries of the year, in all.")
    agreements = serializers.IntegerField(help_text="Agreements signed in it.")
    sessions = serializers.IntegerField(help_text="Sessions that began in it or were planned for it, whatever came.")
    events = serializers.IntegerField(help_text="Events that began in it or were planned for it, whatever came.")
    entries = serializers.IntegerField(help_text="Activities entered by hand.")
    activities = serializers.IntegerField(help_text="Pieces of evidence that count for the continuity of initiatives.")
    sources = serializers.IntegerField(help_text="Sources that are cited for what is on file of the year.")
    undated = serializers.IntegerField(help_text="Records of the pair without a day, which are in no year.")
    days_tracked = serializers.IntegerField(help_text="Its days, up to today, for which the record is tracked.")
    days = serializers.IntegerField(help_text="Its days.")
    tracked_from = serializers.DateField(allow_null=True, help_text="First tracked day of the pair; null: none.")
    tracked_until = serializers.DateField(allow_null=True, help_text="Last tracked day; null: still going on.")
    tracking_basis = serializers.CharField(allow_null=True, help_text="declared or assumed; null: nothing is claimed.")
    tracking_basis_label = serializers.CharField(allow_null=True, help_text="The same in the language asked for.")


class CoverageSerializer(serializers.Serializer):
    """A page of it."""

    results = CellSerializer(many=True, help_text="By pair and year.")
    next = serializers.URLField(allow_null=True, help_text="The next page; null: none.")
    license = serializers.DictField(child=serializers.CharField(), help_text="Under what terms it may be used.")


class CoverageListForm(CoverageForm):
    """What the API understands besides."""

    limit = LIMIT
    cursor = CURSOR
    safe = SAFE
    format = OneOf(
        known=["json", *export.FORMATS],
        help_text=gettext_lazy("How the answer is written; any but json is a file with all rows, not in pages."),
    )

    def clean(self) -> dict[str, Any]:
        asked = super().clean()
        if asked.get("format") in export.FORMATS:
            for name in ("limit", "cursor"):
                if self.data.get(name):
                    self.add_error(name, _("A file holds all rows. Leave it out, or leave out “format”."))
        if asked.get("safe") == "1" and asked.get("format") != "csv":
            self.add_error("safe", _("It goes with format=csv. Add that, or leave it out."))
        return asked


class WithFiles(Schema):
    """The description of an answer that is a file as well."""

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        for media_type, _write in export.FORMATS.values():
            bodies["200"]["content"][media_type.split(";")[0]] = {"schema": {"type": "string"}}
        return bodies


def told(some: Iterable[Cell], asked: Asked) -> Iterator[dict[str, Any]]:
    """Yield cells as they are sent."""
    for cell in some:
        pair, basis = cell.pair, cell.pair.tracking_basis or None
        yield {
            "pair": pair.ref,
            "pair_label": asked.pair(pair.ref),
            "year": cell.year,
            "says": cell.says,
            "says_label": str(SAYS[cell.says]),
            "on_file": cell.on_file,
            **{what: cell.counts.get(what, 0) for what in COUNTED},
            "undated": cell.undated,
            "days_tracked": cell.days_tracked,
            "days": cell.days,
            "tracked_from": pair.tracked_from and pair.tracked_from.isoformat(),
            "tracked_until": pair.tracked_until and pair.tracked_until.isoformat(),
            "tracking_basis": basis,
            "tracking_basis_label": basis and vocabularies.label("tracking_basis", basis),
        }


class CoverageView(ReadView):
    """Coverage: for each pair and year what is tracked and how much is on file, so that none is told from not recorded.

    Only what everyone may see is counted, whoever asks. A record without a day is in no year; `undated` counts those.
    """

    example = Example("pair=KG-TJ&from=2010&to=2020")
    action = "retrieve"
    schema = WithFiles()
    formats = export.FORMATS
    serializer_class = CoverageSerializer
    detail_form = CoverageListForm
    next_url, file = ReadViewSet.next_url, ReadViewSet.file

    def get(self, request: Any) -> HttpResponseBase:
        return self.retrieve(request)

    def retrieve(self, request: Any) -> HttpResponseBase:
        """What is tracked and how much is on file."""
        form = self.detail_form(request.query_params, user=request.user)
        asked = self.read(form)
        found = cells(form.pairs, asked["from"], asked["to"], self.after(asked["cursor"] or ""))
        if asked["format"] in export.FORMATS:
            return self.file(asked, export.columns_of(CellSerializer, ALL), lambda page: self.every(found))
        limit = asked["limit"] or paging.DEFAULT_LIMIT
        some = list(islice(found, limit + 1))
        last = some[limit - 1] if len(some) > limit else None
        return Response(
            {
                "results": list(told(some[:limit], Asked(request.user))),
                "next": self.next_url(paging.encode(ORDER.name, last.pair.ref, last.year) if last else ""),
                "license": licence(),
            }
        )

    def every(self, found: Iterator[Cell]) -> Iterator[dict[str, Any]]:
        """Yield every row in the language of the request, which has ended by then."""
        language, asked = translation.get_language(), Asked(self.request.user)
        while some := list(islice(found, export.AT_ONCE)):
            with translation.override(language):
                rows = list(told(some, asked))
            yield from rows

    def after(self, cursor: str) -> tuple[str, int] | None:
        """Return pair and year of the row behind which a page begins."""
        if not cursor:
            return None
        try:
            name, pair, year, _rank = paging.decode(cursor)
            if name != ORDER.name or not isinstance(pair, str) or not isinstance(year, int):
                raise paging.wrong(cursor)
        except ValidationError as error:
            raise BadParameters([Problem("cursor", cursor, " ".join(error.messages))]) from error
        return pair, year


router.answer("coverage/", CoverageView, "api-coverage")
