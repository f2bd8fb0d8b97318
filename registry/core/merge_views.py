"""The page at a desk on which two records that are one and the same are merged."""

from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from registry.core import access, merging, write
from registry.core.editing import CONFLICT, INVALID, EditingView
from registry.core.history import Words
from registry.core.models import Record, User
from registry.core.offered import whole_number


@dataclass(frozen=True)
class Beside:
    """One field of both records."""

    what: Any
    duplicate: str
    survivor: str


class MergeView(EditingView):
    """Choose the record that goes on, by its reference; see both side by side and what will move; then merge."""

    def get(self, request: HttpRequest, ref: str) -> HttpResponse:
        record = self.mergeable(ref)
        typed = request.GET.get("into", "").strip()
        if not typed:
            return self.page("merge", record)
        into = self.other(typed)
        if into is None:
            problem = _("There is no %(kind)s “%(ref)s” here. Check the reference.")
            return self.ask(record, typed, problem % {"kind": self.model._meta.verbose_name, "ref": typed}, INVALID)
        try:
            merging.check(record, into, cast(User, request.user))
        except (ValidationError, PermissionDenied) as error:
            return self.ask(record, typed, _sentence(error), INVALID)
        return self.show(record, into)

    def post(self, request: HttpRequest, ref: str) -> HttpResponse:
        record = self.mergeable(ref)
        typed = request.POST.get("into", "").strip()
        into = self.other(typed)
        if into is None:
            return self.ask(record, typed, _("The other record is gone. Choose again."), CONFLICT)
        name, user = str(record), cast(User, request.user)
        try:
            merging.merge(
                record,
                into=into,
                by=user,
                why=request.POST.get("why", ""),
                version=whole_number(request.POST.get("version", "")) or 0,
                into_version=whole_number(request.POST.get("into_version", "")) or 0,
            )
        except write.Conflict:
            problem = _("One of the two was changed by somebody else while you looked. Look at them again.")
            return self.again(ref, typed, problem, CONFLICT)
        except (ValidationError, PermissionDenied) as error:
            return self.again(ref, typed, _sentence(error), CONFLICT)
        except IntegrityError:
            problem = _("Something that points to them has changed meanwhile. Try again.")
            return self.again(ref, typed, problem, CONFLICT)
        messages.success(request, _("“%(record)s” is merged into “%(into)s”.") % {"record": name, "into": into})
        return redirect(into.get_absolute_url())

    def mergeable(self, ref: str) -> Record:
        """Return the record, if the user may merge it."""
        record = self.editable(ref)
        if not access.may_publish(self.request.user, record):
            raise PermissionDenied(_("Only an approver of either side may merge “%(record)s”.") % {"record": record})
        return record

    def other(self, ref: str) -> Record | None:
        """Return the record that is to go on, if the user may see it."""
        return self.model.objects.visible_to(self.request.user).filter(ref=ref).first()

    def again(self, ref: str, typed: str, problem: str, status: int) -> HttpResponse:
        """Show both as they are now, with what forbids that they are merged."""
        record, into = self.mergeable(ref), self.other(typed)
        return self.ask(record, typed, problem, status) if into is None else self.show(record, into, problem, status)

    def ask(self, record: Record, typed: str, problem: str, status: int) -> HttpResponse:
        """Ask for the reference again."""
        return self.page("merge", record, status, typed=typed, problem=problem)

    def show(self, record: Record, into: Record, problem: str = "", status: int = 200) -> HttpResponse:
        """Show both, and what will move."""
        said: dict[str, Any] = {"into": into, "typed": into.ref}
        try:
            said["moving"] = moving(record, self.request.user)
        except ValidationError as error:
            return self.ask(record, into.ref, problem or _sentence(error), INVALID)
        return self.page(
            "merge",
            record,
            status,
            **said,
            problem=problem,
            beside=side_by_side(record, into, self.request.user),
        )


def side_by_side(record: Record, into: Record, user: Any) -> list[Beside]:
    """Return every field that one of the two has, as `user` may read it."""
    contents = [write.content(each) for each in (record, into)]
    words = Words(type(record), contents, user)
    fields = write.edited_fields(type(record))
    rows = [[words.value(field, content.get(field.name)) for content in contents] for field in fields]
    return [
        Beside(capfirst(field.verbose_name), one, other)
        for field, (one, other) in zip(fields, rows, strict=True)
        if one or other
    ]


def moving(record: Record, user: Any) -> list[tuple[str, int, bool]]:
    """Return what will go to the other record: kind, how many that `user` may see, and whether there are others."""
    found: dict[Any, set[Any]] = {}
    for pointer in merging.pointers(record):
        one = pointer.owner or pointer.row
        found.setdefault(type(one), set()).add(one.pk)
    told = []
    for kind, keys in found.items():
        rows = kind._default_manager.filter(pk__in=keys)
        seen = rows.visible_to(user).count() if issubclass(kind, Record) else 0
        told.append((kind._meta.verbose_name_plural, seen, len(keys) > seen))
    own = [(kind._meta.verbose_name_plural, rows.count(), False) for kind, rows in merging.attached(record)]
    return [(capfirst(name), number, more) for name, number, more in (*own, *told) if number or more]


def _sentence(error: ValidationError | PermissionDenied) -> str:
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
