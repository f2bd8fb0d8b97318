"""The two kinds of page that every kind of record has: a list with filters, and the page of one record."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from functools import wraps
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import DetailView, ListView

from registry.core import access, citing, clock, days, gone, jsonld, singles
from registry.core.models import Document
from registry.core.notes import Notes
from registry.core.parameters import DayField
from registry.core.ranks import best_first
from registry.core.serializers import kind_of
from registry.core.tables import Column, Fact, Table, fact, named
from registry.core.templatetags.concord import address, language, outside


class WrongParameter(BadRequest):
    """A parameter of an address that cannot be read; the message names it, its value and the remedy."""


def day_asked(request: HttpRequest) -> date:
    """Return the day that `?as_of=` names, and keep it in the links of the page; else today.

    Raise WrongParameter where it is no day.
    """
    texts = request.GET.getlist(days.PARAMETER)
    try:
        day = DayField(required=False).clean(texts[0] if len(texts) == 1 else ",".join(texts))
    except ValidationError as error:
        raise WrongParameter(
            _("as_of=%(value)s is not a day of the calendar. Write it as %(today)s, or leave it out for today.")
            % {"value": error.params["value"], "today": clock.today().isoformat()}
        ) from None
    days.keep(day)
    return day or clock.today()


def any_day(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let a page answer for any day: it is handed the `day` that the reader asks about, or today."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, *args, day=day_asked(request), **kwargs)

    answer.any_day = True  # type: ignore[attr-defined]  # what `days` looks for
    return answer


Section = Callable[[Any, Any], Iterable[Table]]
SECTIONS: dict[type[Model], list[Section]] = {}
"""Kind of record → what stands on its page; rooms below add to the pages of rooms above, which do not know them."""


def section(*models: type[Model]) -> Callable[[Section], Section]:
    """Register a function (record, user) → tables for the pages of `models`; done in `views`, when URLs are read."""

    def register(make: Section) -> Section:
        for model in models:
            SECTIONS.setdefault(model, []).append(make)
        return make

    return register


class RecordList(ListView):
    """All records of one kind that the reader may see, filtered and in pages."""

    template_name = "core/list.html"
    paginate_by = 50
    filterset_class: Any = None
    any_day = False
    """Whether the list answers for the day asked; its filters then take `as_of`."""
    filters: tuple[str, ...] = ()
    """The filters that stand in the form; those of the API that do not are understood in the address all the same."""
    also = ("page",)
    always: dict[str, Any] = {}
    """What the list keeps to whatever is asked, as parameters of the API."""
    more_formats: dict[str, str] = {}
    """What its files can be written in besides: name → `format` of the API."""
    columns: tuple[Column, ...] = ()
    title: Any = ""
    lede: Any = ""
    caption: Any = ""

    def records(self) -> QuerySet:
        """Return every record that the reader may see, with what the columns need."""
        return self.model.objects.visible_to(self.request.user)

    def get_queryset(self) -> QuerySet:
        rows = self.records()
        self.filterset = None
        if self.filterset_class is not None:
            self.filterset = self.filterset_class(self.request.GET, rows, request=self.request, also=self.also)
            days.keep(self.filterset.as_of_asked)
            rows = self.filterset.qs
        # equal dates would let a row slip from one page to the next, so the key decides last
        rows = rows.order_by(*self.order(), "pk")
        return best_first(rows, self.filterset.asked) if self.filterset is not None else rows

    def order(self) -> Iterable[Any]:
        """Return the fields or expressions by which the list is ordered."""
        return self.model._meta.ordering

    def table(self, rows: Iterable[Model]) -> Table:
        """Return the rows of one page as a table."""
        return Table(self.caption, self.columns, rows)

    def fields(self) -> tuple[list[Any], list[tuple[str, str]]]:
        """Return the filters of the form, and what else the address asks for, to be carried along."""
        if self.filterset is None:
            return [], []
        form = self.filterset.form
        fields = [form[name] for name in self.filters if name in form.fields]
        # a filter that is at fault must be seen, whether it stands in the form or not
        fields += [form[name] for name in form.errors if name in form.fields and name not in self.filters]
        shown = {field.html_name for field in fields} | {"page"}
        carried = [(name, value) for name, values in self.request.GET.lists() for value in values if name not in shown]
        return fields, carried

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        fields, carried = self.fields()
        return context | {
            "view": self,
            "table": self.table(context["object_list"]),
            "count": context["paginator"].count,
            "fields": fields,
            "carried": carried,
            "problems": self.filterset.problems if self.filterset is not None else [],
            "wrong": self.filterset is not None and not self.filterset.is_valid(),
            "all": address(self.request.resolver_match.view_name),
            "filtered": any(name != "page" and value for name, value in self.request.GET.items()),
            "new": self.new(),
            "downloads": self.downloads(),
        }

    def downloads(self) -> list[tuple[str, str]]:
        """Return (format, address) of the files that hold all that was found; [] where the API has no such list."""
        listed = f"api-{self.model.url_name()}-list"
        asked = {name: values for name, values in self.request.GET.lists() if name != "page"} | self.always
        formats = {"CSV": {"format": "csv", "safe": "1"}, "XLSX": {"format": "xlsx"}, "JSON Lines": {"format": "jsonl"}}
        formats |= {name: {"format": of} for name, of in self.more_formats.items()}
        return [(name, url) for name, of in formats.items() if (url := address(listed, **asked | of))]

    def new(self) -> str:
        """Return the address of the form for a new record; "" where the reader may not write one."""
        user = self.request.user
        return address(f"{self.model.url_name()}-create") if user.is_authenticated and user.edits else ""

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        return super().render_to_response(context, status=400 if context["wrong"] else 200, **kwargs)


DOCUMENTS = (
    Column(gettext_lazy("Document"), named, head=True),
    Column(gettext_lazy("Kind"), lambda row: row.get_kind_display()),
    Column(gettext_lazy("Language"), lambda row: language(row.language)),
    Column(gettext_lazy("Read at"), lambda row: read_at(row)),
)


def read_at(document: Document) -> str:
    """Write where a document is read: here, at its address, or at both."""
    here = ""
    if document.file:
        # of a file that is lost the page still says that there was one
        size = f", {filesizeformat(document.file.size)}" if document.file.storage.exists(document.file.name) else ""
        here = format_html('<a href="{}">{}{}</a>', document.file_url, document.ending.upper() or _("file"), size)
    return format_html_join(mark_safe("<br>"), "{}", ((one,) for one in (here, outside(document.address)) if one))


class RecordPage(DetailView):
    """The page of one record: what it is, what is on file, what hangs on it, and the sources."""

    template_name = "core/record.html"
    slug_field = slug_url_kwarg = "ref"
    context_object_name = "record"
    any_day = False
    """Whether the page says something that differs from day to day, and so answers for the `day` asked."""
    facts: tuple[str, ...] = ()
    """Fields that are shown, “not on file” where empty."""
    optional: tuple[str, ...] = ()
    """Fields that are shown only where something is on file."""
    units: dict[str, Callable[[Any], str]] = {}
    """Field → how its number is written with its unit."""
    list_title: Any = ""
    begins: tuple[tuple[Any, str, str], ...] = ()
    """What can be entered under the record: (what it does, name of the form's address, parameter for the record)."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.day = day_asked(request) if self.any_day else clock.today()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().get(request, *args, **kwargs)
        except Http404:
            return gone.page_answer(self.model, kwargs["ref"], request)

    def get_queryset(self) -> QuerySet:
        return self.model.objects.visible_to(self.request.user)

    def get_object(self, queryset: QuerySet | None = None) -> Any:
        record = super().get_object(queryset)
        record.asked_on = self.day
        return record

    def kicker(self) -> str:
        """Return the line above the heading: what sort of thing it is."""
        return str(self.model._meta.verbose_name).capitalize()

    def facts_shown(self) -> list[Fact]:
        """Return what is on file about the record."""
        return [
            *(self.fact(name) for name in self.facts),
            *(line for name in self.optional if (line := self.fact(name)).value),
        ]

    def fact(self, name: str) -> Fact:
        """Return the fact of one field, with the unit of a bare number."""
        found, value = fact(self.object, name, self.request.user), getattr(self.object, name)
        return replace(found, value=self.units[name](value)) if name in self.units and value is not None else found

    def tables(self) -> list[Table]:
        """Return what hangs on the record: what this room knows of, then what the rooms below have registered."""
        return [table for make in SECTIONS.get(self.model, ()) for table in make(self.object, self.request.user)]

    def documents(self) -> Table:
        """Return the texts and scans that the reader may see."""
        rows = Document.objects.seen_on(self.object, self.request.user)
        return Table("", DOCUMENTS, rows, title=_("Documents"))

    def trail(self) -> list[tuple[str, str]]:
        """Return what the page lies under, as (title, address)."""
        trail = []
        pair = getattr(self.object, "pair", None)
        if pair is not None:
            trail.append((str(pair), pair.get_absolute_url()))
        if listed := address(f"{self.object.url_name()}-list"):
            trail.append((str(self.list_title or self.model._meta.verbose_name_plural.capitalize()), listed))
        if owner := self.object.belongs_to:
            trail.append((Truncator(str(owner)).chars(60), owner.get_absolute_url()))
        return trail

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        tables = [table for table in (*self.tables(), self.documents()) if table.rows or table.empty]
        notes = Notes(self.request.user, [self.object], *(table.rows for table in tables if table.sourced))
        self.notes = notes
        for table in tables:
            table.notes = notes
        facts = self.facts_shown()
        return super().get_context_data(**kwargs) | {
            "day": self.day,
            "kicker": self.kicker(),
            "facts": facts,
            "notes": notes,
            "tables": tables,
            "disagreements": notes.disagreements(),
            "trail": self.trail(),
            "edits": edit_links(self.request.user, self.object, self.begins),
            "cite": cite(self.object),
        }


def cite(record: Any) -> dict[str, Any]:
    """Return how a record is cited, in words and as links, and how machines read its page; {} of what is not public."""
    if getattr(record, "visibility", access.PUBLISHED) != access.PUBLISHED or record.COMPUTED:
        return {}
    kind = kind_of(record)
    named = {"BibTeX": "bibtex", "CSL-JSON": "csl", "JSON-LD": "jsonld"}
    known = singles.formats_of(type(record))
    links = [
        (name, days.page(f"api-{kind}-detail", record.ref, format=of)) for name, of in named.items() if of in known
    ]
    linked = mark_safe(jsonld.as_text(record)) if "jsonld" in known else ""  # noqa: S308 - no sign in it ends a script
    return {
        "words": citing.in_words(record),
        "links": links,
        "history": days.page(f"api-{kind}-detail", record.ref, expand="history"),
        "jsonld": linked,
    }


def edit_links(user: Any, record: Any, begins: tuple[tuple[Any, str, str], ...] = ()) -> list[tuple[str, str]]:
    """Return (what it does, address) of what `user` may do to a record, and of what may be entered under it."""
    if not user.is_authenticated or not access.may_edit(user, record):
        return []
    name = record.url_name()
    links = [(_("Edit"), f"{name}-update"), (_("History"), f"{name}-history"), (_("Delete"), f"{name}-delete")]
    if access.may_publish(user, record):
        links.append((_("Merge"), f"{name}-merge"))
    if isinstance(record.pk, int) and not isinstance(record, Document) and not record.COMPUTED:
        begins = (*begins, (_("Add a document"), "document-create", "record"))
    return [
        *((title, url) for title, pattern in links if (url := address(pattern, record.ref))),
        *((title, f"{address(pattern)}?{parameter}={record.ref}") for title, pattern, parameter in begins),
    ]


# What goes wrong -------------------------------------------------------------------------------------------------


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say what is wrong with the address, where it was us who found it."""
    reason = str(exception) if isinstance(exception, WrongParameter) else ""
    return render(request, "400.html", {"reason": reason}, status=400)


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say what to do where a form carries no valid token (Django's CSRF check), as after signing in elsewhere."""
    sentence = _(
        "The form was opened before you last signed in, or your browser keeps no cookies, so nothing was saved. "
        "Go back, copy what you typed, load the page again and send it once more."
    )
    return render(request, "403.html", {"reason": sentence}, status=403)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say what the reader may not do."""
    reason = str(exception) if isinstance(exception, PermissionDenied) else ""
    return render(request, "403.html", {"reason": reason}, status=403)
