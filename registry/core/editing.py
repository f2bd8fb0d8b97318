"""The editing pages of any kind of record: new, edit, delete, history, undo. The form of the kind says all else.

Everything works without JavaScript. A GET changes nothing. Whoever is not signed in is asked to; who may not see a
record gets 404, who may see it and not edit it 403.
"""

from collections.abc import Collection, Iterator
from typing import Any

from django.apps import apps
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, models
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.safestring import mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.generic import View

from registry.core import access, merging, undo, write
from registry.core.forms import Difference, RecordForm
from registry.core.history import steps
from registry.core.models import Record, Revision
from registry.core.offered import whole_number
from registry.core.sheet import Problem, Sheet, pair_of
from registry.core.starting import new_record, start_form
from registry.core.templatetags.concord import address

INVALID, CONFLICT = 422, 409
REVISIONS_A_PAGE = 30
ROWS_NAMED = 10


def editable(model: type[Record], ref: str, user: Any) -> Any:
    """Return the record, if the user may edit it. Raises Http404 for what he may not see, or PermissionDenied."""
    record: Any = get_object_or_404(model.objects.visible_to(user), ref=ref)
    if not access.may_edit(user, record):
        raise PermissionDenied(
            _("Only an editor at a desk of “%(record)s” may change it. Ask one of its desks.") % {"record": record}
        )
    return record


class EditingView(View):
    """What all editing pages of one kind have in common."""

    form_class: type[RecordForm] = RecordForm

    @property
    def model(self) -> type[Record]:
        return self.form_class._meta.model

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return super().dispatch(request, *args, **kwargs)

    def editable(self, ref: str) -> Record:
        return editable(self.model, ref, self.request.user)

    def page(self, template: str, record: Record, status: int = 200, **context: Any) -> HttpResponse:
        """Draw a page about one record."""
        context |= {"record": record, "kind": self.model._meta.verbose_name, "url_name": self.model.url_name()}
        is_stored = not record._state.adding
        context |= {"pair": pair_of(record), "is_stored": is_stored}
        return render(self.request, f"editing/{template}.html", context, status=status)


class SheetView(EditingView):
    """The form of a record, new (without `ref`) or on file."""

    def get(self, request: HttpRequest, ref: str = "") -> HttpResponse:
        record = self.record(ref)
        return self.start() if record is None else self.show(self.sheet(record))

    def post(self, request: HttpRequest, ref: str = "") -> HttpResponse:
        data = request.POST.copy()
        try:
            record = self.record(ref)
        except Http404:
            return self.gone(ref, data)
        if record is None:
            return self.start()
        if "add" in data:
            return self.one_more_row(record, data)
        version = whole_number(data.get("version", ""))
        if ref and version is not None and version != record.version:
            # seen before anything is checked: rows that are gone would be called wrong
            return self.conflict(ref, data, write.Conflict(record, version))
        sheet = self.sheet(record, data)
        if not sheet.is_valid():
            return self.show(sheet, INVALID, problems=list(sheet.problems))
        foreseen = sheet.foresee()
        if foreseen is not None and data.get("foreseen") != foreseen.token:
            return self.show(sheet, foreseen=foreseen)  # nothing is saved until the writer has seen just this
        try:
            sheet.save(by=request.user)
        except write.Conflict as conflict:
            return self.conflict(ref, data, conflict)
        except PermissionDenied as error:
            return self.refused(ref, data, str(error), 403)
        except ValidationError as error:
            return self.refused(ref, data, " ".join(error.messages), INVALID)
        except (IntegrityError, models.ProtectedError):
            sentence = _("Something this entry points to, or that points to it, has changed meanwhile. Save it again.")
            return self.refused(ref, data, sentence, CONFLICT)
        messages.success(request, _("“%(record)s” is saved.") % {"record": sheet.record})
        return redirect(sheet.record.get_absolute_url())

    def record(self, ref: str) -> Any:
        """Return the record of this page, or a new one; None where the address says too little of a new one."""
        return self.editable(ref) if ref else new_record(self.form_class, self.request.user, self.request.GET)

    def sheet(self, record: Record, data: QueryDict | None = None) -> Sheet:
        return Sheet(self.form_class, record, self.request.user, data, files=self.request.FILES if data else None)

    def show(self, sheet: Sheet, status: int = 200, **context: Any) -> HttpResponse:
        """Draw the form."""
        record = sheet.record
        is_draft = getattr(record, "visibility", "") == access.DRAFT and not record._state.adding
        foresight = sheet.form.foresight() if is_draft else []
        return self.page("form", record, status, sheet=sheet, form=sheet.form, foresight=foresight, **context)

    def one_more_row(self, record: Record, data: QueryDict) -> HttpResponse:
        """Show what was typed with one more empty row; nothing is checked or saved."""
        total = f"{data['add']}-TOTAL_FORMS"
        data[total] = str((whole_number(data.get(total, "")) or 0) + 1)
        sheet = self.sheet(record, data)
        sheet.hush()
        for rows in sheet.rows:
            if rows.prefix == data["add"]:
                rows.start_last()
        return self.show(sheet)

    def refused(self, ref: str, data: QueryDict, sentence: str, status: int) -> HttpResponse:
        """Show what was typed again, on the record as it is, with the sentence that says why it was not saved."""
        return self.show(self.sheet(self.record(ref), data), status, problems=[Problem("sheet", sentence)])

    def conflict(self, ref: str, data: QueryDict, conflict: write.Conflict) -> HttpResponse:
        """Show what was typed beside what somebody else has saved; saving again is then a choice of one's own."""
        record = self.editable(ref)
        differences: list[Difference] = [one for rows in self.sheet(record).rows for one in rows.merge(data)]
        data["version"] = str(record.version)
        sheet = self.sheet(record, data)
        sheet.hush()
        differences = [*sheet.differences(), *differences]
        last = Revision.objects.filter(model=record._meta.label, ref=record.ref).select_related("by").first()
        return self.show(sheet, CONFLICT, conflict=conflict, differences=differences, last=last)

    def gone(self, ref: str, data: QueryDict) -> HttpResponse:
        """Show what was typed although the record was deleted meanwhile, with the way to bring it back."""
        record, last = deleted(self.model, ref, self.request.user)
        sheet = self.sheet(record, data)
        sheet.hush()
        return self.show(sheet, CONFLICT, deletion=last)

    def start(self) -> HttpResponse:
        """Ask for the two countries, or for what it stands under, as the commission of a session."""
        form = start_form(self.form_class, self.request.user, self.request.GET or None)
        return render(self.request, "editing/start.html", {"form": form, "kind": self.model._meta.verbose_name})


