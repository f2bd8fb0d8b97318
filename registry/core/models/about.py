"""What attaches to any record: citations, documents, comments, confirmations. The only generic keys in the house."""

from collections.abc import Callable, Sequence
from functools import reduce
from operator import or_
from pathlib import PurePath
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from registry.core import access
from registry.core.models.people import User
from registry.core.models.record import Record, Visible
from registry.core.models.sources import Source
from registry.core.vocabularies import VocabularyField


def record_models() -> list[type[Record]]:
    """Return every kind of record under which things attach: the concrete kinds, not the common table Initiative."""
    kinds = [model for model in apps.get_models() if issubclass(model, Record) and not issubclass(model, About)]
    return [model for model in kinds if not any(issubclass(kind, model) and kind is not model for kind in kinds)]


Kinds = Sequence[type[Record]]


def of_records(rows: Callable[[type[Record]], models.QuerySet], kinds: Kinds = ()) -> models.Q:
    """Return the condition for attachments whose record is among `rows` of its kind: one of `kinds`, or any."""
    return reduce(
        or_,
        (
            models.Q(content_type=ContentType.objects.get_for_model(model), object_id__in=rows(model).values("id"))
            for model in kinds or record_models()
            if any(field.name == "id" for field in model._meta.fields)
        ),
    )


class AboutQuerySet(access.RecordQuerySet):
    """Attachments of any kind."""

    def about(self, record: Record) -> "AboutQuerySet":
        """Return the attachments of one record. A pair, whose key is no number, has none."""
        if not isinstance(record.pk, int):
            return self.none()
        return self.filter(content_type=ContentType.objects.get_for_model(record), object_id=record.pk)

    def seen_on(self, record: Record, user: Any) -> "AboutQuerySet":
        """Return the attachments of one record that `user` may see: as `visible_to`, asking of its kind alone."""
        model: Any = self.model
        rows = self.about(record)
        return rows.filter(model.visible_q(user, [type(record)])) if isinstance(record.pk, int) else rows


class About(models.Model):
    """Attaches to one record of any kind; the write path removes it together with the record."""

    content_type = models.ForeignKey(
        ContentType, on_delete=models.PROTECT, related_name="+", help_text=_("Kind of the record.")
    )
    object_id = models.BigIntegerField(_("record"), help_text=_("Number of the record within its kind."))
    record = GenericForeignKey("content_type", "object_id")

    objects = AboutQuerySet.as_manager()

    class Meta:
        abstract = True
        indexes = [models.Index(fields=["content_type", "object_id"])]

    @classmethod
    def visible_q(cls, user: Any, kinds: Kinds = ()) -> models.Q:
        """As everywhere; with `kinds` only of attachments of these kinds of records."""
        if access.is_registrar(user):
            return models.Q()
        return of_records(lambda model: model.objects.visible_to(user), kinds)


class Citation(About):
    """What one source says of one field of one record; two that disagree stand side by side."""

    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, related_name="citations", help_text=_("The source that says it.")
    )
    field = models.CharField(_("field"), max_length=60, blank=True, help_text=_("Name of the field it supports."))
    value = models.CharField(_("value"), max_length=600, blank=True, help_text=_("What the source says of the field."))
    locator = models.CharField(_("locator"), max_length=300, blank=True, help_text=_("Page, article or paragraph."))

    class Meta(About.Meta):
        abstract = False
        verbose_name = _("citation")
        ordering = ["id"]

    @classmethod
    def visible_q(cls, user: Any, kinds: Kinds = ()) -> models.Q:
        sources = Source.objects.visible_to(user).values("id")
        return super().visible_q(user, kinds) & models.Q(source__in=sources)

    def __str__(self) -> str:
        return f"{self.field}: {self.value}"


MEDIA_TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "txt": "text/plain; charset=utf-8",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "odt": "application/vnd.oasis.opendocument.text",
    "rtf": "application/rtf",
}
"""End of the name of a file that may be kept → its media type. None of them runs within a page, as HTML and SVG do."""
LARGEST_FILE = 25_000_000
"""Bytes: a scan of some hundred pages."""


