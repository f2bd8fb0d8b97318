"""The changes feed in the API: what everyone may see, as it was written, in the order of commits."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Q, QuerySet, Value
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from registry.core.access import NOBODY
from registry.core.api import ReadViewSet, router
from registry.core.changes import fed_kinds
from registry.core.examples import Example
from registry.core.filter_sets import RecordFilterSet
from registry.core.filters import Choices, Countries, Pairs, RecordFilter
from registry.core.models import Change, Pair
from registry.core.parameters import MomentField, NumberField
from registry.core.reading import Asked
from registry.core.serializers import PartSerializer, api_url, links_of, page_url
from registry.core.wanted import Wanted

KINDS = {kind.url_name(): kind for kind in fed_kinds()}
"""Kind of record, as the feed names it → its model."""


class Since(RecordFilter):
    """What came into the feed at this moment or later."""

    field_class = MomentField

    def chosen(self, rows: QuerySet, value: datetime) -> QuerySet:
        # by place: moments grow with places, and the database would look through all rows for the first of them
        first = Change.objects.filter(at__gte=value).order_by("at", "sequence").values("sequence")[:1]
        return rows.filter(sequence__gte=first)


class After(RecordFilter):
    """What stands behind a place in the feed."""

    @cached_property
    def field(self) -> forms.Field:
        return NumberField(least=0, most=999_999_999, label=self._label, help_text=self.extra["help_text"])

    def filter(self, rows: QuerySet, value: int | None) -> QuerySet:
        return rows if value is None else rows.filter(sequence__gt=value)


class OfCountries(Countries):
    """Countries that are either side of the pair of a record, or its own where it has no pair."""

    def chosen(self, rows: QuerySet, value: list[str]) -> QuerySet:
        pairs = Pair.objects.filter(Q(a__in=value) | Q(b__in=value))
        return rows.filter(Q(pair__in=pairs.values("pk")) | Q(country__in=value))


class ChangeFilterSet(RecordFilterSet):
    kind = Choices([(name, name) for name in sorted(KINDS)], "kind")
    what = Choices(Change.What.choices, "what")
    pair = Pairs("pair")
    country = OfCountries(help_text=gettext_lazy("Codes of countries, as KG; of actors and places their own."))
    since = Since(
        label=gettext_lazy("Since"), help_text=gettext_lazy("A day or a moment; without a zone it is meant in UTC.")
    )
    after = After(
        label=gettext_lazy("After"), help_text=gettext_lazy("A `sequence`: only what came later, to go on reading.")
    )

    class Meta:
        model = Change
        fields: list[str] = []


class ChangeSerializer(PartSerializer):
    sequence = serializers.IntegerField(read_only=True, help_text="Place in the feed, in the order of commits.")
    at = serializers.DateTimeField(read_only=True, help_text="When it came into the feed (UTC).")
    title = serializers.CharField(
        read_only=True, allow_null=True, help_text="What it is called now; null where it is gone, by this or later."
    )
    pair = serializers.CharField(read_only=True, allow_null=True, help_text="Pair of the record; null: it has none.")
    into = serializers.SerializerMethodField(help_text="Reference of the record it was merged into.")
    url = serializers.SerializerMethodField(help_text="Its page; of what is gone it says so, or leads further.")
    api = serializers.SerializerMethodField(help_text="Its address in the API; as the page.")

    class Meta:
        model = Change
        fields = ("sequence", "at", "what", "kind", "ref", "version", "title", "pair", "into", "url", "api")

    @classmethod
    def prepare(cls, rows: Sequence[Any], asked: Asked, wanted: Wanted) -> None:
        titles = titles_of(rows) if "title" in wanted else {}
        for row in rows:
            row.title = None if row.is_gone else titles.get((row.kind, row.ref))

    def get_into(self, row: Change) -> str | None:
        return row.into if row.what == Change.What.MERGED else None

    def get_url(self, row: Change) -> str:
        return page_url(row.kind, row.ref)

    def get_api(self, row: Change) -> str:
        return api_url(row.kind, row.ref)


class ChangeViewSet(ReadViewSet):
    """Changes: every write of what everyone may see, with tombstones for what is gone. Never of a draft.

    Follow `next`; at the end come back with `after=` the last `sequence` you have met. Places are given in the order
    of commits, so that what comes in later always stands behind.
    """

    example = Example("pair=KG-TJ&kind=event")
    serializer_class = ChangeSerializer
    filterset_class = ChangeFilterSet
    orderings = {"sequence": "sequence"}
    ordering = "sequence"

    @classmethod
    def as_view(cls, actions: Any = None, **kwargs: Any) -> Any:
        return super().as_view(actions or {"get": "list"}, **kwargs)

    @property
    def columns(self) -> dict[str, str]:
        return {"id": "sequence", "sequence": "sequence"}

    def visible_rows(self) -> QuerySet:
        return Change.objects.filter(sequence__isnull=False)


def titles_of(rows: Collection[Change]) -> dict[tuple[str, str], str]:
    """Return (kind, reference) → title of the records that everyone may see now. Three queries at most."""
    wanted: dict[str, set[str]] = {}
    for row in rows:
        wanted.setdefault(row.kind, set()).add(row.ref)
    pairs = Pair.objects.visible_to(NOBODY).select_related("a", "b").filter(pk__in=wanted.pop("pair", ()))
    found = {("pair", pair.ref): str(pair) for pair in pairs}
    keys: dict[type, set[int]] = {}
    each = [
        KINDS[kind]._base_manager.filter(ref__in=refs).order_by().values_list(Value(kind), "pk")
        for kind, refs in wanted.items()
    ]
    for kind, key in each[0].union(*each[1:], all=True) if each else ():
        keys.setdefault(KINDS[kind], set()).add(key)
    links = links_of(keys, NOBODY) if keys else {}
    return found | {(link["kind"], link["ref"]): link["title"] for link in links.values()}


router.answer("changes/", ChangeViewSet, "api-change-list")
