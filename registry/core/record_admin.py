"""What the administration of every kind of record has in common: all its writes go through the write path.

Only registrars come in. A form carries the version it was opened with; whoever saves second is told what has changed
in between, keeps what was typed, and nothing is stored.
"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.contenttypes.admin import GenericTabularInline
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch
from django.utils.translation import gettext_lazy as _

from registry.core import access, write
from registry.core.models import Citation, Document, Record, Revision


class Registrars:
    """Only registrars see, add, change and delete."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return access.is_registrar(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access.is_registrar(request.user)

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission


class ReadOnly(Registrars, admin.ModelAdmin):
    """Rows that the registry writes by itself, or from a file."""

    show_full_result_count = False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_add_permission = has_delete_permission = has_change_permission


class LookedUp:
    """Links are looked up by typing, so that no form loads a big table. The model linked to needs an administration
    with a search of its own."""

    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def get_autocomplete_fields(self, request: HttpRequest) -> list[str]:
        links = [*self.model._meta.fields, *self.model._meta.many_to_many]  # type: ignore[attr-defined]
        return [field.name for field in links if field.related_model in admin.site._registry]


class Rows(LookedUp, admin.TabularInline):
    """Child rows."""

    extra = 0


class LongRows(LookedUp, admin.StackedInline):
    """Child rows with long texts."""

    extra = 0


def rows(model: type[models.Model], base: type = Rows, **options: Any) -> type:
    """Return the inline of the child rows `model`."""
    return type(f"{model.__name__}Rows", (base,), {"model": model, **options})


class CitationRows(LookedUp, GenericTabularInline):
    model = Citation
    extra = 0


class DocumentRows(LookedUp, GenericTabularInline):
    model = Document
    extra = 0
    exclude = ("ref", "note")


ATTACHED = (CitationRows, DocumentRows)


class RecordForm(forms.ModelForm):
    """The form of one record, with the version it was opened with and the reason for the change."""

    opened_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    foreseen = forms.CharField(required=False, widget=forms.HiddenInput)
    why = forms.CharField(
        label=_("Why"), max_length=300, required=False, help_text=_("The reason for this change; it stands in the log.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["opened_version"] = self.instance.version

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        opened = cleaned.get("opened_version")
        if not self.instance._state.adding and opened != self.instance.version:
            self.add_error(None, [str(write.Conflict(self.instance, opened or 0)), *self._now_on_file()])
            # shown again the form is up to date with what it has just said, so that saving it again succeeds
            self.data = self.data.copy()
            self.data[self.add_prefix("opened_version")] = self.instance.version
        return cleaned

    def _post_clean(self) -> None:
        """Check the record as well; what saving it would change of others is said first, and saved the second time."""
        super()._post_clean()
        if self.errors:
            return
        many = {field.name for field in self.instance._meta.many_to_many}
        foreseen = self.instance.foresee({}, {k: value for k, value in self.cleaned_data.items() if k in many})
        if foreseen is not None and self.cleaned_data["foreseen"] != foreseen.token:
            first = _("Nothing is saved yet. Saving this would change:")
            last = _("Save it again to save it all the same.")
            self.add_error(None, [first, *foreseen.sentences(), last])
            self.data = self.data.copy()
            self.data[self.add_prefix("foreseen")] = foreseen.token

    def _now_on_file(self) -> list[str]:
        """Return a line for each field that now has another value than was typed."""
        shown = []
        for name in self.changed_data:
            if name not in ("opened_version", "foreseen", "why"):
                value = getattr(self.instance, name)
                if hasattr(value, "all"):
                    value = ", ".join(str(row) for row in value.all())
                shown.append(
                    _("Now on file under “%(field)s”: %(value)s") % {"field": self.fields[name].label, "value": value}
                )
        return shown


class RecordAdmin(Registrars, LookedUp, admin.ModelAdmin):
    """One kind of record, with its child rows and attachments."""

    form = RecordForm
    attached: tuple[type, ...] = ATTACHED
    derived: tuple[str, ...] = ()
    """Columns shown on the form that a person does not edit."""
    permanent: tuple[str, ...] = ("ref",)
    """Fields that are given once and never change."""
    list_display = ("__str__", "ref", "version")
    search_fields = ("folded",)
    show_full_result_count = False
    list_per_page = 50

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[type]:
        return [*self.inlines, *self.attached]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        # the base class of all records declares them first, but they are said of the whole
        last = ("visibility", "note", "why")
        names: list[Any] = list(super().get_fields(request, obj))
        return [*(name for name in names if name not in last), *(name for name in last if name in names)]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.readonly_fields, *([*self.permanent, "version", *self.derived] if obj else [])]

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return queryset.search(search_term), False

    def view_on_site(self, obj: Record) -> str | None:
        try:
            return obj.get_absolute_url()
        except NoReverseMatch:  # a kind without a page of its own
            return None

    # Saving --------------------------------------------------------------------------------------------------------

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except write.Conflict:
            # Somebody was faster by less than the length of this request. Asked again, the form finds it out itself.
            return super().changeform_view(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        write.begin(obj, request.user, form.cleaned_data["opened_version"] if change else None)
        obj.save()

    def save_related(self, request: HttpRequest, form: forms.ModelForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        kind = Revision.Kind.CHANGED if change else Revision.Kind.CREATED
        write.finish(form.instance, request.user, form.cleaned_data["why"], kind)

    def save_formset(self, request: HttpRequest, form: forms.ModelForm, formset: Any, change: bool) -> None:
        if not issubclass(formset.model, Record):
            return super().save_formset(request, form, formset, change)
        why = form.cleaned_data["why"]
        for record in formset.save(commit=False):
            write.save(record, by=request.user, why=why)
        for record in formset.deleted_objects:
            write.delete(record, by=request.user, why=why)
        formset.save_m2m()

    # Deleting ------------------------------------------------------------------------------------------------------

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        write.delete(obj, by=request.user)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for record in queryset:
            write.delete(record, by=request.user)

    @admin.action(description=_("Erase for good, with every revision (for a person to be forgotten)"))
    def erase(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Ask first; once a reason is given erase all of them, or none where something still points to one."""
        why = request.POST.get("why", "").strip()
        if not why:
            context = {**self.admin_site.each_context(request), "records": queryset, "title": _("Erase for good")}
            return render(request, "admin/erase.html", context | {"list_address": request.get_full_path()})
        for record in queryset:
            write.erase(record, by=request.user, why=why)
        self.message_user(request, _("Nothing of it remains, in the revisions neither."), messages.SUCCESS)
        return None

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[list, dict, set, list]:
        # what goes with a record, as its transitions, may not be deleted for itself and goes all the same
        deleted, counts, _forbidden, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, set(), protected

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._or_say_why(request, super().delete_view, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._or_say_why(request, super().changelist_view, *args, **kwargs)

    def _or_say_why(self, request: HttpRequest, view: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer with `view`; where the write path refuses, with the same page, its sentence and nothing stored."""
        try:
            with transaction.atomic():
                return view(request, *args, **kwargs)
        except ValidationError as refused:
            sentences = refused.messages
        except write.Conflict as conflict:
            sentences = [str(conflict)]
        for sentence in sentences:
            self.message_user(request, sentence, messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())
