"""The API of the common ground: countries, pairs, vocabularies, places, sources and what is cited from them."""

from collections.abc import Sequence
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from rest_framework import serializers

from registry.core import citing, export
from registry.core import filter_kinds as filters
from registry.core.api import NumberedViewSet, ReadViewSet, router
from registry.core.api_write import WriteViewSet
from registry.core.examples import Example
from registry.core.grouping import By, Sides, Year, by_pair
from registry.core.models import (
    Citation,
    Country,
    Document,
    Framework,
    Indicator,
    Pair,
    Place,
    Source,
    Subject,
    Term,
)
from registry.core.reading import Asked
from registry.core.record_forms import (
    DocumentForm,
    FrameworkForm,
    IndicatorForm,
    PairForm,
    PlaceForm,
    SourceForm,
    SubjectForm,
)
from registry.core.serializers import (
    DETAIL,
    RECORD,
    DetailSerializer,
    FileField,
    GivenLinkField,
    RowSerializer,
    TextsField,
    links_of,
)
from registry.core.wanted import Wanted


class CountrySerializer(RowSerializer):
    label = serializers.CharField(source="name", read_only=True, help_text="Its name in the language asked for.")

    class Meta:
        model = Country
        fields = (
            *("code", "label", "alpha3", "region", "subregion", "historic_name", "former_code", "withdrawn_on"),
            *("latitude", "longitude", "borders"),
        )


class CountryViewSet(ReadViewSet):
    """Countries: ISO 3166-1, ISO 3166-3 for states that no longer exist, and XK. Namibia is NA, a code."""

    example = Example("region=Asia", "NA")
    serializer_class = CountrySerializer
    filterset_class = filters.CountryFilterSet
    known_by = ("code",)
    orderings = {"code": "code"}
    ordering = "code"
    lookup_field = "code"
    lookup_value_regex = "[A-Z]+"


class PairSerializer(RowSerializer):
    label = serializers.CharField(source="__str__", read_only=True, help_text="Both names in the language asked for.")

    class Meta:
        model = Pair
        fields = ("a", "b", "label", "tracked_from", "tracked_until", "tracking_basis", *RECORD)


class PairViewSet(WriteViewSet):
    """Pairs of countries in code order, as KG-TJ, and the days for which their record is claimed to be complete."""

    example = Example("country=TJ", "KG-TJ")
    serializer_class = PairSerializer
    form_class = PairForm
    http_method_names = ["get", "head", "options", "patch"]  # a pair comes into being when first used
    filterset_class = filters.PairFilterSet
    groups = {"country": Sides("")}
    orderings = {"ref": "ref"}
    ordering = "ref"
    lookup_value_regex = "[A-Z]{2,4}-[A-Z]{2,4}"
    leads = "To the same pair with its codes in order."

    def retrieve(self, request: Any, ref: str) -> Any:
        in_order = "-".join(sorted(ref.split("-")))
        if in_order == ref:
            return super().retrieve(request, ref)
        query = request.META.get("QUERY_STRING")
        return HttpResponseRedirect(reverse("api-pair-detail", args=[in_order]) + (f"?{query}" if query else ""))

    retrieve.__doc__ = ReadViewSet.retrieve.__doc__


class TermSerializer(RowSerializer):
    label = serializers.CharField(read_only=True, help_text="In the language asked for.")
    definition = serializers.SerializerMethodField(help_text="What is meant by it, in the language asked for.")
    maps_to = serializers.SerializerMethodField(help_text="Terms of other schemes, as `SCHEME:code`.")
    default_sector = serializers.SerializerMethodField(
        help_text="Of types of actors: the sector of such an actor, unless it says otherwise."
    )

    class Meta:
        model = Term
        fields = ("vocabulary", "code", "label", "definition", "maps_to", "default_sector", "position", "retired")

    def get_definition(self, term: Term) -> str | None:
        text = term.data.get("definition")
        return gettext(text) if text else None

    def get_maps_to(self, term: Term) -> list[str]:
        return term.data.get("maps_to") or []

    def get_default_sector(self, term: Term) -> str | None:
        return term.data.get("default_sector")


