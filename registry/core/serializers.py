"""How rows are written in the API. A serializer names its model and fields; the rest follows from the model.

* what is not on file is null;
* a code stands beside its label: `type` and `type_label`, lists of both where there may be several;
* a loose date stands beside its bounds: `signed_on`, `signed_on_earliest`, `signed_on_latest`;
* another record is a link (kind, ref, title, url, api), null where there is none or the reader may not see it.

Rows are loaded and written by `registry.core.reading`.
"""

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import QuerySet, Value
from django.db.models.functions import Cast
from django.urls import NoReverseMatch
from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from registry.core import days, vocabularies
from registry.core.dates import FuzzyDateField
from registry.core.models import Citation, Country, Document, Framework, Pair, Place, Term
from registry.core.vocabularies import VocabularyField

NAMED_WITH: dict[type[models.Model], tuple[str, ...]] = {Pair: ("a", "b")}
"""Kind of record → the relations without which it cannot say its name; rooms below add theirs in their `api`."""
TITLES: dict[type[models.Model], str] = {}
"""Kind of record → path to its title, where that is not one of its own columns."""
NAMED_BY: dict[type[models.Model], str] = {Framework: "title", Place: "name"}
"""Kind of record → the column that is its whole name in every language; rooms below add theirs."""


# Addresses ---------------------------------------------------------------------------------------------------------


def kind_name(model: Any) -> str:
    """Return the name of a kind of record, as `agreement`."""
    return model.url_name() if hasattr(model, "url_name") else model._meta.model_name


def kind_of(record: Any) -> str:
    """Return the name of a row's kind; the common table of initiatives says it in a column."""
    name = kind_name(type(record))
    return record.kind if name == "initiative" else name


def key_of(record: Any) -> str:
    """Return the permanent reference of a row, or its number where it has none."""
    if isinstance(record, Term):
        return f"{record.vocabulary}:{record.code}"
    return getattr(record, "ref", "") or str(record.pk)


def api_url(kind: str, key: str) -> str:
    """Return the address of a row in the API."""
    return settings.SITE_URL + days.page(f"api-{kind}-detail", key)


def page_url(kind: str, key: str) -> str:
    """Return the address of a record's page; in the API, where the kind has no page."""
    try:
        return settings.SITE_URL + days.page(f"{kind}-detail", key)
    except NoReverseMatch:
        return api_url(kind, key)


# Fields ------------------------------------------------------------------------------------------------------------


class LinkSerializer(serializers.Serializer):
    """Another record, in short."""

    kind = serializers.CharField(help_text="What it is, as `agreement`.")
    ref = serializers.CharField(help_text="Permanent reference.")
    title = serializers.CharField(help_text="In the language asked for, where it is on file.")
    url = serializers.URLField(help_text="Its page.")
    api = serializers.URLField(help_text="Its address in the API.")


def link(record: Any) -> dict[str, str]:
    """Return a record in short."""
    return link_to(kind_of(record), key_of(record), str(record))


LINK: dict[str, Callable[[Any], str]] = {
    "kind": kind_of,
    "ref": key_of,
    "title": str,
    "url": lambda record: page_url(kind_of(record), key_of(record)),
    "api": lambda record: api_url(kind_of(record), key_of(record)),
}
"""What `LinkSerializer` says of a record, part by part."""


def link_to(kind: str, key: str, title: str) -> dict[str, str]:
    """Return in short what has this kind, reference and title."""
    return {"kind": kind, "ref": key, "title": title, "url": page_url(kind, key), "api": api_url(kind, key)}


def links_of(wanted: dict[type[models.Model], set[int]], user: Any) -> dict[tuple[type, int], dict[str, str]]:
    """Return the visible ones of these records of any kinds (model → keys) in short. One query, however many kinds."""
    each = []
    for model, keys in wanted.items():
        names = {field.name for field in model._meta.fields}
        title = TITLES.get(model) or next(name for name in ("title", "name", "text", "what", "ref") if name in names)
        titles = Cast("titles", models.TextField()) if "titles" in names else Value("")
        kind = Value(model._meta.label)
        rows = visible(model, user).filter(pk__in=keys).order_by()
        each.append(rows.values_list(kind, "pk", "ref", Cast(title, models.TextField()), titles))
    language = get_language() or "en"
    found = {}
    for label, key, ref, title, titles in each[0].union(*each[1:], all=True) if each else ():
        model = apps.get_model(label)
        shown = json.loads(titles or "{}").get(language) or title or ref  # a page may be on file without a title
        found[model, key] = link_to(model.url_name(), ref, shown)
    return found


class LinkField(serializers.Field):
    """One record behind a foreign key, as `fetch` has loaded it."""

    def get_attribute(self, row: models.Model) -> Any:
        return row._state.fields_cache[self.source]

    def to_representation(self, record: Any) -> dict[str, str]:
        return link(record)


