"""The page on which a reader of mails stops them. Opening it changes nothing: mail scanners open every link."""

from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from continuity import mail, notices
from continuity.models import Subscription


@dataclass(frozen=True)
class Stop:
    """What one link in a mail stops: the subscriptions the mail was sent for, as far as they still run."""

    subscriptions: QuerySet[Subscription]

    @classmethod
    def read(cls, token: str) -> "Stop | None":
        """Return what a token says; None where it is not whole or not ours."""
        try:
            user, wishes = signing.loads(token, salt=mail.STOP_SALT)
        except (signing.BadSignature, ValueError):
            return None
        return cls(Subscription.objects.filter(user=user, pk__in=wishes, active=True))

    @property
    def wishes(self) -> list[str]:
        return [mail.wish_in_words(wish) for wish in self.subscriptions]

    def stop(self) -> None:
        """Stop them, and take back what is queued for them and not yet sent."""
        stopped = list(self.subscriptions.values_list("pk", flat=True))
        Subscription.objects.filter(pk__in=stopped).update(active=False)
        notices.withdraw(subscription__in=stopped)


@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the link would stop, and stop it when the button is pressed."""
    found = Stop.read(token)
    if found is None:
        return _page(request, status=404, broken=True)
    if request.method == "POST":
        found.stop()
        return HttpResponseRedirect(reverse("notice-stop", args=[token]))
    return _page(request, wishes=found.wishes)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def one_click(request: HttpRequest, token: str) -> HttpResponse:
    """Stop at once when a mail program asks for it (RFC 8058); who opens it as a link is led to the page.

    The post comes from the server of a mail provider, which has no cookie of ours: the signed token is the warrant.
    """
    if request.method != "POST":
        return HttpResponseRedirect(reverse("notice-stop", args=[token]))
    if request.POST.get("List-Unsubscribe") != "One-Click":
        return HttpResponseBadRequest(
            _("Post List-Unsubscribe=One-Click to stop these mails (RFC 8058), or open the address in a browser."),
            content_type="text/plain; charset=utf-8",
        )
    found = Stop.read(token)
    if found is None:
        return HttpResponse(_broken(), status=404, content_type="text/plain; charset=utf-8")
    found.stop()
    return HttpResponse(_("These mails are stopped."), content_type="text/plain; charset=utf-8")


def _broken() -> str:
    return _("This address is not whole. Open it from the mail again, or copy all of it.")


def _page(request: HttpRequest, status: int = 200, broken: bool = False, wishes: Any = ()) -> HttpResponse:
    context = {"broken": _broken() if broken else "", "wishes": wishes}
    response = render(request, "continuity/stop.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response
