"""What the registry as a whole keeps: the snapshots it has published."""

from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class Snapshot(models.Model):
    """One published snapshot: what everyone could see of the registry on one day, as files that never change.

    The files stand in VAR/snapshots under the number, with a manifest from which this row can be made anew.
    """

    number = models.PositiveIntegerField(
        _("number"), primary_key=True, help_text=_("Permanent and running; it names the snapshot for ever.")
    )
    day = models.DateField(_("day"), help_text=_("The day (UTC) for which states are told in it."))
    made_at = models.DateTimeField(_("made at"), help_text=_("When the registry was read, in one transaction (UTC)."))
    rows = models.JSONField(_("rows"), help_text=_("Kind of record to the number of its rows."))
    files = models.JSONField(_("files"), help_text=_("Name of each file to its `bytes` and `sha256`."))
    content = models.CharField(
        _("content"),
        max_length=64,
        help_text=_("SHA-256 of all rows, by which the next one knows that it is the same."),
    )

    class Meta:
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")
        ordering = ["-number"]

    def __str__(self) -> str:
        return _("Snapshot %(number)s") % {"number": self.number}

    def get_absolute_url(self) -> str:
        return reverse("snapshot-detail", args=[self.number])

    @property
    def archive(self) -> dict[str, Any]:
        """The file that holds all others: its name, bytes and sha256."""
        return {"name": archive_name(self.number), **self.files[archive_name(self.number)]}

    @property
    def total(self) -> int:
        """How many rows it has, of all kinds together."""
        return sum(self.rows.values())


def archive_name(number: int) -> str:
    """Return the name of the file that holds all others of a snapshot."""
    return f"concord-snapshot-{number}.zip"
