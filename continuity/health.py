"""What this room knows of whether everything works: the sweep, and the mails."""

from datetime import timedelta

from django.db.models import Min
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from continuity.models import Notice
from registry.core import clock
from registry.core.health import Finding, Level, ago, heard, level_of

REMEMBERED = timedelta(days=7)
"""So long a mail that was given up is told of."""


def sweep() -> Finding:
    return heard(
        "sweep",
        _("The last sweep was %(ago)s ago."),
        _("No sweep has ever been made."),
        _("See above whether clockwork and worker run; manage.py sweep makes one by hand and says what is wrong."),
    )


def unsent() -> Finding:
    """Judge by the oldest mail that is due and has not gone out."""
    now = clock.now()
    waiting = Notice.objects.filter(state__in=[Notice.State.QUEUED, Notice.State.SENDING], due_at__lte=now)
    since = waiting.aggregate(since=Min("due_at"))["since"]
    if since is None:
        return Finding(Level.GREEN, _("No mail is due."))
    level = level_of("notices", now - since)
    reason = _("The oldest mail that is due has waited for %(age)s.") % {"age": ago(since, now)}
    remedy = _("See what the mail server answers: manage.py send_test_mail. What waits is tried again by itself.")
    return Finding(level, reason, "" if level == Level.GREEN else remedy, since)


def given_up() -> Finding:
    """Judge by the mails that were refused for good of late."""
    failed = Notice.objects.filter(state=Notice.State.FAILED, due_at__gte=clock.now() - REMEMBERED)
    number = failed.values("message_id").distinct().count()
    if not number:
        return Finding(Level.GREEN, _("No mail of the last seven days was given up."))
    reason = ngettext(
        "One mail of the last seven days was given up.",
        "%(number)s mails of the last seven days were given up.",
        number,
    )
    remedy = _("A registrar reads under Failed mails what the mail server answered, and sends again or sets aside.")
    return Finding(Level.AMBER, reason % {"number": number}, remedy)
