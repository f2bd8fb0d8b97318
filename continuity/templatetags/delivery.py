"""How many mails have failed, for the head of a registrar's pages."""

from typing import Any

from django import template

from continuity.delivery import num_failed

register = template.Library()


@register.simple_tag
def failed_mails(user: Any) -> int:
    """Return how many mails have failed for good, for a registrar; 0 for anyone else, without asking."""
    return num_failed() if user.is_authenticated and user.is_registrar else 0
