"""The FilterSets of the common ground."""

from django.db.models import Q
from django.utils.translation import gettext_lazy

from registry.core import vocabularies
from registry.core.filter_sets import RecordFilterSet
from registry.core.filters import (
    AboutRecord,
    BorderOf,
    Choices,
    Codes,
    Countries,
    EitherSide,
    Exactly,
    Languages,
    OneCountry,
    Pairs,
    Refs,
    Search,
    YesNo,
    by_visibility,
)
from registry.core.models import Citation, Country, Document, Framework, Indicator, Pair, Place, Source, Subject, Term
from registry.core.ranges import between


class CountryFilterSet(RecordFilterSet):
    region = Exactly(field_name="region", help_text=gettext_lazy("As the list writes it."))
    subregion = Exactly(field_name="subregion", help_text=gettext_lazy("As the list writes it."))
    borders = OneCountry("borders", label=gettext_lazy("Borders on"))
    on_file = ("historic_name", "former_code", "withdrawn_on", "latitude", "borders")

    class Meta:
        model = Country
        fields: list[str] = []


class PairFilterSet(RecordFilterSet):
    q = Search()
    country = EitherSide()
    pair = Pairs("ref")
    tracking_basis = Codes("tracking_basis", "tracking_basis")
    tracked_from_after, tracked_from_before = between(
        "tracked_from", gettext_lazy("Tracked since from"), gettext_lazy("Tracked since until"), fuzzy=False
    )
    tracked_until_after, tracked_until_before = between(
        "tracked_until", gettext_lazy("Tracked to from"), gettext_lazy("Tracked to until"), fuzzy=False
    )
    on_file = ("tracked_from", "tracked_until", "note")

    class Meta:
        model = Pair
        fields: list[str] = []


class TermFilterSet(RecordFilterSet):
    vocabulary = Choices([(name, name) for name in vocabularies.lists()], "vocabulary")
    retired = YesNo(lambda: Q(retired=True), label=gettext_lazy("Retired"))

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
    subdivision = Exactly(field_name="subdivision", help_text=gettext_lazy("ISO 3166-2 code, as KG-O."))
    on_file = ("country", "subdivision", "latitude", "border_of", "note")

    class Meta:
        model = Place
        fields: list[str] = []


class SourceFilterSet(RecordFilterSet):
    q = Search()
    kind = Codes("source_kind", "kind")
    language = Languages()
    dated_after, dated_before = between("date", gettext_lazy("Dated from"), gettext_lazy("Dated until"))
    visibility = by_visibility()
    accessed_after, accessed_before = between(
        "accessed", gettext_lazy("Read from"), gettext_lazy("Read until"), fuzzy=False
    )
    doi = Exactly(field_name="doi", help_text=gettext_lazy("Without https://doi.org/."))
    licence = Exactly(field_name="licence", help_text=gettext_lazy("As the source states it."))
    on_file = (
        *("authors", "title", "publisher", "container", "doi", "address", "archived_address", "date", "accessed"),
        *("language", "licence", "about", "note"),
    )

    class Meta:
        model = Source
        fields: list[str] = []


class FrameworkFilterSet(RecordFilterSet):
    q = Search()
    country = OneCountry()
    started_after, started_before = between("started_on", gettext_lazy("Begins from"), gettext_lazy("Begins until"))
    ended_after, ended_before = between("ended_on", gettext_lazy("Ends from"), gettext_lazy("Ends until"))
    source = Refs(Source, "source")
    on_file = ("country", "started_on", "ended_on", "source", "note")

    class Meta:
        model = Framework
        fields: list[str] = []


class IndicatorFilterSet(RecordFilterSet):
    q = Search()
    pair = Pairs()
    country = Countries()
    dated_after, dated_before = between("date", gettext_lazy("Dated from"), gettext_lazy("Dated until"))
    source = Refs(Source, "source")
    unit = Exactly(field_name="unit", help_text=gettext_lazy("As the list writes it."))
    on_file = ("date", "source", "note")

    class Meta:
        model = Indicator
        fields: list[str] = []


class CitationFilterSet(RecordFilterSet):
    record = AboutRecord()
    source = Refs(Source, "source")
    field = Exactly(field_name="field", help_text=gettext_lazy("Name of the field that the source supports."))
    on_file = ("field", "value", "locator")

    class Meta:
        model = Citation
        fields: list[str] = []


class DocumentFilterSet(RecordFilterSet):
    record = AboutRecord()
    kind = Codes("document_kind", "kind")
    language = Languages()
    visibility = by_visibility()
    on_file = ("title", "language", "address", "file", "note")

    class Meta:
        model = Document
        fields: list[str] = []
