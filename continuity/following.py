"""What somebody follows: one's own subscriptions, to look at, add, change and stop. Nobody sees another's."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from continuity import notices
from continuity.mail import scope_in_words
from continuity.models import Initiative, Subscription
from continuity.rules import State
from registry.core import languages, vocabularies
from registry.core.fields import Choose, LookUp, form_field
from registry.core.forms import Offering
from registry.core.models import Country, Pair
from registry.core.offered import Offered
from registry.core.parameters import unknown_parameter
from registry.core.tables import Column, Table
from registry.core.views import WrongParameter

INVALID = 422


class SubscriptionForm(Offering):
    """One wish to be told."""

    pair = Choose(Pair, label=gettext_lazy("Pair"), required=False, help_text=gettext_lazy("One pair."))
    initiative = LookUp(
        Initiative,
        label=gettext_lazy("One initiative"),
        required=False,
        help_text=gettext_lazy("Type a title in any script, or a reference."),
    )
    states = forms.MultipleChoiceField(
        label=gettext_lazy("Changes to be told of"),
        required=False,
        choices=lambda: [(state.value, vocabularies.label("continuity_state", state)) for state in State],
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
        help_text=gettext_lazy("None ticked: due, overdue, symbolic and dormant."),
    )

    class Meta:
        model = Subscription
        fields = ("country", "pair", "field", "initiative", "states", "concerns", "every")
        formfield_callback = form_field
        help_texts = {
            "country": gettext_lazy("All pairs of one. Choose one of these four, or none to follow everything."),
            "concerns": gettext_lazy("Also unreported events, promises overdue, agreements about to end and the like."),
        }
        labels = {"concerns": gettext_lazy("Also what else needs care")}

    def options(self, name: str, model: type[models.Model]) -> Iterable[Any]:
        if model is Country:
            return self.offered.all_countries()
        if model is Pair:
            pairs = self.offered.visible(Pair).select_related("a", "b")
            return sorted(pairs, key=lambda pair: languages.sort_key(str(pair)))
        return super().options(name, model)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        scope = {f"{name}_id": getattr(cleaned.get(name), "pk", None) for name in Subscription.SCOPES}
        same = Subscription.objects.filter(user=self.instance.user, **scope).exclude(pk=self.instance.pk)
        if not self.errors and same.exists():
            raise ValidationError(_("You follow this already. Change how you are told in the list, or choose another."))
        return cleaned


# How one stands in the list ----------------------------------------------------------------------------------------


def _kinds(wish: Subscription) -> str:
    """Say of which changes somebody is told."""
    states = [vocabularies.label("continuity_state", state) for state in wish.states or notices.WORSE]
    return ", ".join([*states, _("what else needs care")] if wish.concerns else states).lower()


def _table(request: HttpRequest) -> Table:
    def acts(wish: Subscription) -> str:
        return render_to_string("continuity/parts/wish.html", {"wish": wish}, request)

    columns = (
        Column(_("What"), lambda wish: capfirst(scope_in_words(wish)), head=True),
        Column(_("Told of"), lambda wish: capfirst(_kinds(wish))),
        Column(_("How often"), lambda wish: capfirst(wish.get_every_display()) if wish.active else _("stopped")),
        Column(_("Change"), acts),
    )
    rows = _own(request).select_related("country", "pair__a", "pair__b", "field", "initiative")
    return Table(_("In the order in which you added them"), columns, rows)


def _own(request: HttpRequest) -> models.QuerySet[Subscription]:
    return Subscription.objects.filter(user=request.user.pk)


# Pages -------------------------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def following(request: HttpRequest) -> HttpResponse:
    """Show what the reader follows, and take up a new wish."""
    user: Any = request.user
    wish = Subscription(user=user)
    offered = Offered(request.user)
    if request.method != "POST":
        return _page(request, SubscriptionForm(instance=wish, offered=offered, initial=_asked(request)))
    form = SubscriptionForm(request.POST, instance=wish, offered=offered)
    if not form.is_valid():
        return _page(request, form, INVALID)
    return _saved(request, form, _("You now follow %(what)s."))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, wish: int) -> HttpResponse:
    """Change one wish of one's own."""
    row = get_object_or_404(_own(request), pk=wish)
    form = SubscriptionForm(request.POST or None, instance=row, offered=Offered(request.user))
    if request.method == "POST" and form.is_valid():
        return _saved(request, form, _("Changed: %(what)s."))
    status = INVALID if form.is_bound else 200
    return render(request, "continuity/wish.html", {"form": form, "what": scope_in_words(row)}, status=status)


@require_POST
@login_required
def stop(request: HttpRequest, wish: int) -> HttpResponse:
    """Stop one wish of one's own, and take back what is queued for it."""
    row = get_object_or_404(_own(request), pk=wish)
    _own(request).filter(pk=row.pk).update(active=False)
    notices.withdraw(subscription=row)
    messages.success(request, _("Stopped: %(what)s.") % {"what": scope_in_words(row)})
    return redirect("following")


@require_POST
@login_required
def start(request: HttpRequest, wish: int) -> HttpResponse:
    """Start a stopped wish of one's own again: from now on, not for what was missed."""
    row = get_object_or_404(_own(request), pk=wish)
    _own(request).filter(pk=row.pk).update(active=True)
    messages.success(request, _("You follow %(what)s again.") % {"what": scope_in_words(row)})
    return redirect("following")


def _page(request: HttpRequest, form: SubscriptionForm, status: int = 200) -> HttpResponse:
    return render(request, "continuity/following.html", {"form": form, "table": _table(request)}, status=status)


def _saved(request: HttpRequest, form: SubscriptionForm, words: str) -> HttpResponse:
    messages.success(request, words % {"what": scope_in_words(form.save())})
    return redirect("following")


def _asked(request: HttpRequest) -> dict[str, Any]:
    """Return what a link “Follow” on another page asks for; WrongParameter for what cannot be followed."""
    kinds: dict[str, type[models.Model]] = {"pair": Pair, "initiative": Initiative}
    found = {}
    for name, ref in request.GET.items():
        if name not in kinds:
            raise WrongParameter(" ".join(unknown_parameter(name, ref, kinds).messages))
        found[name] = Offered(request.user).visible(kinds[name]).filter(ref=ref).first()
        if found[name] is None:
            raise WrongParameter(
                _("%(name)s=%(value)s is not on file here. Check the reference.") % {"name": name, "value": ref}
            )
    return found
