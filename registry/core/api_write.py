"""Writing through the API: the desk's forms, the desk's rights, the one write path, by a token (docs/api.md).

A kind that can be written is a `WriteViewSet` that names the form of its pages.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, models
from django.http import Http404, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import NotAuthenticated
from rest_framework.response import Response

from registry.core import once, tokens, versions, write
from registry.core.api import ReadViewSet
from registry.core.api_forms import LanguageForm
from registry.core.editing import editable
from registry.core.forms import RecordForm
from registry.core.json_body import StrictJson
from registry.core.models import ApiToken, Record
from registry.core.parameters import FilterField
from registry.core.problems import Conflicting, PreconditionFailed, Unprocessable
from registry.core.said import ABOUT_THE_WRITE, BODY, Said, shortened
from registry.core.serializers import PartSerializer
from registry.core.starting import check_may_enter, new_record
from registry.core.typed import ref_of
from registry.core.wanted import fields_of


class DeleteForm(LanguageForm):
    """A deletion has no body, so its reason stands in the address."""

    why = FilterField(required=False, help_text=gettext_lazy("Why it is deleted; stands in the history."))


class WriteViewSet(ReadViewSet):
    """A kind of record that is written too; `form_class` is the form of its pages."""

    form_class: type[RecordForm]
    write_form, delete_form = LanguageForm, DeleteForm
    http_method_names = ["get", "head", "options", "post", "patch", "delete"]
    parser_classes = [StrictJson]

    def create(self, request: Any) -> HttpResponse:
        """Enter a new one. It is a draft, unless an approver says otherwise."""
        self.check_may_write()
        check_may_enter(request.user)
        self.read(self.write_form(request.query_params))
        return once.answer(request, lambda: self.entered(self.save(self.begun(), None)))

    def partial_update(self, request: Any, ref: str) -> Response:
        """Change what is named of one; all else stays as it is. A list that is named is replaced as a whole."""
        self.check_may_write()
        self.read(self.write_form(request.query_params))
        record = editable(self.form_class._meta.model, ref, request.user)
        version = self.version_read(record)
        self.save(record, version)
        return self.shown(ref)

    def destroy(self, request: Any, ref: str) -> Response:
        """Delete one, with its rows and citations. Its history stays, and its desk can bring it back."""
        self.check_may_write()
        why = self.read(self.delete_form(request.query_params))["why"] or ""
        record = editable(self.form_class._meta.model, ref, request.user)
        version = self.version_read(record)
        with self.told(record, version):
            try:
                write.delete(record, by=request.user, version=version, why=why)
            except ValidationError as error:  # says what holds it
                raise Conflicting(" ".join(error.messages)) from error
        return Response(status=204)

    # Who, and on which version -------------------------------------------------------------------------------------

    def check_may_write(self) -> None:
        """Raise unless somebody is here who may write at all; what he may write is the record's to say."""
        if not self.request.user.is_authenticated:
            raise NotAuthenticated(
                _("Writing needs a token. Make one (%(page)s) and send it as “Authorization: Bearer …”.")
                % {"page": tokens.page()}
            )
        token = self.request.auth
        if token is not None and token.scope != ApiToken.Scope.WRITE:
            raise PermissionDenied(
                _("The token %(start)s… only reads. Make one that may write: %(page)s")
                % {"start": token.start, "page": tokens.page()}
            )

    def version_read(self, record: Record) -> int:
        """Return the version on which a write rests. Raises PreconditionFailed where the record has gone on."""
        read = versions.read(self.request)
        if record.version not in read:
            raise self.gone_on(record.ref, max(read))
        return record.version

    def gone_on(self, ref: str, read: int) -> PreconditionFailed:
        """Return the answer to whoever has read an older version: what he sent, and what there is now."""
        now = self.shown(ref).data
        detail = _("Version %(read)s was read, and this is version %(now)s by now. Compare “sent” with “current”.")
        return PreconditionFailed(
            detail % {"read": read, "now": now["version"]},
            headers={"ETag": f'"v{now["version"]}"'},
            sent=self.request.data,
            current=now,
        )

    # What is written -----------------------------------------------------------------------------------------------

    def begun(self) -> Record:
        """Return a new record with what it begins with: its pair, its commission, its initiative, or nothing."""
        start = self.form_class.start
        sent = self.request.data.get(start)
        with suppress(Http404):
            record = new_record(self.form_class, self.request.user, {start: ref_of(sent) or ""} if start else {})
            if record is not None:
                return record
        remedy = _("Say between whom, by two codes that are on file: “KG-TJ”.")
        if start == "record":
            remedy = _("Say of which record, by the reference of one that you may see.")
        elif start != "pair":
            owner = self.form_class._meta.model._meta.get_field(start).related_model._meta.verbose_name
            remedy = _("Say of which %(owner)s, by the reference of one that you may see.") % {"owner": owner}
        raise unprocessable([{"field": start, "value": shortened(sent), "remedy": remedy}])

    def save(self, record: Record, version: int | None) -> Record:
        """Write what the body says of a record; nothing, where anything of it is wrong."""
        body = self.request.data
        if version is not None and not body.keys() - {*ABOUT_THE_WRITE}:
            raise unprocessable([{"field": BODY, "value": None, "remedy": _("Name at least one thing to change.")}])
        said = Said(self.form_class, record, self.request.user, body, self.names_shown())
        start = self.form_class.start

        def now() -> dict[str, Any]:
            return self.shown(record.ref).data if version else {start: body.get(start)}

        if errors := said.check(version, now):
            raise unprocessable(errors)
        foreseen = said.sheet.foresee()
        if foreseen is not None and body.get("foreseen") != foreseen.token:
            raise Conflicting(
                _("This would change more than the record. Look at “foreseen”, and send its token along to agree."),
                foreseen={"token": foreseen.token, "changes": list(foreseen.sentences())},
            )
        with self.told(record, version):
            try:
                return said.sheet.save(by=self.request.user)
            except ValidationError as error:
                raise unprocessable(
                    [{"field": BODY, "value": None, "remedy": one} for one in error.messages]
                ) from error

    @contextmanager
    def told(self, record: Record, version: int | None) -> Iterator[None]:
        """Turn what can go wrong while a record is written into what is answered."""
        ref = record.ref
        try:
            yield
        except write.Conflict as conflict:
            raise self.gone_on(ref, version or conflict.expected) from conflict
        except (IntegrityError, models.ProtectedError) as error:
            sentence = _("Something this entry points to, or that points to it, has changed meanwhile. Send it again.")
            raise Conflicting(sentence) from error

    # What is answered ----------------------------------------------------------------------------------------------

    def names_shown(self) -> dict[str, frozenset[str] | None]:
        """Return the names under which a single one is shown; with those of its rows, where it is a list of rows."""
        parts = {name: getattr(field, "child", None) for name, field in fields_of(self.get_serializer_class()).items()}
        return {
            name: frozenset(part.fields) if isinstance(part, PartSerializer) else None for name, part in parts.items()
        }

    def shown(self, ref: str) -> Response:
        """Return a record as a read of it without parameters shows it; the language is that of the request already."""
        self.action = "retrieve"
        self.request._request.GET = QueryDict()
        return self.retrieve(self.request, ref=ref)

    def entered(self, record: Record) -> HttpResponse:
        """Return the answer to whoever has entered a record: where it is, which version, and all of it."""
        row = self.shown(record.ref).data
        body = self.get_renderers()[0].render(row)
        headers = {"Location": row["api"], "ETag": versions.tag(record.version, body)}
        return HttpResponse(body, status=201, headers=headers, content_type="application/json")


def unprocessable(errors: list[dict[str, Any]]) -> Unprocessable:
    """Return the answer that says what is wrong, field by field."""
    names = ", ".join(dict.fromkeys(error["field"] for error in errors[:10]))
    return Unprocessable(_("Nothing is written: %(names)s. See “errors”.") % {"names": names}, errors=errors)