class Document(Visible, About):
    """One text, scan or report of a record, kept here or at an address."""

    PAIR = DESK = ""

    kind = VocabularyField("document_kind", verbose_name=_("kind"), help_text=_("What sort of document it is."))
    title = models.CharField(_("title"), max_length=300, blank=True, help_text=_("Empty: the kind says enough."))
    language = models.CharField(_("language"), max_length=16, blank=True, help_text=_("BCP 47 tag."))
    address = models.URLField(_("address"), max_length=1000, blank=True, help_text=_("Where it can be read."))
    file = models.FileField(_("file"), upload_to="documents/", blank=True, help_text=_("The document itself."))

    objects = AboutQuerySet.as_manager()  # type: ignore[misc]  # mypy takes a manager for a variable of instances

    class Meta(Visible.Meta):
        abstract = False
        verbose_name = _("document")
        ordering = ["id"]
        indexes = [models.Index(fields=["content_type", "object_id"])]
        constraints = [
            *Visible.Meta.constraints,
            models.CheckConstraint(condition=~models.Q(address="") | ~models.Q(file=""), name="document_is_somewhere"),
        ]

    @classmethod
    def visible_q(cls, user: Any, kinds: Kinds = ()) -> models.Q:
        if access.is_registrar(user):
            return models.Q()
        open_to_user = models.Q(visibility=access.PUBLISHED)
        countries = access.desks(user)
        if countries:
            open_to_user |= models.Q(visibility=access.STAFF_ONLY)
            open_to_user |= cls.editable_q(countries, kinds)
        return open_to_user & of_records(lambda model: model.objects.visible_to(user), kinds)

    @classmethod
    def editable_q(cls, countries: frozenset[str], kinds: Kinds = ()) -> models.Q:
        """A document belongs to the desks of its record."""
        return of_records(lambda model: model.objects.filter(model.editable_q(countries)), kinds)

    def desk_countries(self) -> frozenset[str] | None:
        return self.record.desk_countries() if self.record else frozenset()  # of what is gone, nobody's but registrars'

    @property
    def belongs_to(self) -> Record | None:
        return self.record

    @property
    def ending(self) -> str:
        """How the name of the file that is kept here ends, in small letters; "" where none is."""
        return PurePath(self.file.name or "").suffix.lower().removeprefix(".")

    @property
    def file_url(self) -> str:
        """Permanent address of the file that is kept here; "" where none is."""
        return settings.SITE_URL + reverse("document-file", args=[self.ref]) if self.file else ""

    def clean(self) -> None:
        if self.object_id and self.record is None:
            raise ValidationError(_("The record that it belongs to is deleted. Bring that back first."))
        if not (self.address or self.file):
            raise ValidationError({"address": _("Give an address where it can be read, or upload the document.")})
        file: Any = self.file
        if file and not file._committed and (wrong := self._not_kept()):
            raise ValidationError({"file": wrong})

    def _not_kept(self) -> str:
        """Say why the file that was sent is not kept; "" where it is."""
        if self.ending not in MEDIA_TYPES:
            said = _("“%(name)s” is not kept here. Upload a file whose name ends with %(endings)s.")
            return said % {"name": self.file.name, "endings": ", ".join(MEDIA_TYPES)}
        if self.file.size > LARGEST_FILE:
            said = _("It has %(size)d megabytes, and %(most)d are kept at most. Scan it more coarsely.")
            return said % {"size": self.file.size // 1_000_000, "most": LARGEST_FILE // 1_000_000}
        return ""

    def __str__(self) -> str:
        return self.title or self.get_kind_display()


class Comment(About):
    """One remark of a desk about a record, seen by the desks only."""

    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", help_text=_("Who remarks."))
    text = models.TextField(_("text"), help_text=_("Plain text."))
    written_at = models.DateTimeField(_("written at"), auto_now_add=True, help_text=_("When it was written."))

    class Meta(About.Meta):
        abstract = False
        verbose_name = _("comment")
        ordering = ["id"]

    @classmethod
    def visible_q(cls, user: Any, kinds: Kinds = ()) -> models.Q:
        at_desk = access.desks(user) or access.is_registrar(user)
        return super().visible_q(user, kinds) if at_desk else models.Q(pk__in=[])

    def __str__(self) -> str:
        return self.text[:60]


class Confirmation(About):
    """One side's word on one version of a record: confirmed, or a disagreement that stands beside it."""

    side = models.ForeignKey(
        "core.Country", on_delete=models.PROTECT, related_name="+", help_text=_("The side that speaks.")
    )
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", help_text=_("The approver who spoke."))
    version = models.PositiveIntegerField(_("version"), help_text=_("The version that was looked at."))
    day = models.DateField(_("day"), help_text=_("When it was given."))
    disagreement = models.TextField(
        _("disagreement"), blank=True, help_text=_("Empty: confirmed. Else what the side holds instead.")
    )

    class Meta(About.Meta):
        abstract = False
        verbose_name = _("confirmation")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["content_type", "object_id", "side"], name="confirmation_once_a_side")
        ]

    def __str__(self) -> str:
        return f"{self.side_id} v{self.version}"