class DeleteView(EditingView):
    """The page that asks whether a record is to be deleted, and does it."""

    def get(self, request: HttpRequest, ref: str) -> HttpResponse:
        return self.ask(self.editable(ref))

    def post(self, request: HttpRequest, ref: str) -> HttpResponse:
        record = self.editable(ref)
        version = whole_number(request.POST.get("version", ""))
        name = str(record)
        try:
            revision = write.delete(
                record,
                by=request.user,
                version=version or 0,
                why=request.POST.get("why", ""),
            )
        except write.Conflict:
            sentence = _("“%(record)s” was changed by somebody else while you looked. Look at it again.")
            return self.ask(self.editable(ref), sentence % {"record": name}, CONFLICT)
        except ValidationError as error:
            return self.ask(self.editable(ref), " ".join(error.messages), CONFLICT)
        except IntegrityError:
            sentence = _("Something came to point to “%(record)s” while it was deleted. Look at it again.")
            return self.ask(self.editable(ref), sentence % {"record": name}, CONFLICT)
        said = {"sentence": _("“%(record)s” is deleted.") % {"record": name}, "revision": revision}
        messages.success(request, mark_safe(render_to_string("editing/undo.html", said, request)))  # noqa: S308 - escaped
        return redirect(address(f"{self.model.url_name()}-list") or record.belongs_to)

    def ask(self, record: Record, problem: str = "", status: int = 200) -> HttpResponse:
        """Name what would go with the record, and what forbids that it goes."""
        user = self.request.user
        is_draft = getattr(record, "visibility", access.DRAFT) == access.DRAFT
        needs_approver = not is_draft and not access.may_publish(user, record)
        holding = list(holding_rows(record, user))
        context = {
            "problem": problem,
            "holding": holding,
            "let_go": write.LET_GO,
            "going": [(capfirst(rows.model._meta.verbose_name_plural), rows.count()) for rows in child_rows(record)],
            "needs_approver": needs_approver,
            "may_delete": not holding and not needs_approver,
        }
        return self.page("delete", record, status, **context)


def child_rows(record: Record) -> Iterator[models.QuerySet]:
    """Yield the child rows that go with a record."""
    for name in record.ROWS:
        rows = getattr(record, name).all()
        if rows.exists():
            yield rows


def holding_rows(record: Record, user: Any) -> Iterator[tuple[str, list[Any], int]]:
    """Yield what forbids that `record` is deleted: kind, some rows that `user` may see, and how many more.

    Of a child row the record is named on whose page it is taken away. However many the user may not see count as one:
    that it cannot be deleted must be told, and nothing beyond it.
    """
    for rows in (*protecting_rows(record), *write.naming(record)):
        kind, number = rows.model, rows.count()
        if number:
            named: list[Any] = []
            seen = more = 0
            if issubclass(kind, Record):
                visible = kind.objects.visible_to(user).filter(pk__in=rows.values("pk"))
                named, seen = list(visible[:ROWS_NAMED]), visible.count()
                more = seen - len(named)
            elif kind in merging.parents():
                parent: Any = kind._meta.get_field(merging.parents()[kind])
                visible = rows.filter(
                    **{f"{parent.name}__in": parent.related_model.objects.visible_to(user).values("pk")}
                )
                some, seen = visible.order_by("pk")[:ROWS_NAMED], visible.count()
                named = list(dict.fromkeys(map(merging.owner_of, some)))
                more = max(0, seen - ROWS_NAMED)
            yield capfirst(kind._meta.verbose_name_plural), named, more + (number > seen)