@extend_schema_field(LinkSerializer)
class GivenLinkField(serializers.Field):
    """One record in short, as the view has given it to the row."""

    def to_representation(self, given: dict[str, str]) -> dict[str, str]:
        return given


@extend_schema_field(LinkSerializer(many=True))
class GivenLinksField(GivenLinkField):
    """Records in short, as the view has given them to the row."""


class LinksField(serializers.Field):
    """The records behind a link to many, as `fetch` has loaded them."""

    def get_attribute(self, row: models.Model) -> Any:
        return row._prefetched_objects_cache[self.source]

    def to_representation(self, records: Any) -> list[dict[str, str]]:
        return [link(record) for record in records]


class FirstField(serializers.Field):
    """The first rows of a list of what points to this record, and where the list goes on; sent where `expand` names it.

    `path` is the foreign key by which they point, and the parameter of the list that chooses them.
    """

    def __init__(self, model: type[models.Model], path: str, list_name: str) -> None:
        self.model, self.path, self.list_name = model, path, list_name
        super().__init__(source="*", required=False, help_text="Only with `expand`: the first ten of the list.")


POINTING: dict[type[models.Model], dict[str, tuple[type[models.Model], str, str]]] = {}
"""Kind of record → name of each list of what points to it → arguments of its `FirstField`; the router adds them."""


class LabelField(serializers.CharField):
    """The label of the code in the column `of`, in the reader's language."""

    def __init__(self, of: models.Field, **kwargs: Any) -> None:
        self.of = of
        super().__init__(
            source="*", read_only=True, allow_null=of.blank, help_text="The same in the language asked for.", **kwargs
        )

    def to_representation(self, row: models.Model) -> str:
        return self.word(getattr(row, self.of.attname))

    def word(self, code: str) -> str:
        """Return what a code is called."""
        if isinstance(self.of, VocabularyField):
            return vocabularies.label(self.of.vocabulary, code)
        return str(dict(self.of.flatchoices).get(code, code))

    def labels(self) -> dict[str, str]:
        """Return all codes and their labels; a code that is not among them stands for itself."""
        if isinstance(self.of, VocabularyField):
            return {
                code: vocabularies.label(self.of.vocabulary, code) for code in vocabularies.lists()[self.of.vocabulary]
            }
        return {code: str(label) for code, label in self.of.flatchoices}


class NameField(serializers.CharField):
    """What another row is called, as `fetch` has loaded it: a country, a pair."""

    def get_attribute(self, row: models.Model) -> Any:
        return row._state.fields_cache[self.source]

    def to_representation(self, record: Any) -> str:
        return str(record)


class CodesField(serializers.ListField):
    """The codes behind a link to many terms or countries."""

    child = serializers.CharField()

    def get_attribute(self, row: models.Model) -> Any:
        return row._prefetched_objects_cache[self.source]

    def to_representation(self, rows: Any) -> list[str]:
        return [row.code for row in rows]


class LabelsField(CodesField):
    """The labels behind a link to many terms or countries, in the order of the codes."""

    def to_representation(self, rows: Any) -> list[str]:
        return [str(row) for row in rows]


@extend_schema_field({"type": "number"})
class NumberField(serializers.Field):
    """A decimal number; without decimals where it has none."""

    def to_representation(self, value: Decimal) -> int | float:
        return int(value) if value == value.to_integral_value() else float(value)


@extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
class TextsField(serializers.Field):
    """Language tag to text."""

    def to_representation(self, value: Any) -> Any:
        return value


PLAIN: tuple[tuple[type[models.Field], type[serializers.Field]], ...] = (
    (models.BooleanField, serializers.BooleanField),
    (models.DecimalField, NumberField),
    (models.FloatField, serializers.FloatField),
    (models.IntegerField, serializers.IntegerField),
    (models.DateField, serializers.DateField),
    (models.URLField, serializers.URLField),
    (models.JSONField, TextsField),
    (models.Field, serializers.CharField),
)


