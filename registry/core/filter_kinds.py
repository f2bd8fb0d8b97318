"""The FilterSets of the common ground."""

from django.utils.translation import gettext_lazy

from registry.core import vocabularies
from registry.core.filter_sets import RecordFilterSet
from registry.core.filters import (
    AboutRecord,
    BorderOf,
    Choices,
    Codes,
    Countries,
    Exactly,
    Languages,
    OneCountry,
    Pairs,
    Refs,
    Search,
    between,
    by_visibility,
)
from registry.core.models import Citation, Country, Document, Framework, Indicator, Pair, Place, Source, Subject, Term


class CountryFilterSet(RecordFilterSet):
    class Meta:
        model = Country
        fields: list[str] = []


class PairFilterSet(RecordFilterSet):
    q = Search()
    country = Countries("")
    pair = Pairs("ref")
    tracking_basis = Codes("tracking_basis", "tracking_basis")

    class Meta:
        model = Pair
        fields: list[str] = []


class TermFilterSet(RecordFilterSet):
    vocabulary = Choices([(name, name) for name in vocabularies.lists()], "vocabulary")

    class Meta:
        model = Term
        fields: list[str] = []


class SubjectFilterSet(RecordFilterSet):
    q = Search()

    class Meta:
        model = Subject
        fields: list[str] = []


class PlaceFilterSet(RecordFilterSet):
    q = Search()
    country = OneCountry()
    border_of = BorderOf("border_of", label=gettext_lazy("Border region of"))

    class Meta:
        model = Place
        fields: list[str] = []


class SourceFilterSet(RecordFilterSet):
    q = Search()
    kind = Codes("source_kind", "kind")
    language = Languages()
    dated_after, dated_before = between("date", gettext_lazy("Dated from"), gettext_lazy("Dated until"))
    visibility = by_visibility()

    class Meta:
        model = Source
        fields: list[str] = []


class FrameworkFilterSet(RecordFilterSet):
    q = Search()
    country = OneCountry()

    class Meta:
        model = Framework
        fields: list[str] = []


class IndicatorFilterSet(RecordFilterSet):
    q = Search()
    pair = Pairs()
    country = Countries()
    dated_after, dated_before = between("date", gettext_lazy("Dated from"), gettext_lazy("Dated until"))
    source = Refs(Source, "source")

    class Meta:
        model = Indicator
        fields: list[str] = []


class CitationFilterSet(RecordFilterSet):
    record = AboutRecord()
    source = Refs(Source, "source")
    field = Exactly(field_name="field", help_text=gettext_lazy("Name of the field that the source supports."))

    class Meta:
        model = Citation
        fields: list[str] = []


class DocumentFilterSet(RecordFilterSet):
    record = AboutRecord()
    kind = Codes("document_kind", "kind")
    language = Languages()
    visibility = by_visibility()

    class Meta:
        model = Document
        fields: list[str] = []
