"""The API: what every list and every single record in it have in common (docs/api.md).

A kind of record is a `ReadViewSet` with a few attributes. Who may see what, filters and labels come from the same
places as for the pages: `visible_to`, the FilterSets, the vocabularies.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from functools import cache, partial
from typing import Any

import orjson
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from registry.core import (
    access,
    days,
    export,
    flat,
    gone,
    grouping,
    languages,
    manners,
    paging,
    plain,
    sampling,
    singles,
)
from registry.core.api_forms import ListForm, OneForm
from registry.core.examples import Example
from registry.core.filter_sets import RecordFilterSet, Shape
from registry.core.kept import KEY, Slot, query_of, rows_of, rows_with
from registry.core.models import Record
from registry.core.openapi import Schema
from registry.core.parameters import Problem, StrictForm
from registry.core.problems import BadParameters
from registry.core.public_history import public_history
from registry.core.reading import Asked, fetched, read, written
from registry.core.serializers import POINTING, RowSerializer, visible
from registry.core.versions import tagged
from registry.core.wanted import ALL, ROWS, wanted

Page = Callable[[], AbstractContextManager[Any]]
"""What a page of rows is read within."""


class Renderer(JSONRenderer):
    """Writes JSON with a library that is many times faster; what it refuses, as half of a character, in plain ASCII."""

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        encoder = self.encoder_class()
        # an answer that leads to itself stays, with all of its rows, until the collector of cycles comes
        (renderer_context or {}).pop("response", None)
        try:
            return orjson.dumps(data, default=encoder.default)
        except orjson.JSONEncodeError:
            return json.dumps(data, default=encoder.default).encode()


class ReadView(APIView):
    """Answers with data to anybody, from any page of the web, and only when asked for it."""

    http_method_names = ["get", "head", "options"]
    renderer_classes = [Renderer]
    schema: Schema | None = Schema()
    example: Example

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        del self.response  # the view is in a cycle with its request
        return manners.conditional(request, response)

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        # before anything is said, so that it is said in that language; a wrong one is refused with the other parameters
        if (language := request.query_params.get("lang")) in languages.INTERFACE:
            translation.activate(language)
        super().initial(request, *args, **kwargs)

    def perform_content_negotiation(self, request: Any, force: bool = False) -> Any:
        # whoever names a format has said what he takes: a header Accept for CSV is right with format=csv
        return super().perform_content_negotiation(request, force or bool(request.query_params.get("format")))

    def check_throttles(self, request: Any) -> None:
        manners.count(request)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in manners.announced(request).items():
            response.headers[name] = value
        return response

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Say what may be asked, also to a browser that asks for another site: never with its cookies."""
        allowed = self.allowed_methods
        headers = ["If-None-Match", "Authorization"]
        if {"POST", "PATCH"} & {*allowed}:
            headers += ["Content-Type", "If-Match", "Idempotency-Key"]
        asking = {
            "Access-Control-Allow-Methods": ", ".join(method for method in allowed if method != "OPTIONS"),
            "Access-Control-Allow-Headers": ", ".join(headers),
        }
        return Response(status=204, headers=asking | {"Allow": ", ".join(allowed)})

    def read(self, form: StrictForm) -> dict[str, Any]:
        """Return what the parameters say, or answer with 400."""
        if form.problems:
            raise BadParameters(form.problems)
        return form.cleaned_data


