"""Administration of the common ground."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from registry.core import jobs, tokens
from registry.core.fold import fold
from registry.core.models import (
    Alias,
    ApiToken,
    Citation,
    Comment,
    Confirmation,
    Country,
    DeskRole,
    Document,
    Framework,
    Indicator,
    Job,
    Pair,
    Place,
    Revision,
    Source,
    Subject,
    Term,
    User,
)
from registry.core.record_admin import LookedUp, ReadOnly, RecordAdmin, RecordForm, Registrars, rows

admin.site.site_header = admin.site.site_title = _("Concord: administration")
admin.site.index_title = _("Records and accounts")
admin.site.unregister(Group)  # rights come from desk roles

# People --------------------------------------------------------------------------------------------------------------


class UserAddForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("username", "email")


class UserForm(UserChangeForm):
    class Meta(UserChangeForm.Meta):
        model = User


@admin.register(User)
class UserAdmin(Registrars, LookedUp, DjangoUserAdmin):
    """Accounts and the desks they sit at. A registrar is a superuser, and nobody else comes into the administration."""

    form = UserForm
    add_form = UserAddForm
    add_fieldsets = ((None, {"fields": ("username", "email", "usable_password", "password1", "password2")}),)
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email", "language", "time_zone", "deputy")}),
        (_("Rights"), {"fields": ("is_active", "is_superuser")}),
        (_("Days"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    list_display = ("username", "email", "first_name", "last_name", "is_active", "is_superuser")
    list_filter = ("is_active", "is_superuser", "desk_roles__role")
    filter_horizontal = ()
    inlines = (rows(DeskRole),)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        obj.is_staff = obj.is_superuser
        super().save_model(request, obj, form, change)


@admin.register(DeskRole)
class DeskRoleAdmin(Registrars, LookedUp, admin.ModelAdmin):
    list_display = ("user", "country", "role", "lead")
    list_filter = ("role", "lead")
    list_select_related = ("user", "country")
    search_fields = ("user__username", "user__email", "country__code")


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnly):
    """Who has made which token. Nobody sees the token itself; a registrar can end it."""

    list_display = ("user", "name", "start", "scope", "expires_on", "last_used_on", "revoked_at")
    list_filter = ("scope",)
    list_select_related = ("user",)
    search_fields = ("user__username", "name", "start")
    exclude = ("digest",)
    actions = ("revoke",)

    @admin.action(description=_("Revoke"), permissions=["view"])
    def revoke(self, request: HttpRequest, queryset: Any) -> None:
        number = tokens.revoke(queryset)
        words = ngettext("One token is revoked.", "%(number)s tokens are revoked.", number)
        self.message_user(request, words % {"number": number})


# Words and countries -------------------------------------------------------------------------------------------------


class ByName(ReadOnly):
    """A small list from a file, found by what its rows are called in the reader's language."""

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        wanted = fold(search_term)
        found = [row.pk for row in queryset if wanted in fold(f"{row.code} {row}")]
        return queryset.filter(pk__in=found), False


@admin.register(Country)
class CountryAdmin(ByName):
    list_display = ("code", "__str__", "region", "withdrawn_on")
    list_filter = ("region",)
    search_fields = ("code",)


@admin.register(Term)
class TermAdmin(ByName):
    """Terms change by the file data/vocabularies.json and the command load_vocabularies."""

    list_display = ("code", "__str__", "vocabulary", "retired")
    list_filter = ("vocabulary", "retired")
    search_fields = ("code",)