def protecting_rows(record: Record) -> Iterator[models.QuerySet]:
    """Yield, by kind, the rows that must not lose the one record they point to."""
    for relation in record._meta.get_fields(include_hidden=True):
        if relation.auto_created and getattr(relation, "on_delete", None) is models.PROTECT:
            yield relation.related_model._base_manager.filter(**{relation.field.name: record.pk})


class HistoryView(EditingView):
    """Who changed what, when and why. Only the desks of a record see it: its older versions may have been drafts."""

    def get(self, request: HttpRequest, ref: str) -> HttpResponse:
        record = self.model.objects.visible_to(request.user).filter(ref=ref).first()
        if record is None:
            record, _last = deleted(self.model, ref, request.user)
        elif not access.sits_at_desk(request.user, record):
            raise PermissionDenied(_("The history of a record is open to its desks. Ask one of them."))
        revisions = Revision.objects.filter(model=self.model._meta.label, ref=ref).select_related("by")
        newest = revisions.values_list("pk", flat=True).first()
        before = whole_number(request.GET.get("before", ""))
        if before is not None:
            revisions = revisions.filter(pk__lt=before)
        some = list(revisions[: REVISIONS_A_PAGE + 1])  # one more, to compare the last one shown with
        context = {
            "steps": steps(self.model, some, request.user)[:REVISIONS_A_PAGE],
            "older": some[REVISIONS_A_PAGE - 1].pk if len(some) > REVISIONS_A_PAGE else None,
            "may_edit": access.may_edit(request.user, record),
            "newest": newest,
        }
        return self.page("history", record, **context)


def deleted(model: type[Record], ref: str, user: Any) -> tuple[Record, Revision]:
    """Return a deleted record as it was, and its last revision. Raise Http404 for all but the desks it had."""
    last = Revision.objects.filter(model=model._meta.label, ref=ref).first()
    if last is None or last.kind != Revision.Kind.DELETED or model._base_manager.filter(ref=ref).exists():
        raise Http404
    try:
        record = undo.as_it_was(last)
    except ValidationError as error:
        raise Http404 from error
    if not access.sits_at_desk(user, record):
        raise Http404
    return record, last


class RestoreView(View):
    """Undo: bring a record back to one of its versions. POST only."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login("/")
        revision = get_object_or_404(Revision, pk=pk)
        model = apps.get_model(revision.model)
        record = model.objects.visible_to(request.user).filter(ref=revision.ref).first()
        if record is None:
            record, _last = deleted(model, revision.ref, request.user)
        try:
            foreseen = undo.foresee_restoring(revision) if access.may_edit(request.user, record) else None
            if foreseen is not None and request.POST.get("foreseen") != foreseen.token:
                return self.ask(record, revision, foreseen)
            record = undo.restore(revision, by=request.user, why=request.POST.get("why", ""))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect(f"{model.url_name()}-history", revision.ref)
        except (write.Conflict, IntegrityError):
            messages.error(request, _("It was changed at the same moment. Look at it again."))
            return redirect(f"{model.url_name()}-history", revision.ref)
        said = {"record": record, "version": revision.version}
        messages.success(request, _("“%(record)s” is back as it was in version %(version)s.") % said)
        return redirect(record.get_absolute_url())

    def ask(self, record: Record, revision: Revision, foreseen: Any) -> HttpResponse:
        """Say what restoring would change; nothing is restored until the writer has seen just this."""
        context = {"record": record, "url_name": record.url_name(), "pair": pair_of(record), "is_stored": True}
        return render(self.request, "editing/restore.html", context | {"revision": revision, "foreseen": foreseen})


ACTIONS = ("create", "update", "delete", "history", "merge")


def urls(base: str, form_class: type[RecordForm], actions: Collection[str] = ACTIONS) -> list[URLPattern]:
    """Return the addresses of the editing pages of one kind. They must stand before the page of the kind."""
    from registry.core.merge_views import MergeView  # which is made of the pages above

    name = form_class._meta.model.url_name()
    pages: list[tuple[str, type[EditingView], str]] = [
        ("new", SheetView, "create"),
        ("<slug:ref>/edit", SheetView, "update"),
        ("<slug:ref>/delete", DeleteView, "delete"),
        ("<slug:ref>/history", HistoryView, "history"),
        ("<slug:ref>/merge", MergeView, "merge"),
    ]
    return [
        path(f"{base}/{address}/", view.as_view(form_class=form_class), name=f"{name}-{action}")
        for address, view, action in pages
        if action in actions
    ]


urlpatterns = [path("revisions/<int:pk>/restore/", RestoreView.as_view(), name="revision-restore")]