def fields_of(field: Any) -> dict[str, serializers.Field]:
    """Return the field or fields that stand for one field of a model, by name."""
    name = field.name
    about = {"read_only": True, "help_text": str(field.help_text)}
    label_text = "The same in the language asked for."
    if field.many_to_many:
        if field.related_model in (Term, Country):
            labels = LabelsField(source=name, read_only=True, help_text=label_text)
            return {name: CodesField(**about), f"{name}_label": labels}
        return {name: LinksField(**about)}
    if field.is_relation:
        if field.related_model in (Country, Pair):
            of = NameField(source=name, read_only=True, allow_null=field.null, help_text=label_text)
            code = serializers.CharField(source=field.attname, allow_null=field.null, **about)
            return {name: code, f"{name}_label": of}
        return {name: LinkField(allow_null=True, **about)}
    if isinstance(field, FuzzyDateField):
        bounds = {f"{name}_{side}": f"Derived: the {side} day it can mean." for side in ("earliest", "latest")}
        return {name: serializers.CharField(allow_null=field.blank, **about)} | {
            bound: serializers.DateField(read_only=True, allow_null=field.blank, help_text=text)
            for bound, text in bounds.items()
        }
    if isinstance(field, VocabularyField) or field.choices:
        code = serializers.CharField(allow_null=field.blank, **about)
        return {name: code, f"{name}_label": LabelField(field)}
    kind = next(ours for theirs, ours in PLAIN if isinstance(field, theirs))
    may_be_null = field.null or (field.blank and kind is not TextsField)
    return {name: kind(allow_null=may_be_null, **about)}


TITLED = ("title", "title_language", "titles")
"""What records with a title in several languages begin with."""
RECORD = ("note", "version")
"""What every record ends with."""
DETAIL = ("citations", "documents")
"""What a single record says besides."""


# Serializers -------------------------------------------------------------------------------------------------------


class PartSerializer(serializers.Serializer):
    """A row within another: `Meta.model` and `Meta.fields`, names of its fields or of fields declared here.

    `Meta.joined` names the foreign keys, or paths of them, whose target is visible whenever the row is.
    """

    class Meta:
        model: type[models.Model]
        fields: tuple[str, ...] = ()
        joined: tuple[str, ...] = ()

    def get_fields(self) -> dict[str, serializers.Field]:
        declared = super().get_fields()
        fields: dict[str, serializers.Field] = {}
        for name in self.Meta.fields:
            if name in declared:
                fields[name] = declared[name]
            else:
                fields |= fields_of(self.Meta.model._meta.get_field(name))
        return fields

    @classmethod
    def prepare(cls, rows: Sequence[Any], asked: Any, wanted: Any) -> None:
        """Give rows what the wanted fields read and no column holds (`reading.Asked`, `wanted.Wanted`)."""


class HeadField(serializers.Field):
    """What a row begins with: said of its kind and its reference or number."""


class RefField(HeadField, serializers.CharField):
    def to_representation(self, row: models.Model) -> str:
        return key_of(row)


class PageField(HeadField, serializers.URLField):
    def to_representation(self, row: models.Model) -> str:
        owner = getattr(self.parent.Meta, "page_of", "")
        record = row._state.fields_cache[owner] if owner else row
        return page_url(kind_of(record), key_of(record))


class ApiField(HeadField, serializers.URLField):
    def to_representation(self, row: models.Model) -> str:
        return api_url(kind_of(row), key_of(row))


class RowSerializer(PartSerializer):
    """A row of a list: its reference and addresses, then its fields.

    `Meta.page_of` names the foreign key to the record whose page is the row's, where it has none of its own.
    """

    def get_fields(self) -> dict[str, serializers.Field]:
        head = {
            "ref": RefField(source="*", read_only=True, help_text="Permanent reference."),
            "url": PageField(source="*", read_only=True, help_text="Permanent address of its page."),
            "api": ApiField(source="*", read_only=True, help_text="Its address in the API."),
        }
        return head | super().get_fields()


class CitedSerializer(PartSerializer):
    """What one source says of one field of the record."""

    class Meta:
        model = Citation
        fields = ("source", "field", "value", "locator")
        joined = ("source",)


class FileField(serializers.URLField):
    """Where the file of a document is read that is kept here."""

    def __init__(self) -> None:
        text = "Where the document itself is read, if it is kept here."
        super().__init__(source="file_url", read_only=True, allow_null=True, help_text=text)


class AttachedSerializer(PartSerializer):
    """A document of the record."""

    file = FileField()

    class Meta:
        model = Document
        fields = ("ref", "kind", "title", "language", "address", "file", "visibility")


class DetailSerializer(RowSerializer):
    """A single record: what its row in a list says, its sources and documents, and what points to it if asked."""

    citations = CitedSerializer(many=True, read_only=True, source="cited", help_text="What which source says of it.")
    documents = AttachedSerializer(many=True, read_only=True, source="attached", help_text="Texts, scans, reports.")

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        for model in self.Meta.model.__mro__:
            fields |= {name: FirstField(*of) for name, of in POINTING.get(model, {}).items()}
        return fields


# Loading -----------------------------------------------------------------------------------------------------------


def visible(model: type[models.Model], user: Any) -> QuerySet:
    """Return all rows of a kind that `user` may see; kinds that know no such rule are seen by everyone."""
    rows = model._default_manager.all()
    return rows.visible_to(user) if hasattr(rows, "visible_to") else rows