@admin.register(Alias)
class AliasAdmin(Registrars, admin.ModelAdmin):
    """Spellings that meet in search. One is not changed but replaced: search reads the table anew by its rows."""

    list_display = ("form", "canonical")
    search_fields = ("form", "canonical")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and super().has_change_permission(request)

    def save_model(self, request: HttpRequest, obj: Alias, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self._refold(request)

    def delete_model(self, request: HttpRequest, obj: Alias) -> None:
        super().delete_model(request, obj)
        self._refold(request)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        super().delete_queryset(request, queryset)
        self._refold(request)

    def _refold(self, request: HttpRequest) -> None:
        """Ask for the search texts to be folded anew, unless that waits already."""
        if not Job.objects.filter(kind="refold", state=Job.State.QUEUED).exists():
            jobs.ask("refold", by=request.user)


@admin.register(Subject)
class SubjectAdmin(RecordAdmin):
    pass


# Pairs and what they point to ----------------------------------------------------------------------------------------


class PairForm(RecordForm):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        a, b = cleaned.get("a"), cleaned.get("b")
        if self.instance._state.adding and a and b:
            cleaned["a"], cleaned["b"] = sorted((a, b), key=lambda country: country.code)
            self.instance.ref = f"{cleaned['a'].code}-{cleaned['b'].code}"
            if a == b:
                self.add_error("b", _("A pair has two countries. Choose another one."))
        return cleaned


@admin.register(Pair)
class PairAdmin(RecordAdmin):
    form = PairForm
    attached = ()
    permanent = ("ref", "a", "b")
    list_display = ("ref", "__str__", "tracked_from", "tracked_until", "tracking_basis", "version")
    list_filter = ("tracking_basis",)
    list_select_related = ("a", "b")

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj else ("ref",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).select_related("a", "b")


@admin.register(Place)
class PlaceAdmin(RecordAdmin):
    list_display = ("name", "ref", "country_id", "subdivision", "version")


@admin.register(Source)
class SourceAdmin(RecordAdmin):
    list_display = ("__str__", "ref", "kind", "date", "accessed", "visibility", "version")
    list_filter = ("visibility", "kind")


@admin.register(Framework)
class FrameworkAdmin(RecordAdmin):
    list_display = ("title", "ref", "country_id", "started_on", "ended_on", "version")


@admin.register(Indicator)
class IndicatorAdmin(RecordAdmin):
    list_display = ("what", "ref", "pair_id", "value", "unit", "date", "version")


# What attaches to records, and the log -------------------------------------------------------------------------------


@admin.register(Document)
class DocumentAdmin(RecordAdmin):
    """Documents are added on the form of their record."""

    attached = ()
    permanent = ("ref", "content_type", "object_id")
    list_display = ("__str__", "ref", "kind", "language", "visibility", "content_type", "object_id", "version")
    list_filter = ("visibility", "kind")
    list_select_related = ("content_type",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Citation)
class CitationAdmin(ReadOnly):
    """Citations are edited on the form of their record, with which they are logged."""

    list_display = ("source", "content_type", "object_id", "field", "value", "locator")
    list_select_related = ("source", "content_type")
    search_fields = ("field", "value", "source__ref")


@admin.register(Comment)
class CommentAdmin(ReadOnly):
    list_display = ("author", "content_type", "object_id", "text", "written_at")
    list_select_related = ("author", "content_type")


@admin.register(Confirmation)
class ConfirmationAdmin(ReadOnly):
    list_display = ("side", "by", "content_type", "object_id", "version", "day", "disagreement")
    list_select_related = ("side", "by", "content_type")


@admin.register(Revision)
class RevisionAdmin(ReadOnly):
    """Nobody changes the log. It can be deleted where a person must be forgotten."""

    list_display = ("at", "title", "model", "ref", "version", "kind", "by", "why")
    list_filter = ("kind", "model", "visibility")
    list_select_related = ("by",)
    search_fields = ("ref", "title")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request)


@admin.register(Job)
class JobAdmin(ReadOnly):
    list_display = ("kind", "state", "window", "asked_by", "asked_at", "attempts", "report")
    list_filter = ("state", "kind")
    list_select_related = ("asked_by",)
    actions = ("do_again",)

    @admin.action(description=_("Do again what has failed"), permissions=["view"])
    def do_again(self, request: HttpRequest, queryset: Any) -> None:
        number = jobs.do_again(queryset)
        words = ngettext("One job waits to be done again.", "%(number)s jobs wait to be done again.", number)
        self.message_user(request, words % {"number": number})
