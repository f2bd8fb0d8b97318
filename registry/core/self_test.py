"""The weekly mail to the operator that the clockwork runs: when it stays away, something does not."""

from datetime import date, datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from registry.core import health
from registry.core.models import User


class NobodyToTell(Exception):
    """There is neither OPERATOR nor a registrar with an address."""


def operators() -> list[str]:
    """Return who keeps this installation running: the addresses of OPERATOR, else those of the registrars."""
    registrars = User.objects.filter(is_active=True, is_superuser=True).exclude(email="").order_by("email")
    return settings.OPERATOR or list(registrars.values_list("email", flat=True))


def week_of(window: datetime) -> dict[str, str]:
    """Return what the work of a window is called with: the Monday it begins on."""
    return {"week": window.date().isoformat()}


def send(week: str) -> str:
    """Send the mail of one week. Tried again it bears the same Message-ID, so that it is read once."""
    addresses = operators()
    if not addresses:
        raise NobodyToTell("Set OPERATOR, or give a registrar an address.")
    with translation.override(settings.LANGUAGE_CODE):
        message = compose(date.fromisoformat(week), addresses)
    message.send()
    return f"Sent to {', '.join(addresses)}"


def compose(week: date, addresses: list[str]) -> EmailMessage:
    """Write the mail from what is found now; the subject bears the colour."""
    found = health.parts()
    level = health.worst(found)
    subjects = {
        health.Level.GREEN: _("Concord self-test: green, everything works"),
        health.Level.AMBER: _("Concord self-test: amber, something needs care"),
        health.Level.RED: _("Concord self-test: red, something does not work"),
    }
    host = urlsplit(settings.SITE_URL).hostname
    context = {
        "level": level,
        "parts": found,
        "at": timezone.now(),
        "health": settings.SITE_URL + reverse("health"),
        "site": settings.SITE_URL,
        "version": settings.VERSION,
        "named": bool(settings.OPERATOR),
    }
    return EmailMessage(
        subject=subjects[level],
        body=render_to_string("mail/self_test.txt", context),
        to=addresses,
        headers={"Message-ID": f"<self-test.{week.isoformat()}@{host}>", "Auto-Submitted": "auto-generated"},
    )
