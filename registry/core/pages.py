"""Pages of the common ground: sources, places, indicators, documents, frameworks, subjects."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.prefetch import GenericPrefetch
from django.db.models import QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.html import format_html, format_html_join
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from registry.core import dates, gone
from registry.core.filter_kinds import (
    FrameworkFilterSet,
    IndicatorFilterSet,
    PlaceFilterSet,
    SourceFilterSet,
    SubjectFilterSet,
)
from registry.core.models import Citation, Document, Framework, Indicator, Pair, Place, Source, Subject
from registry.core.models.about import MEDIA_TYPES, record_models
from registry.core.notes import field_name, value_shown
from registry.core.partial import file_response
from registry.core.tables import Column, Fact, Table, has_page, named, seen
from registry.core.templatetags.concord import language, linked_all, number, outside, span_of
from registry.core.views import RecordList, RecordPage, read_at

# Sources ---------------------------------------------------------------------------------------------------------

SOURCES = (
    Column(gettext_lazy("Source"), lambda row: named(row, row.get_kind_display()), head=True),
    Column(gettext_lazy("Date"), lambda row: dates.display(row.date)),
    Column(gettext_lazy("Language"), lambda row: language(row.language)),
    Column(gettext_lazy("Read at"), lambda row: outside(row.address)),
)


class SourceList(RecordList):
    model = Source
    filterset_class = SourceFilterSet
    filters = ("q", "kind", "dated_after", "dated_before")
    more_formats = {"BibTeX": "bibtex", "CSL-JSON": "csl"}
    columns = SOURCES
    title = gettext_lazy("Sources")
    lede = gettext_lazy("Where every statement of the registry comes from.")
    caption = gettext_lazy("By reference")


CITED = (
    Column(gettext_lazy("Record"), lambda row: named_any(row.record), head=True),
    Column(gettext_lazy("On what"), lambda row: field_name(row.record, row.field) if row.field else "", empty=""),
    Column(gettext_lazy("It says"), lambda row: value_shown(row.record, row.field, row.value), empty=""),
    Column(gettext_lazy("Where in it"), lambda row: row.locator, empty=""),
)


def named_any(record: Any) -> str:
    """Write a record of any kind, as a link where it has a page."""
    kind = str(record._meta.verbose_name)
    return named(record, kind) if has_page(record) else f"{record} ({kind})"


MOST_CITED = 200
"""How many citations the page of a source lists at most: a data set is cited for thousands of records."""


def cited_by(source: Source, user: Any) -> tuple[list[Citation], int]:
    """Return what a source is cited for, as far as `user` may see it, and how much there is of it.

    One query for each kind of record concerned.
    """
    citations = source.citations.visible_to(user)
    types = set(citations.order_by().values_list("content_type", flat=True))
    kinds = [kind for kind in record_models() if ContentType.objects.get_for_model(kind).pk in types]
    # what a name is made of lies behind keys that are never empty, as the commission of a session
    needed = [kind.objects.visible_to(user).select_related() for kind in kinds]
    rows = citations.select_related("content_type").prefetch_related(GenericPrefetch("record", needed))
    some = rows.order_by("content_type", "object_id", "pk")[:MOST_CITED]
    return [row for row in some if row.record is not None], citations.count()


class SourcePage(RecordPage):
    model = Source
    facts = ("authors", "publisher", "date", "accessed")
    optional = ("container", "about", "doi", "licence")

    def kicker(self) -> str:
        return _("%(kind)s, a source") % {"kind": self.object.get_kind_display()}

    def facts_shown(self) -> list[Fact]:
        source = self.object
        facts = [*super().facts_shown(), Fact(_("language"), language(source.language))]
        facts.append(Fact(_("address"), outside(source.address)))
        if source.archived_address:
            facts.append(Fact(_("archived address"), outside(source.archived_address)))
        return facts

    def tables(self) -> list[Table]:
        source, user = self.object, self.request.user
        cited, count = cited_by(source, user)
        figures = source.indicators.visible_to(user).select_related("pair__a", "pair__b")
        return [
            Table(
                _("Each line is what it says of one field of one record")
                if count <= MOST_CITED
                else _("The first %(n)s; each line is what it says of one field of one record") % {"n": MOST_CITED},
                CITED,
                cited,
                count=count,
                title=_("What it is cited for"),
                empty=_("It is not cited for anything yet."),
            ),
            Table("", (*INDICATORS[:3], PAIR), figures, title=_("Indicators")),
            *super().tables(),
        ]


# Places ----------------------------------------------------------------------------------------------------------


def places(user: Any) -> QuerySet:
    """Return the places that `user` may see, with what the columns need."""
    rows = Place.objects.visible_to(user).select_related("country")
    return rows.prefetch_related(seen(user, "border_of", Pair, "a", "b"))


class PlaceList(RecordList):
    model = Place
    filterset_class = PlaceFilterSet
    filters = ("q", "country", "border_of")
    columns = (
        Column(gettext_lazy("Place"), named, head=True),
        Column(gettext_lazy("Country"), lambda row: row.country, empty=gettext_lazy("left open")),
        Column(gettext_lazy("Border region of"), lambda row: linked_all(row.border_of.all()), empty=""),
    )
    title = gettext_lazy("Places")
    lede = gettext_lazy("Where agreements were signed, sessions met and events took place.")
    caption = gettext_lazy("By name")

    def records(self) -> QuerySet:
        return places(self.request.user)


class PlacePage(RecordPage):
    any_day = True
    model = Place
    facts = ("country",)
    optional = ("subdivision", "border_of")

    def facts_shown(self) -> list[Fact]:
        place = self.object
        names = "; ".join(f"{language(tag)}: {', '.join(names)}" for tag, names in place.other_names.items())
        position = f"{place.latitude:.4f}, {place.longitude:.4f}" if place.latitude is not None else ""
        return [*super().facts_shown(), Fact(_("other names"), names), Fact(_("position"), position)]


# Indicators ------------------------------------------------------------------------------------------------------

INDICATORS = (
    Column(gettext_lazy("What"), lambda row: named(row, text=row.what), head=True),
    Column(gettext_lazy("Value"), lambda row: f"{number(row.value.normalize())} {row.unit}", css="n"),
    Column(gettext_lazy("Date"), lambda row: dates.display(row.date)),
    Column(gettext_lazy("Source"), lambda row: named(row.source) if row.source else ""),
)
PAIR = Column(gettext_lazy("Pair"), lambda row: named(row.pair))


def indicators(user: Any) -> QuerySet:
    """Return the indicators that `user` may see, with what the columns need."""
    rows = Indicator.objects.visible_to(user).select_related("pair__a", "pair__b")
    return rows.prefetch_related(seen(user, "source", Source))


class IndicatorList(RecordList):
    model = Indicator
    filterset_class = IndicatorFilterSet
    filters = ("q", "pair", "country", "dated_after", "dated_before")
    columns = (INDICATORS[0], PAIR, *INDICATORS[1:])
    title = gettext_lazy("Indicators")
    lede = gettext_lazy("Figures as sources state them. Two may disagree, and both stay.")
    caption = gettext_lazy("By pair")

    def records(self) -> QuerySet:
        return indicators(self.request.user)


class IndicatorPage(RecordPage):
    model = Indicator
    facts = ("value", "unit", "date", "source")

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().select_related("pair__a", "pair__b", "source")

    def tables(self) -> list[Table]:
        row = self.object
        others = indicators(self.request.user).filter(pair=row.pair, what=row.what).exclude(pk=row.pk)
        return [Table("", INDICATORS, others, title=_("Other figures for the same")), *super().tables()]


# Documents -------------------------------------------------------------------------------------------------------


class DocumentPage(RecordPage):
    model = Document

    def kicker(self) -> str:
        return self.object.get_kind_display()

    def facts_shown(self) -> list[Fact]:
        document = self.object
        return [
            Fact(_("record"), named_any(document.record)),
            Fact(_("language"), language(document.language)),
            Fact(_("read at"), read_at(document)),
        ]


@require_safe
def document_file(request: HttpRequest, ref: str) -> HttpResponseBase:
    """Send the file of a document that is kept here, whole or in part, to whoever may see the document."""
    document = Document.objects.visible_to(request.user).exclude(file="").filter(ref=ref).first()
    if document is None:
        return gone.page_answer(Document, ref, request)
    path = Path(document.file.path)
    try:
        answer = file_response(
            request,
            path,
            etag=f'"{ref}-v{document.version}"',
            media_type=MEDIA_TYPES.get(document.ending, "application/octet-stream"),
            keep="private, no-cache, no-transform",  # asked for anew each time: it may be withdrawn, or replaced
        )
    except FileNotFoundError:
        raise Http404 from None
    answer.headers["Content-Disposition"] = content_disposition_header(False, path.name) or "inline"
    return answer


# Frameworks ------------------------------------------------------------------------------------------------------

FRAMEWORKS = (
    Column(gettext_lazy("Framework"), named, head=True),
    Column(gettext_lazy("Country"), lambda row: row.country, empty=gettext_lazy("none: regional")),
    Column(gettext_lazy("When"), lambda row: span_of(row.started_on, row.ended_on)),
    Column(gettext_lazy("Source"), lambda row: named(row.source) if row.source else ""),
)


def frameworks(user: Any) -> QuerySet:
    """Return the frameworks that `user` may see, with what the columns need."""
    return Framework.objects.visible_to(user).select_related("country").prefetch_related(seen(user, "source", Source))


class FrameworkList(RecordList):
    model = Framework
    filterset_class = FrameworkFilterSet
    filters = ("q", "country", "started_after", "started_before")
    columns = FRAMEWORKS
    title = gettext_lazy("Frameworks")
    lede = gettext_lazy("Regional strategies and policies of one country, which initiatives name.")
    caption = gettext_lazy("By title")

    def records(self) -> QuerySet:
        return frameworks(self.request.user)


class FrameworkPage(RecordPage):
    any_day = True
    model = Framework
    facts = ("started_on", "ended_on", "source")

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().select_related("country", "source")

    def facts_shown(self) -> list[Fact]:
        country = self.object.country or _("none: a regional strategy")
        return [Fact(_("country"), country, ("country",)), *super().facts_shown()]


# Subjects --------------------------------------------------------------------------------------------------------


def in_language(tag: str, text: str) -> SafeString:
    """Write a text so that a screen reader knows which language it is in."""
    return format_html('<span lang="{}">{}</span>', tag, text)


def other_labels(subject: Subject) -> SafeString:
    """Write what a subject is called in other languages than the reader's; each word once, as some share it."""
    others = {text: tag for tag, text in sorted(subject.labels.items()) if text != str(subject)}
    return format_html_join(", ", "{}", ((in_language(tag, text),) for text, tag in others.items()))


SUBJECTS = (
    Column(gettext_lazy("Subject"), named, head=True),
    Column(gettext_lazy("In other languages"), other_labels),
)


class SubjectList(RecordList):
    model = Subject
    filterset_class = SubjectFilterSet
    filters = ("q",)
    columns = SUBJECTS
    title = gettext_lazy("Subjects")
    lede = gettext_lazy("The tags that initiatives, events, outputs and actors bear, the same in every language.")
    caption = gettext_lazy("By name")

    def order(self) -> Iterable[Any]:
        shown = (KeyTextTransform(tag, "labels") for tag in (get_language() or "en", "en"))
        return [Coalesce(*shown)]


class SubjectPage(RecordPage):
    any_day = True
    model = Subject

    def facts_shown(self) -> list[Fact]:
        labels = self.object.labels
        tags = [*(code for code, _name in settings.LANGUAGES), *sorted(labels)]
        # of the six, what is missing is told too, since a reader of that language sees the English one
        return [
            Fact(language(tag), in_language(tag, labels[tag]) if tag in labels else "") for tag in dict.fromkeys(tags)
        ]
