"""Pages of snapshots: all of them, one of them, and their files."""

from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from django.views.generic import DetailView, ListView

from registry.core.partial import file_response
from registry.core.tables import Column, Table
from registry.core.templatetags.concord import day, number
from registry.site.models import Snapshot
from registry.site.snapshots import texts
from registry.site.snapshots.building import folder_of

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
    "zip": "application/zip",
}
"""End of a name → its media type; everything else is text to read."""

WHAT = {
    "README.md": gettext_lazy("What it is, how to read it and how to cite it"),
    "codebook.md": gettext_lazy("Every column with its meaning, and every code with its labels"),
    "LICENCES.md": gettext_lazy("The licence of each source"),
    "CITATION.cff": gettext_lazy("How to cite it, for programs"),
    "datapackage.json": gettext_lazy("Every table described for programs (Frictionless Table Schema)"),
}
"""Files beside the tables, and what each holds."""


def file_link(one: Snapshot, name: str, text: Any = "") -> str:
    """Write a link to a file of a snapshot (as `text`, else its name) with its size."""
    address = reverse("snapshot-file", args=[one.number, name])
    size = filesizeformat(one.files[name]["bytes"])
    return format_html('<a href="{}">{}</a> <span class="small muted nowrap">{}</span>', address, text or name, size)


SNAPSHOTS = (
    Column(
        gettext_lazy("Number"),
        lambda one: format_html('<a href="{}">{}</a>', one.get_absolute_url(), one),
        head=True,
    ),
    Column(gettext_lazy("Day"), lambda one: day(one.day)),
    Column(gettext_lazy("Rows"), lambda one: number(one.total), css="n"),
    Column(gettext_lazy("Everything in one file"), lambda one: file_link(one, one.archive["name"])),
    Column(gettext_lazy("SHA-256 of that file"), lambda one: one.archive["sha256"], css="any small"),
)


class SnapshotList(ListView):
    """All snapshots, the newest first."""

    model = Snapshot
    paginate_by = 50
    template_name = "site/snapshots.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        caption = _("Snapshots, the newest first")
        empty = _("There is none yet. The first one is made in the coming night (UTC).")
        return context | {"table": Table(caption, SNAPSHOTS, context["object_list"], empty=empty)}


class SnapshotPage(DetailView):
    """One snapshot: what is in it, its files, and how to cite it."""

    model = Snapshot
    pk_url_kwarg = "number"
    context_object_name = "snapshot"
    template_name = "site/snapshot.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        one: Snapshot = self.object
        kinds = (
            Column(gettext_lazy("Kind"), lambda kind: kind, head=True),
            Column(gettext_lazy("Rows"), lambda kind: number(one.rows[kind]), css="n"),
            Column("CSV", lambda kind: file_link(one, f"data/{kind}.csv")),
            Column("Parquet", lambda kind: file_link(one, f"data/{kind}.parquet")),
        )
        beside = (
            Column(gettext_lazy("File"), lambda name: file_link(one, name), head=True),
            Column(gettext_lazy("What it holds"), lambda name: WHAT[name]),
        )
        return super().get_context_data(**kwargs) | {
            "archive": file_link(one, one.archive["name"]),
            "kinds": Table(_("Kinds of record, in two formats with the same rows"), kinds, one.rows),
            "beside": Table(_("What explains them"), beside, [name for name in WHAT if name in one.files]),
            "publisher": texts.publisher(),
            "title": texts.title_of(one.number, one.day),
            "address": texts.address_of(one.number),
        }


@require_safe
def snapshot_file(request: HttpRequest, number: int, name: str) -> HttpResponseBase:
    """Send one file of a snapshot, whole or in part. Only names that the snapshot lists lead anywhere."""
    told = get_object_or_404(Snapshot, number=number).files.get(name)
    if told is None:
        raise Http404
    media_type = MEDIA_TYPES.get(name.rsplit(".", 1)[-1], "text/plain; charset=utf-8")
    try:
        return file_response(request, folder_of(number) / name, etag=f'"{told["sha256"]}"', media_type=media_type)
    except FileNotFoundError:
        raise Http404 from None
