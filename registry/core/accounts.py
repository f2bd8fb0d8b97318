"""Sign-in, sign-out and passwords: Django's own views, with a limit on attempts and mails that name only SITE_URL."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import forms, views
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from registry.core.cache import counted
from registry.core.models import User

WINDOW = 15 * 60
"""Seconds after which attempts are forgotten."""
ATTEMPTS_AT_ONE_ACCOUNT = 5
ATTEMPTS_FROM_ONE_ADDRESS = 50
RESETS_FROM_ONE_ADDRESS = 5


def address_of(request: HttpRequest) -> str:
    """Return the address a request comes from. In production a proxy stands before us and names it last."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.PRODUCTION else ""
    return forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")


class Limit:
    """So many attempts in a while under each of some keys; the cache is shared by the processes."""

    def __init__(self, **most: int) -> None:
        self.most = {f"attempts:{key}": number for key, number in most.items()}

    def is_reached(self) -> bool:
        """Say whether one more attempt is too many."""
        made = cache.get_many(self.most)
        return any(made.get(key, 0) >= number for key, number in self.most.items())

    def count(self) -> None:
        """Note one attempt."""
        for key in self.most:
            counted(key, WINDOW)


class SignInForm(forms.AuthenticationForm):
    """Name and password. After too many wrong ones in a quarter of an hour not even the right one opens."""

    error_messages = {
        "invalid_login": _("No account has this user name and password. Check both; upper and lower case differ."),
        "inactive": _("This account is closed. Ask the registrar."),
    }
    too_many = _("Too many wrong attempts with “%(name)s”. Wait a quarter of an hour, or set a new password.")

    def clean(self) -> dict[str, Any]:
        name = self.cleaned_data.get("username") or ""
        address = address_of(self.request)
        keys = {
            f"account:{address}:{name.casefold()}": ATTEMPTS_AT_ONE_ACCOUNT,
            f"address:{address}": ATTEMPTS_FROM_ONE_ADDRESS,
        }
        limit = Limit(**keys)
        if limit.is_reached():
            raise ValidationError(self.too_many, code="too_many", params={"name": name})
        try:
            return super().clean()
        except ValidationError:
            limit.count()
            raise


class SignIn(views.LoginView):
    """The page to sign in."""

    form_class = SignInForm
    template_name = "account/sign_in.html"
    redirect_authenticated_user = True

    def form_valid(self, form: forms.AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        if settings.LANGUAGE_COOKIE_NAME not in self.request.COOKIES:
            response.set_cookie(settings.LANGUAGE_COOKIE_NAME, form.get_user().language, samesite="Lax")
        return response

    def form_invalid(self, form: forms.AuthenticationForm) -> HttpResponse:
        too_many = form.has_error("__all__", "too_many")
        return self.render_to_response(self.get_context_data(form=form), status=429 if too_many else 422)


class ResetForm(forms.PasswordResetForm):
    """The address to which a link for a new password goes, in the language of its owner."""

    def save(self, **options: Any) -> None:
        # the Host header of the request could name any site; the link must lead to ours
        site = urlsplit(settings.SITE_URL)
        options |= {"domain_override": site.netloc, "use_https": site.scheme == "https"}
        super().save(**options)

    def send_mail(self, subject: str, body: str, context: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        user: User = context["user"]
        with override(user.language):
            super().send_mail(subject, body, context, *args, **kwargs)


class Reset(views.PasswordResetView):
    """The page that asks for the address; whether it has an account is not told."""

    form_class = ResetForm
    template_name = "account/reset.html"
    subject_template_name = "account/reset_subject.txt"
    email_template_name = "account/reset_mail.txt"

    def form_valid(self, form: forms.PasswordResetForm) -> HttpResponse:
        limit = Limit(**{f"reset:{address_of(self.request)}": RESETS_FROM_ONE_ADDRESS})
        if limit.is_reached():
            form.add_error("email", _("Too many links were asked for from here. Wait a quarter of an hour."))
            return self.render_to_response(self.get_context_data(form=form), status=429)
        limit.count()
        return super().form_valid(form)


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Lead the administration's own page to sign in to ours, where attempts are counted."""
    if request.user.is_authenticated:
        raise PermissionDenied(_("The administration is open to registrars. Ask one for what you need from it."))
    return redirect_to_login(request.GET.get("next") or reverse("admin:index"))


def told(template: str) -> dict[str, str]:
    """Return what a view needs to show a page of ours."""
    return {"template_name": f"account/{template}.html"}


urlpatterns = [
    path("sign-in/", SignIn.as_view(), name="sign-in"),
    path("admin/login/", to_sign_in),  # stands before the administration itself
    path("sign-out/", views.LogoutView.as_view(), name="sign-out"),
    path("password/change/", views.PasswordChangeView.as_view(**told("change")), name="password_change"),
    path("password/changed/", views.PasswordChangeDoneView.as_view(**told("changed")), name="password_change_done"),
    path("password/reset/", Reset.as_view(), name="password_reset"),
    path("password/sent/", views.PasswordResetDoneView.as_view(**told("sent")), name="password_reset_done"),
    path(
        "password/reset/<uidb64>/<token>/",
        views.PasswordResetConfirmView.as_view(**told("set")),
        name="password_reset_confirm",
    ),
    path("password/set/", views.PasswordResetCompleteView.as_view(**told("done")), name="password_reset_complete"),
]
