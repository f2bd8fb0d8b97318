"""How a new record begins: what its address names, and what is asked where that is too little."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.core import access, languages
from registry.core.forms import RecordForm
from registry.core.models import Country, Pair, Record
from registry.core.parameters import records_called
from registry.core.reading import known
from registry.core.sheet import pair_of

PRESETS = ("commission", "parent", "initiative", "session", "commitment")
"""What the address of a new record may name, by reference, to stand in its form from the start."""


def check_may_enter(user: Any) -> None:
    """Raise PermissionDenied unless there is any record that `user` may enter."""
    if not user.edits:
        raise PermissionDenied(_("Only editors enter records. Ask the desk of your country for a seat."))


def new_record(form_class: type[RecordForm], user: Any, asked: Mapping[str, str]) -> Record | None:
    """Return a record of what the address names; None where that is too little to draw the form.

    Raises PermissionDenied, or Http404 for what is not there or not the user's to see.
    """
    check_may_enter(user)
    if any("\0" in value for value in asked.values()):
        raise Http404  # PostgreSQL refuses even to look for it
    model: Any = form_class._meta.model
    record, pair = model(), pair_named(asked)
    for name in PRESETS:
        if asked.get(name) and any(field.name == name for field in model._meta.fields):
            rows = model._meta.get_field(name).related_model.objects.visible_to(user)
            target = get_object_or_404(rows, ref=asked[name])
            setattr(record, name, target)
            pair = pair or pair_of(target)
    if form_class.start == "pair":
        if pair is None:
            return None
        record.pair = pair
    elif form_class.start == "record":
        if (target := record_called(asked.get("record", ""), user)) is None:
            return None
        record.record = target
    elif form_class.start and getattr(record, f"{form_class.start}_id") is None:
        return None
    if not access.may_edit(user, record):
        raise PermissionDenied(_("You do not sit as an editor at a desk of this pair. Ask one of its desks."))
    return record


def pair_named(asked: Mapping[str, str]) -> Pair | None:
    """Return the pair in the address, `?pair=KG-TJ` or `?one=KG&other=TJ`; one that is new is not stored."""
    codes = asked["pair"].split("-") if asked.get("pair") else [asked.get("one"), asked.get("other")]
    ref = "-".join(sorted(filter(None, codes)))
    if stored := known(Pair, "ref", [ref]):
        return stored[0]
    countries = sorted(Country.objects.filter(pk__in=filter(None, codes)), key=lambda country: country.pk)
    if len(countries) != 2:
        if asked.get("pair"):
            raise Http404
        return None
    a, b = countries
    return Pair(ref=ref, a=a, b=b)


def record_called(ref: str, user: Any) -> Record | None:
    """Return the record of any kind with this reference; None where `user` sees none, or several."""
    found = records_called([ref], user) if ref else []
    if len(found) != 1:
        return None
    [(_ref, content_type, key)] = found
    return ContentType.objects.get_for_id(content_type).get_object_for_this_type(pk=key)


class PairStart(forms.Form):
    """Between whom? One of the two is a country at whose desk the user sits."""

    one = forms.ChoiceField(label=gettext_lazy("Your country"))
    other = forms.ChoiceField(label=gettext_lazy("The other country"))

    def __init__(self, *args: Any, user: Any) -> None:
        super().__init__(*args)
        countries = sorted(Country.objects.all(), key=lambda country: languages.sort_key(country.name))
        every = [(country.pk, country.name) for country in countries]
        mine = every if access.is_registrar(user) else [c for c in every if c[0] in access.desks(user, access.EDITORS)]
        self.fields["one"].choices = mine
        self.fields["other"].choices = [("", "–"), *every]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("one") and cleaned.get("one") == cleaned.get("other"):
            self.add_error("other", _("A pair is of two countries. Choose another one."))
        return cleaned


class OwnerStart(forms.Form):
    """Of which commission, initiative or promise?"""

    def __init__(self, *args: Any, field: Any, user: Any) -> None:
        super().__init__(*args)
        owners = field.related_model.objects.editable_by(user)
        choices = [("", "–"), *((row.ref, str(row)) for row in owners)]
        self.fields[field.name] = forms.ChoiceField(label=capfirst(field.verbose_name), choices=choices)


class RecordStart(forms.Form):
    """Of which record, of whatever kind?"""

    record = forms.CharField(
        label=gettext_lazy("Reference of the record"),
        help_text=gettext_lazy("As it stands at the end of the address of its page."),
    )

    def __init__(self, *args: Any, user: Any) -> None:
        super().__init__(*args)
        self.user = user

    def clean_record(self) -> str:
        ref = self.cleaned_data["record"]
        if record_called(ref, self.user) is None:
            raise forms.ValidationError(
                _("There is no record “%(value)s” here. Check the reference."), params={"value": ref}
            )
        return ref


def start_form(form_class: type[RecordForm], user: Any, asked: Any) -> forms.Form:
    """Return the form that asks for what a new record needs to know, with what the address says of it already."""
    if form_class.start == "pair":
        return PairStart(asked, user=user)
    if form_class.start == "record":
        return RecordStart(asked, user=user)
    return OwnerStart(asked, field=form_class._meta.model._meta.get_field(form_class.start), user=user)