class TermViewSet(ReadViewSet):
    """Terms of the vocabularies: what codes there are and what they mean. Codes are permanent."""

    example = Example("vocabulary=event_outcome", "event_outcome:HELD_DOWNGRADED")
    serializer_class = TermSerializer
    filterset_class = filters.TermFilterSet
    known_by = ("vocabulary", "code")
    ordering = "id"
    lookup_field = "code"
    lookup_url_kwarg = "ref"
    lookup_value_regex = "[a-z_]+:[A-Za-z0-9_]+"

    def lookup(self, ref: str) -> dict[str, Any]:
        vocabulary, code = ref.split(":")
        return {"vocabulary": vocabulary, "code": code}


class SubjectSerializer(RowSerializer):
    label = serializers.CharField(source="__str__", read_only=True, help_text="In the language asked for.")

    class Meta:
        model = Subject
        fields = ("label", "labels", *RECORD)


class SubjectViewSet(WriteViewSet):
    """Subjects: controlled tags in several languages, of which English is always one."""

    example = Example(enters={"labels": {"en": "Puppet theatre", "ru": "Кукольный театр"}})
    serializer_class = SubjectSerializer
    form_class = SubjectForm
    filterset_class = filters.SubjectFilterSet
    orderings = {"ref": "ref"}
    ordering = "ref"


class PlaceSerializer(RowSerializer):
    other_names = TextsField(read_only=True, help_text="Language tag to list of names.")

    class Meta:
        model = Place
        fields = (
            *("name", "other_names", "country", "subdivision", "latitude", "longitude", "border_of"),
            *RECORD,
        )


class PlaceDetailSerializer(DetailSerializer, PlaceSerializer):
    class Meta(PlaceSerializer.Meta):
        fields = (*PlaceSerializer.Meta.fields, *DETAIL)


class PlaceViewSet(WriteViewSet):
    """Places, and the pairs in whose border region they lie."""

    example = Example(
        "country=KG", "P-BATKEN", {"name": "Cholpon-Ata", "country": "KG", "other_names": {"ky": ["Чолпон-Ата"]}}
    )
    serializer_class = PlaceSerializer
    detail_class = PlaceDetailSerializer
    form_class = PlaceForm
    filterset_class = filters.PlaceFilterSet
    groups = {"country": By("country")}
    orderings = {"name": "name", "ref": "ref"}
    ordering = "name"


class SourceSerializer(RowSerializer):
    class Meta:
        model = Source
        fields = (
            *("kind", "authors", "title", "publisher", "container", "doi", "address", "archived_address", "date"),
            *("accessed", "language", "licence", "about", "visibility", *RECORD),
        )


class SourceViewSet(WriteViewSet):
    """Sources: pages, laws, registers and data sets from which statements come, each with its licence if known."""

    example = Example(
        "kind=NEWS_AGENCY&q=culture",
        "S-24KG-285893",
        {"kind": "PRESS", "title": "Plan of 2027", "publisher": "A newspaper", "date": "2026-11", "desk": "KG"},
    )
    serializer_class = SourceSerializer
    form_class = SourceForm
    filterset_class = filters.SourceFilterSet
    groups = {"year": Year("date_latest"), "kind": By("kind")}
    formats = export.FORMATS | citing.SOURCE_LISTS
    orderings = {"ref": "ref"}
    ordering = "ref"


class FrameworkSerializer(RowSerializer):
    class Meta:
        model = Framework
        fields = ("title", "country", "started_on", "ended_on", "source", *RECORD)


class FrameworkDetailSerializer(DetailSerializer, FrameworkSerializer):
    class Meta(FrameworkSerializer.Meta):
        fields = (*FrameworkSerializer.Meta.fields, *DETAIL)


