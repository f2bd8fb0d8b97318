"""The log of mails, for registrars: what went out to whom, what failed for good, and what to do about it."""

from collections.abc import Callable, Iterable
from datetime import UTC
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from continuity import care, delivery
from continuity.delivery import Mail, moment
from continuity.filters import MailFilterSet
from continuity.models import Notice
from registry.core import dates, vocabularies
from registry.core.tables import Column, Fact, Table, named
from registry.core.views import RecordList


def for_registrars(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let registrars alone in: mails name people and what they follow."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not request.user.is_registrar:
            raise PermissionDenied(_("The log of mails is open to registrars. Ask one for what you need from it."))
        return view(request, *args, **kwargs)

    return guarded


# How a mail stands in a table --------------------------------------------------------------------------------------


def under(text: Any, muted: Any) -> str:
    """Write a text with a muted line under it."""
    return format_html('{}<div class="small muted fw-normal">{}</div>', text, muted)


def when_cell(mail: Mail) -> str:
    notice = mail.notice
    at = notice.sent_at or notice.due_at
    time = f"{at.astimezone(UTC):%H:%M}"
    return under(dates.display_day(at.astimezone(UTC).date()), time if notice.sent_at else _("not sent yet"))


def subject_cell(mail: Mail) -> str:
    url = reverse("mail-detail", args=[mail.notice.pk])
    link = format_html('<a href="{}">{}</a>', url, mail.notice.subject or _("not composed yet"))
    number = ngettext("%(n)s notice", "%(n)s notices", mail.number) % {"n": mail.number}
    return under(link, f"{mail.notice.get_digest_display()}, {number}")


def state_cell(mail: Mail) -> str:
    notice = mail.notice
    tries = ngettext("%(n)s try", "%(n)s tries", notice.attempts) % {"n": notice.attempts}
    return under(notice.get_state_display(), tries)


def answer_cell(mail: Mail) -> str:
    notice = mail.notice
    if notice.bounced_at is None:
        return notice.error
    return under(notice.error, _("came back on %(moment)s") % {"moment": moment(notice.bounced_at)})


WHEN = Column(gettext_lazy("Sent, or due"), when_cell, css="nowrap")
TO = Column(gettext_lazy("To"), lambda mail: under(mail.notice.user, mail.notice.user.email), css="any")
SUBJECT = Column(gettext_lazy("Subject"), subject_cell, head=True)
STATE = Column(gettext_lazy("State"), state_cell)
ANSWER = Column(gettext_lazy("Last answer of the server"), answer_cell, css="any", empty="")


# Pages -------------------------------------------------------------------------------------------------------------


@method_decorator(for_registrars, name="dispatch")
class MailList(RecordList):
    """Every mail, the newest first."""

    template_name = "continuity/mails.html"
    model = Notice
    filterset_class = MailFilterSet
    filters = ("state", "person", "after", "before")
    columns = (WHEN, TO, SUBJECT, STATE, ANSWER)
    title = gettext_lazy("Mails")
    lede = gettext_lazy("Every mail that was sent or tried, to whom, and what became of it. Times are UTC.")
    caption = gettext_lazy("The newest first")

    def records(self) -> QuerySet:
        return Notice.objects.all()

    def get_queryset(self) -> QuerySet:
        return delivery.grouped(super().get_queryset())

    def table(self, rows: Iterable[Any]) -> Table:
        return Table(self.caption, self.columns, delivery.mails(rows))

    def new(self) -> str:
        return ""

    def downloads(self) -> list[tuple[str, str]]:
        return []


@require_safe
@for_registrars
def failed(request: HttpRequest) -> HttpResponse:
    """Show what failed for good, why, and what can be done."""

    def acts(mail: Mail) -> str:
        return render_to_string("continuity/parts/failed_mail.html", {"mail": mail}, request)

    rows = delivery.mails(delivery.grouped(Notice.objects.filter(state=Notice.State.FAILED)))
    columns = (WHEN, TO, SUBJECT, ANSWER, Column(_("What to do"), acts))
    table = Table(_("The newest first"), columns, rows)
    return render(request, "continuity/failed_mails.html", {"table": table})


@require_safe
@for_registrars
def mail_page(request: HttpRequest, notice: int) -> HttpResponse:
    """Show one mail and the notices in it."""
    mail = _mail(notice)
    one = mail.notice
    rows = Notice.objects.filter(message_id=one.message_id).order_by("pk")
    rows = rows.select_related("transition__initiative__pair__a", "concern__pair", "subscription", "unanswered__user")
    facts = [
        Fact(_("to"), f"{one.user}, {one.user.email}"),
        Fact(_("sort"), one.get_digest_display()),
        Fact(_("state"), one.get_state_display()),
        Fact(_("due"), moment(one.due_at)),
        Fact(_("sent"), moment(one.sent_at)),
        Fact(_("tries"), str(one.attempts)),
        Fact(_("last answer of the server"), answer_cell(mail)),
        Fact("Message-ID", one.message_id),
    ]
    return render(request, "continuity/mail.html", {"mail": mail, "facts": facts, "table": Table("", NOTICES, rows)})


def told_cell(notice: Notice) -> str:
    """Write what a notice tells of, as a link."""
    if (change := notice.transition) is not None:
        state = vocabularies.label("continuity_state", change.to_state)
        words = _("%(state)s since %(day)s") % {"state": state, "day": dates.display_day(change.changed_on)}
        return named(change.initiative, words)
    concern: Any = notice.concern
    gist = care.CONCERNS[concern.kind].gist if concern.kind in care.CONCERNS else concern.kind
    return under(format_html('<a href="{}">{}</a>', concern.path, concern.title), capfirst(str(gist)))


NOTICES = (
    Column(gettext_lazy("What it tells"), told_cell, head=True),
    Column(
        gettext_lazy("Why"),
        lambda row: row.subscription or f"{row.get_role_display()}: {row.unanswered.user if row.unanswered else ''}",
    ),
)


def _mail(notice: int) -> Mail:
    found = Notice.objects.exclude(message_id="").filter(pk=notice).values_list("message_id", flat=True).first()
    rows = delivery.mails(delivery.grouped(Notice.objects.filter(message_id=found))) if found else []
    if not rows:
        raise Http404
    return rows[0]


# What can be done --------------------------------------------------------------------------------------------------


@require_POST
@for_registrars
def send_again(request: HttpRequest, notice: int) -> HttpResponse:
    """Queue a failed mail once more."""
    mail = _mail(notice)
    if delivery.send_again(mail.notice.message_id):
        words = _("The mail to %(address)s is queued again. It goes out within a minute where a worker runs.")
        messages.success(request, words % {"address": mail.notice.user.email})
    else:
        messages.info(request, _("This mail has not failed; nothing was changed."))
    return redirect("mails-failed")


@require_POST
@for_registrars
def set_aside(request: HttpRequest, notice: int) -> HttpResponse:
    """Take a failed mail off the list."""
    if delivery.set_aside(_mail(notice).notice.message_id):
        messages.success(request, _("The mail is set aside. It stays in the log."))
    else:
        messages.info(request, _("This mail has not failed; nothing was changed."))
    return redirect("mails-failed")
