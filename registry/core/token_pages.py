"""The page on which whoever has signed in makes, sees and revokes tokens of the API of their own."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from django.views.generic import View

from registry.core import clock, tokens
from registry.core.fields import form_field
from registry.core.models import ApiToken

PROPOSED = 90
"""Days for which a token is proposed."""
INVALID = 422


class TokenForm(forms.ModelForm):
    """What a new token is for, what it may do, and until when."""

    class Meta:
        model = ApiToken
        fields = ("name", "scope", "expires_on")
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["expires_on"].initial = clock.today() + timedelta(days=PROPOSED)

    def clean_expires_on(self) -> date:
        day, today = self.cleaned_data["expires_on"], clock.today()
        last = tokens.longest(today)
        if not today <= day <= last:
            raise ValidationError(
                _("A token is valid for a year at most. Write a day from %(today)s to %(last)s."),
                params={"today": today.isoformat(), "last": last.isoformat()},
            )
        return day


@method_decorator([login_required, never_cache], name="dispatch")
class TokenPage(View):
    """All tokens of the reader, and the form for one more. A new one is shown in the answer to its POST alone."""

    @property
    def user(self) -> Any:
        return self.request.user

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(TokenForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = TokenForm(request.POST)
        if not form.is_valid():
            return self.show(form, INVALID)
        row, token = tokens.make(self.user, **form.cleaned_data)
        return self.show(TokenForm(), 201, made=row, token=token)

    def show(self, form: TokenForm, status: int = 200, **context: Any) -> HttpResponse:
        rows = ApiToken.objects.filter(user=self.user).select_related("user")
        return render(self.request, "account/tokens.html", context | {"form": form, "rows": rows}, status=status)


@login_required
@require_POST
def revoke(request: HttpRequest, token: int) -> HttpResponse:
    """End one of the reader's own tokens."""
    row = get_object_or_404(ApiToken, pk=token, user=request.user)
    if tokens.revoke(ApiToken.objects.filter(pk=row.pk)):
        messages.success(request, _("The token “%(token)s” opens nothing any more.") % {"token": row})
    return redirect("api-tokens")


urlpatterns = [
    path("tokens/", TokenPage.as_view(), name="api-tokens"),
    path("tokens/<int:token>/revoke/", revoke, name="api-token-revoke"),
]