class ReadViewSet(ReadView, GenericViewSet):
    """One kind of record: its list and each single one.

    `example` is what the samples of the description ask and write.
    `orderings` maps the names that `ordering` takes to columns that are never null; `id` is always among them.
    `formats` are what its list, `single_formats` what one of them can be written in besides JSON.
    `groups` maps the names that `group_by` takes to what is counted by; `known_by` are the paths to what tells a row
    from all others for good, by which samples are chosen. `within` are the foreign keys to what shows the first rows of
    this list within it, where `expand` names the list: those rows are ordered by day, and seen by their own rule alone.
    """

    serializer_class: type[RowSerializer]
    detail_class: type[RowSerializer] | None = None
    filterset_class: type[RecordFilterSet]
    detail_form: type[StrictForm] = OneForm
    wanted = ALL
    plan: plain.Plan | None = None
    history = False
    day_named: date | None = None
    formats: dict[str, export.Format] = export.FORMATS
    single_formats: dict[str, singles.Format] = {}
    single_fields: dict[str, Any] = {}
    orderings: dict[str, str] = {}
    ordering = "-day"
    groups: Mapping[str, grouping.By] = {}
    known_by: Sequence[str] = ("ref",)
    within: Sequence[str] = ()
    lookup_field = lookup_url_kwarg = "ref"
    lookup_value_regex = "[A-Za-z0-9-]+"
    same_for_all = True
    """Whether `get_queryset` is the same for all who see the same, on any day, and filters only narrow it down."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.serializer_class is not None:
            cls.queryset = cls.serializer_class.Meta.model._default_manager.none()
            cls.single_formats = singles.formats_of(cls.serializer_class.Meta.model) | cls.__dict__.get(
                "single_formats", {}
            )
            is_record = issubclass(cls.serializer_class.Meta.model, Record)
            cited = singles.fields(cls.single_formats) if is_record else {}
            cls.single_fields = cls.detail_form.base_fields | cited  # the same for all requests, which only read them

    @property
    def model(self) -> type[models.Model]:
        return self.serializer_class.Meta.model

    @property
    def columns(self) -> dict[str, str]:
        """The names that `ordering` takes, and their columns."""
        return {"id": paging.tie_breaker(self.model), **self.orderings}

    def get_serializer_class(self) -> type[RowSerializer]:
        return self.serializer_class if self.action == "list" else self.detail_class or self.serializer_class

    def get_queryset(self) -> QuerySet:
        return self.visible_rows()

    def every_one(self) -> QuerySet:
        """Return all rows of the list, as `get_queryset` says; the query of the public is made once."""
        if self.same_for_all and not self.request.user.is_authenticated:
            return query_of(self.get_queryset, type(self))
        return self.get_queryset()

    def visible_rows(self) -> QuerySet:
        """Return all rows of this kind that the reader may see."""
        return visible(self.model, self.request.user)

    @classmethod
    def list_form(cls, data: Any = None) -> ListForm:
        """Return the form of the parameters that are no filters."""
        return ListForm(data, orderings=["id", *cls.orderings], groups=cls.groups, formats=cls.formats)

    @classmethod
    def single_form(cls, data: Any = None) -> StrictForm:
        """Return the form of the parameters of a single record."""
        form = StrictForm(data)
        form.fields = cls.single_fields
        return form

    def list(self, request: Any) -> HttpResponseBase:
        """All of them that you may see, in pages or as a file."""
        form = self.list_form(request.query_params)
        self.filterset = self.filterset_class(
            request.query_params, self.every_one(), request=request, also=form.known, drawn=False
        )
        problems = [*self.filterset.problems, *form.problems]
        asked = form.cleaned_data
        self.wanted, wrong = wanted(self.serializer_class, asked.get("fields") or "", asked.get("expand") or "")
        if asked.get("format") in self.formats.keys() - export.FORMATS.keys() and self.wanted != ALL:
            remedy = _("Files of this format always say the same of a row. Leave out fields and expand.")
            wrong.append(Problem("format", asked["format"], remedy))
        if problems := [*problems, *wrong]:
            raise BadParameters(problems)
        if asked.get("group_by"):
            return self.grouped(asked)
        if asked["sample"]:
            return self.sampled(asked)
        self.plan = self.planned()
        name = asked["ordering"] or self.ordering
        ranks = () if asked["ordering"] else self.filterset.ranks
        order = paging.Order(name, self.columns[name.removeprefix("-")], ranks)
        if asked["format"] in self.formats:
            self.check_size(asked["format"])
            if cells := self.cells(asked):
                return self.file(asked, self.row_columns, partial(self.every_line, order, cells), export.under_heads)
            return self.file(asked, self.row_columns, partial(self.every_row, order))
        try:
            rows, cursor = self.page(order, asked["limit"] or paging.DEFAULT_LIMIT, asked["cursor"] or "")
        except ValidationError as error:
            raise BadParameters([Problem("cursor", asked["cursor"], " ".join(error.messages))]) from error
        answer = {"results": self.written(rows), "next": self.next_url(cursor), "license": licence()}
        if asked["count"] == "1":
            answer["count"] = self.filterset.qs.order_by().count()
        return Response(answer)

    def grouped(self, asked: dict[str, Any]) -> HttpResponseBase:
        """Return how many of the rows that were found are in each group."""
        columns, groups = grouping.told(self.filterset.qs, asked["group_by"], self)
        if asked["format"] in export.FORMATS:
            return self.file(asked, columns, lambda page: groups)
        return Response({"groups": groups, "license": licence()})

    def sampled(self, asked: dict[str, Any]) -> HttpResponseBase:
        """Return some of the rows that were found, chosen at random."""
        found, size, seed = self.filterset.qs, asked["sample"], asked["seed"]
        rows = self.written(sampling.chosen(found, size, seed, self.known_by, self.load))
        if asked["format"] in self.formats:
            return self.file(asked, self.row_columns, lambda page: rows)
        of = found.order_by().count()
        drawn = {"size": len(rows), "of": of, "seed": seed}
        return Response({"results": rows, "next": None, "sample": drawn, "license": licence()})

    @property
    def row_columns(self) -> export.Columns:
        """The columns of a flat row of what is wanted."""
        return export.columns_of(self.serializer_class, self.wanted)

    def file(
        self,
        asked: dict[str, Any],
        columns: export.Columns,
        rows: Callable[[Page], Iterable[Any]],
        write: Callable[[export.Columns, Any], Iterator[bytes]] | None = None,
    ) -> StreamingHttpResponse:
        """Return rows as a file in the format asked for, sent as they are read: each page of them within a `Page`.

        `write` writes them, where they are no rows that every format takes.
        """
        name = asked["format"]
        media_type, of_format = self.formats[name]
        write = write or (export.as_safe_csv if asked["safe"] == "1" else of_format)
        lines: Any = ()
        if self.request.method != "HEAD":  # of which the server would drop every row
            place = manners.Place.taken(self.request)
            lines = manners.Sending(write(columns, rows(place.page)), place)
        answer = StreamingHttpResponse(lines, content_type=media_type)
        kind = self.request.path.rstrip("/").rsplit("/", 1)[-1]
        answer["Content-Disposition"] = f'attachment; filename="concord-{kind}.{name}"'
        answer["Link"] = f'<{licence()["sources"]}>; rel="license"'
        return answer

    def check_size(self, name: str) -> None:
        """Answer with 400 where a workbook of all rows that were found would be too large."""
        most = export.MOST_IN_A_WORKBOOK
        if name == "xlsx" and self.filterset.qs.order_by()[: most + 1].count() > most:
            remedy = _("A workbook holds at most %(most)s rows here. Take format=csv, or choose fewer by filters.")
            raise BadParameters([Problem("format", name, remedy % {"most": most})])

    def every_row(self, order: paging.Order, page: Page = nullcontext) -> Iterator[dict[str, Any]]:
        """Yield every row that was found as it is sent, in the language of the request, which has ended by then.

        Each page of them is read within `page()`.
        """
        language, cursor = translation.get_language(), ""
        while True:
            with translation.override(language), page():
                rows, cursor = self.page(order, export.AT_ONCE, cursor)
                written = self.written(rows)
            yield from written
            if not cursor:
                return

    def cells(self, asked: dict[str, Any]) -> Sequence[flat.Cell] | None:
        """Return the columns of a flat row as expressions, where the database can write the file that is asked for."""
        if asked["format"] != "csv" or asked["safe"] == "1":
            return None
        with days.keeping(self.day_named):
            return flat.cells(self.serializer_class, Asked(self.request.user, self.day_named), self.wanted)

    def every_line(self, order: paging.Order, cells: Sequence[flat.Cell], page: Page = nullcontext) -> Iterator[bytes]:
        """Yield every row that was found as lines of CSV, in the language of the request. Pages as for `every_row`."""
        language, cursor = translation.get_language(), ""
        load = partial(flat.read, cells)
        while True:
            with translation.override(language), page():
                lines, cursor = paging.page_of(self.filterset.qs, order, flat.AT_ONCE, cursor, load, flat.place_of)
            yield flat.without_place(lines)
            if not cursor:
                return

    def retrieve(self, request: Any, ref: str) -> HttpResponseBase:
        """One of them, with what hangs on it."""
        self.asked = self.read(self.single_form(request.query_params))
        expand, self.history = singles.history_apart(self.asked.get("expand") or "")
        self.wanted, wrong = wanted(self.get_serializer_class(), self.asked.get("fields") or "", expand)
        if wrong:
            raise BadParameters(wrong)
        return self.found(ref)

    def found(self, ref: str) -> HttpResponseBase:
        """Answer with what is wanted of one row, under a tag that names its version; say of what is gone that it is."""
        in_format = self.single_formats.get(self.asked.get("format") or "")
        if in_format:
            self.wanted = ALL
        versioned = any(field.name == "version" for field in self.model._meta.fields)
        if not (in_format or self.history):
            self.plan = self.planned()
        rows = self.one(ref, "version" if versioned else "")
        if not rows:
            return gone.api_answer(self.model, ref, self.request)
        [row] = self.written(rows)
        if in_format:
            media_type, write = in_format
            return HttpResponse(write(rows[0], row), content_type=media_type)
        if self.history:
            row["history"] = public_history(rows[0], self.request.user)
        response = Response(row)
        if not versioned:
            return response
        [version, *_] = self.plan.place(self.model, "version")(rows[0]) if self.plan else [rows[0].version]
        return tagged(response, version)

    def one(self, ref: str, also: str) -> Sequence[Any]:
        """Return the row that an address names, in a list, with the column `also`; nothing where it is not seen."""
        if not self.same_for_all or self.lookup_field != "ref":
            return self.load(self.get_queryset().filter(**self.lookup(ref)), also)
        joined_to = self.plan.joined_to if self.plan else lambda rows: rows
        rows = partial(rows_of, lambda: joined_to(self.get_queryset().filter(ref__among=KEY).order_by()), keys=[ref])
        fetch = partial(rows, kept_as=(type(self), access.eyes(self.request.user)))
        if self.plan:
            return fetch(self.plan.read_with(also, paging.tie_breaker(self.model)))
        return fetched(self.get_serializer_class(), fetch, self.wanted, [also])

    def lookup(self, ref: str) -> dict[str, Any]:
        """Return where the row stands that an address names."""
        return {self.lookup_field: ref}

    def planned(self) -> plain.Plan | None:
        """Return how rows are written from values, where what is wanted of them is plain."""
        return plain.plan(self.get_serializer_class(), self.wanted, not self.request.user.is_authenticated)

    def page(self, order: paging.Order, limit: int, cursor: str) -> tuple[Sequence[Any], str]:
        """Return at most `limit` of the rows that were found, and the cursor of the next page (`paging.page_of`)."""
        place = self.plan.place(self.model, order.column) if self.plan else None
        if self.plan and self.same_for_all and not (cursor or order.ranks) and (asked := self.filterset.by_keys()):
            return paging.page_of(self.every_one(), order, limit, "", self.load_by_keys(self.plan, *asked), place)
        return paging.page_of(self.filterset.qs, order, limit, cursor, self.load, place)

    def load(self, rows: QuerySet, also: str) -> Sequence[Any]:
        """Return the rows of a query with what is wanted of them, and with the column `also`."""
        if self.plan:
            return self.plan.read(rows, also)
        return read(self.get_serializer_class(), rows, also, self.wanted)

    def load_by_keys(self, plan: plain.Plan, shape: Shape, keys: Sequence[Any]) -> paging.Load:
        """Return what loads the first rows by filters that only look for keys; its statement is kept."""
        kept_as = type(self), access.eyes(self.request.user), shape

        def load(rows: QuerySet, also: str) -> Sequence[Any]:
            order, most = rows.query.order_by, rows.query.high_mark
            names = plan.read_with(also, paging.tie_breaker(self.model))
            # an index holds those with the one key in this order: whatever the key, there is no better plan
            ordered = len(keys) == 1 and any(
                index.fields == [*dict(shape), *order] for index in self.model._meta.indexes
            )
            places = [KEY] if ordered else [*map(Slot, range(len(keys)))]
            return (rows_of if ordered else rows_with)(
                lambda: plan.joined_to(self.filterset.chosen_by(shape, places)).order_by(*order)[:most],
                names,
                keys,
                (*kept_as, order, most),
            )

        return load

    def written(self, rows: Sequence[Any]) -> Sequence[dict[str, Any]]:
        """Return the rows as they are sent."""
        asked = Asked(self.request.user, self.day_named)
        if self.plan:
            return self.plan.written(rows, asked)
        return written(self.get_serializer_class(), rows, asked, self.wanted)

    def next_url(self, cursor: str) -> str | None:
        """Return the absolute address of the page that begins at `cursor`."""
        if not cursor:
            return None
        parameters = self.request.query_params.copy()
        parameters["cursor"] = cursor
        return f"{settings.SITE_URL}{self.request.path}?{parameters.urlencode()}"


class NumberedViewSet(ReadViewSet):
    """Rows without a reference of their own, known by number."""

    lookup_field = "pk"
    known_by = ("pk",)
    lookup_value_regex = "[0-9]{1,18}"
    ordering = "id"


def licence() -> dict[str, str]:
    """Return under what terms the answer may be used: it differs from source to source."""
    return _licence(settings.SITE_URL, translation.get_language())


@cache
def _licence(site: str, _language: str) -> dict[str, str]:
    return {
        "note": str(
            gettext_lazy(
                "Facts re-keyed from public pages and data sets, each with its source. Each source states its own "
                "licence; where none is given, none was stated or it was not checked."
            )
        ),
        "sources": site + reverse("api-source-list"),
    }


class Router(SimpleRouter):
    """Routes of the API; each app registers its kinds, and what it answers besides."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.answers: dict[str, tuple[type[ReadView], str]] = {}

    def kind(self, prefix: str, viewset: type[ReadViewSet], name: str) -> None:
        """Serve a kind of record under `/api/v1/prefix/`, with names such as `api-name-list`."""
        self.register(prefix, viewset, basename=f"api-{name}")
        model = viewset.serializer_class.Meta.model
        ROWS[model] = viewset.serializer_class
        for key in viewset.within:
            target = model._meta.get_field(key).related_model
            POINTING.setdefault(target, {})[prefix] = (model, key, f"api-{name}-list")

    def answer(self, route: str, view: type[ReadView], name: str) -> None:
        """Serve what is no kind of record under `/api/v1/route`; the root names it where the route has no parameter."""
        self.answers[route] = (view, name)

    def get_urls(self) -> list[Any]:
        return [
            *reversed(super().get_urls()),  # Django tries one after the other, and the rooms above are asked most
            *(path(at, view.as_view(), name=name) for at, (view, name) in self.answers.items()),
        ]


router = Router()