class FrameworkViewSet(WriteViewSet):
    """Frameworks: regional strategies and policy documents that initiatives name."""

    example = Example(
        enters={"title": "Culture 2030", "country": "KG", "started_on": "2021", "ended_on": "2030"},
    )
    serializer_class = FrameworkSerializer
    detail_class = FrameworkDetailSerializer
    form_class = FrameworkForm
    filterset_class = filters.FrameworkFilterSet
    groups = {"year": Year("started_on_earliest"), "country": By("country")}
    orderings = {"title": "title", "ref": "ref"}
    ordering = "title"


class IndicatorSerializer(RowSerializer):
    class Meta:
        model = Indicator
        fields = ("pair", "what", "value", "unit", "date", "source", *RECORD)


class IndicatorDetailSerializer(DetailSerializer, IndicatorSerializer):
    class Meta(IndicatorSerializer.Meta):
        fields = (*IndicatorSerializer.Meta.fields, *DETAIL)


class IndicatorViewSet(WriteViewSet):
    """Indicators: figures of a pair as a source states them; two may disagree and both stay."""

    example = Example(
        "pair=KZ-UZ",
        "I01",
        {
            "pair": "KZ-UZ",
            "what": "An example",
            "value": 1,
            "unit": "people",
            "date": "2026",
            "source": "S-24KG-285893",
        },
    )
    serializer_class = IndicatorSerializer
    detail_class = IndicatorDetailSerializer
    form_class = IndicatorForm
    filterset_class = filters.IndicatorFilterSet
    groups = {"year": Year("sort_day"), **by_pair()}
    orderings = {"day": "sort_day", "ref": "ref"}


class AboutSerializer(RowSerializer):
    """A row that attaches to a record of any kind."""

    record = GivenLinkField(source="of_record", read_only=True, help_text="The record it attaches to.")

    @classmethod
    def prepare(cls, rows: Sequence[Any], asked: Asked, wanted: Wanted) -> None:
        keys: dict[type, set[int]] = {}
        for row in rows:
            model = ContentType.objects.get_for_id(row.content_type_id).model_class()
            keys.setdefault(model, set()).add(row.object_id)
        links = links_of(keys, asked.user)
        for row in rows:
            model = ContentType.objects.get_for_id(row.content_type_id).model_class()
            row.of_record = links.get((model, row.object_id))


class CitationSerializer(AboutSerializer):
    url = serializers.SerializerMethodField(help_text="Permanent address of the page of the record.")

    class Meta:
        model = Citation
        fields = ("url", "record", "source", "field", "value", "locator")
        joined = ("source",)

    def get_url(self, row: Any) -> str:
        return row.of_record["url"]


class CitationViewSet(NumberedViewSet):
    """Citations: what one source says of one field of one record; two that disagree stand side by side."""

    example = Example("source=S-24KG-285893", "1")
    serializer_class = CitationSerializer
    filterset_class = filters.CitationFilterSet


class DocumentSerializer(AboutSerializer):
    file = FileField()

    class Meta:
        model = Document
        fields = ("record", "kind", "title", "language", "address", "file", "visibility", *RECORD)


class DocumentViewSet(WriteViewSet):
    """Documents: texts, scans, minutes and reports of records, at an address or kept here."""

    example = Example(enters={"record": "R01", "kind": "TEXT", "language": "ru", "address": "https://example.org/text"})
    serializer_class = DocumentSerializer
    form_class = DocumentForm
    filterset_class = filters.DocumentFilterSet
    groups = {"kind": By("kind")}
    orderings = {"ref": "ref"}
    ordering = "id"


router.kind("countries", CountryViewSet, "country")
router.kind("pairs", PairViewSet, "pair")
router.kind("vocabularies", TermViewSet, "term")
router.kind("subjects", SubjectViewSet, "subject")
router.kind("places", PlaceViewSet, "place")
router.kind("sources", SourceViewSet, "source")
router.kind("citations", CitationViewSet, "citation")
router.kind("documents", DocumentViewSet, "document")
router.kind("frameworks", FrameworkViewSet, "framework")
router.kind("indicators", IndicatorViewSet, "indicator")
