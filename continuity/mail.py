"""Mails: what one person is told, in the reader's language, with its evidence. Sending is in `continuity.notices`."""

import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode

import css_inline
from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from continuity import care, rules, states
from continuity.items import Item, Link, clean, contacts, items_of, url_of, whole
from continuity.models import Initiative, Notice, Subscription
from continuity.rules import State
from registry.core import clock, dates, vocabularies
from registry.core.models import Pair, User

MOST = 50
"""So much is told in one mail; the rest is counted and linked."""

BESIDE = 5
"""So many lines have the sections about what lies ahead and what is unchanged."""

AHEAD = timedelta(days=30)
WIDTH = 72
NO_BREAK = "\u00a0"

STOP_SALT = "continuity.notices.stop"

DIGESTS = {
    Subscription.Every.ONCE: gettext_lazy("Sent at once"),
    Subscription.Every.DAY: gettext_lazy("Daily digest"),
    Subscription.Every.WEEK: gettext_lazy("Weekly digest"),
    Subscription.Every.MONTH: gettext_lazy("Monthly digest"),
}


def compose(notices: Sequence[Notice], message_id: str) -> EmailMultiAlternatives | None:
    """Compose one mail to the one person these notices are for; None where nothing is left to say.

    Visibility is checked again: what was withdrawn, settled or stopped since it was queued is left out.
    """
    user = notices[0].user
    with translation.override(user.language):
        today = clock.today()
        wishes = {wish.pk: wish for notice in notices if (wish := notice.subscription) is not None and wish.active}
        wanted = [notice for notice in notices if notice.role or notice.subscription_id in wishes]
        if not (user.is_active and user.email):
            return None
        items = items_of(user, wanted, today)
        if not items:
            return None
        subject = clean(_subject(items))
        context = _context(user, notices[0].digest, items, list(wishes.values()), today) | {"subject": subject}
        text, html = as_text(context), as_html(context)
    message = EmailMultiAlternatives(
        subject=subject,
        body=text,
        to=[clean(user.email)],
        headers={"Message-ID": message_id, "Auto-Submitted": "auto-generated"},
    )
    if wishes:  # who stands in for somebody has no wish of their own to stop
        message.extra_headers["List-Unsubscribe"] = f"<{context['one_click']}>"
        message.extra_headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.attach_alternative(html, "text/html")
    return message


# The whole mail ----------------------------------------------------------------------------------------------------


def _subject(items: Sequence[Item]) -> str:
    """Name pair, initiative and gap of the first, and count the rest."""
    first = "{}: {}".format("–".join(country.name for country in items[0].pair.countries), items[0].gist)
    more = len(items) - 1
    if not more:
        return first
    return ngettext("%(first)s… and %(number)s more", "%(first)s… and %(number)s more", more) % {
        "first": f"{first} ",
        "number": more,
    }


def _context(
    user: User, digest: str, items: Sequence[Item], wishes: Sequence[Subscription], today: date
) -> dict[str, Any]:
    number = len(items)
    shown = items[:MOST]
    pairs = {item.pair.pk: item.pair for item in shown}
    return {
        "heading": _heading(items),
        "digest": _sort_of_mail(digest, number, wishes),
        "day": dates.display_day(today),
        "why": "; ".join(wish_in_words(wish) for wish in wishes),
        "tally": _tally(items) if number > 1 else "",
        "items": shown,
        "rest": _rest(items[MOST:], wishes),
        "contacts": [(pair, contacts(user, pair)) for pair in pairs.values()],
        "stands_in": any(item.standing for item in items),
        "soon": [] if digest == Subscription.Every.ONCE else _soon(user, wishes, today),
        "open": [] if digest == Subscription.Every.ONCE else _still_open(user, wishes, items, today),
        "assumed": ", ".join(str(pair) for pair in pairs.values() if pair.tracking_basis == "assumed"),
        "is_sample": not settings.PRODUCTION,
        "stop": stop_url(user, wishes, "notice-stop") if wishes else "",
        "one_click": stop_url(user, wishes, "notice-stop-one-click"),
        "following": settings.SITE_URL + reverse("following"),
        "site": settings.SITE_URL,
        "language": translation.get_language(),
    }


def _sort_of_mail(digest: str, number: int, wishes: Sequence[Subscription]) -> Any:
    if not wishes:
        return _("Reminder")
    if digest == Subscription.Every.ONCE and number > 1:
        return _("Sent at once, gathered into one mail")
    return DIGESTS[Subscription.Every(digest)]


def _heading(items: Sequence[Item]) -> str:
    """Say what a mail is about: the one thing, or how many there are."""
    number = len(items)
    if number == 1:
        return clean(items[0].gist)
    return ngettext("%(number)s thing to look at", "%(number)s things to look at", number) % {"number": number}


def _tally(items: Sequence[Item]) -> str:
    """Count what a mail tells, the worst first: “Dormant: 2, overdue: 1, unreported: 3.”"""
    found = Counter(item.word for item in items)
    said = ", ".join(f"{word.lower()}: {number}" for word, number in found.items())
    return f"{said[:1].upper()}{said[1:]}."


def _rest(items: Sequence[Item], wishes: Sequence[Subscription]) -> list[Link]:
    """Count what a mail has no room for, and link the lists that show just such things."""
    told = {item.state for item in items if not item.kind}
    states = [state.value for state in State if state in told]
    scope = _scope_as_parameters(wishes)
    lines = []
    if number := sum(not item.kind for item in items):
        words = ngettext("%(number)s more initiative: %(states)s", "%(number)s more initiatives: %(states)s", number)
        labels = ", ".join(vocabularies.label("continuity_state", state).lower() for state in states)
        parameters = {"state": ",".join(states)} | scope
        lines.append(Link(words % {"number": number, "states": labels}, _address("initiative-list", parameters)))
    for kind in sorted({item.kind for item in items if item.kind}):
        number = sum(item.kind == kind for item in items)
        words = ngettext("%(number)s more: %(gist)s", "%(number)s more: %(gist)s", number)
        parameters = {"kind": kind} | {name: value for name, value in scope.items() if name != "field"}
        gist = care.CONCERNS[kind].gist
        lines.append(Link(words % {"number": number, "gist": gist}, _address("concern-list", parameters)))
    return lines


def _scope_as_parameters(wishes: Sequence[Subscription]) -> dict[str, str]:
    """Return the parameters of a list that narrow it to what is followed; none where lists know no such filter."""
    scopes = {
        "country": [wish.country_id or "" for wish in wishes],
        "pair": [wish.pair_id or "" for wish in wishes],
        "field": [wish.field.code if wish.field else "" for wish in wishes],
    }
    return {name: ",".join(sorted(set(codes))) for name, codes in scopes.items() if wishes and all(codes)}


def _address(name: str, parameters: dict[str, str]) -> str:
    return f"{settings.SITE_URL}{reverse(name)}?{urlencode(parameters, safe=',')}"


def stop_url(user: User, wishes: Iterable[Subscription], name: str) -> str:
    """Return the address at which `user` stops these subscriptions; it is signed and names nobody."""
    token = signing.dumps([user.pk, sorted(wish.pk for wish in wishes)], salt=STOP_SALT, compress=True)
    return settings.SITE_URL + reverse(name, args=[token])


def wish_in_words(wish: Subscription) -> str:
    """Say in words what somebody follows and how often: “all pairs (weekly)”."""
    return f"{scope_in_words(wish)} ({wish.get_every_display()})"


def scope_in_words(wish: Subscription) -> str:
    """Say what somebody follows; what was withdrawn from their sight since is not named."""
    scope: Any = wish.country or wish.pair or wish.field or wish.initiative
    if scope is None:
        return _("all pairs")
    is_record = isinstance(scope, (Pair, Initiative))
    if is_record and not type(scope).objects.visible_to(wish.user).filter(pk=scope.pk).exists():
        return _("an entry that is not public")
    return str(scope)


def _scope(user: User, wishes: Iterable[Subscription]) -> QuerySet[Initiative]:
    """Return the initiatives that these subscriptions follow, as far as `user` may see them."""
    followed = Q(pk__in=[])
    for wish in wishes:
        if wish.country_id:
            followed |= Q(pair__a=wish.country_id) | Q(pair__b=wish.country_id)
        elif wish.pair_id:
            followed |= Q(pair=wish.pair_id)
        elif wish.field_id:
            followed |= Q(pk__in=Initiative.fields.through.objects.filter(term=wish.field_id).values("initiative"))
        elif wish.initiative_id:
            followed |= Q(pk=wish.initiative_id)
        else:
            followed |= Q(pk__isnull=False)
    return Initiative.objects.visible_to(user).filter(followed)


def _soon(user: User, wishes: Iterable[Subscription], today: date) -> list[tuple[str, Link]]:
    """Return the initiatives that become due within the next days, the first five with their day."""
    active = states.in_states(_scope(user, wishes), [State.ACTIVE], today)
    rows = active.filter(active_until__gte=today, active_until__lt=today + AHEAD).order_by("active_until", "pk")
    return [
        (
            _("Becomes due on %(day)s; expected by %(last)s.")
            % {
                "day": dates.display_day(row.active_until + timedelta(days=1)),
                "last": dates.display_day(row.due_on),
            },
            Link(clean(row.title_shown), url_of(row)),
        )
        for row in rows[:BESIDE]
    ]


def _still_open(
    user: User, wishes: Iterable[Subscription], items: Sequence[Item], today: date
) -> list[tuple[str, Link]]:
    """Return what else is overdue or lapsed and was told before, the first five; the last line counts the others."""
    told = {item.url for item in items}
    scope = states.in_states(_scope(user, wishes), [State.OVERDUE, *rules.LAPSED], today)
    rows = [row for row in scope.order_by("lapses_on", "pk") if url_of(row) not in told]
    answers = states.answers(rows[:BESIDE], today)
    lines = []
    for row in rows[:BESIDE]:
        answer = answers[row.pk]
        limit = answer.due_on if answer.state == State.OVERDUE else answer.lapses_on
        word = vocabularies.label("continuity_state", answer.state)
        since = _("%(state)s since %(day)s.") % {
            "state": word,
            "day": dates.display_day(limit + timedelta(days=1)) if limit else "",
        }
        lines.append((since, Link(clean(row.title_shown), url_of(row))))
    if len(rows) > BESIDE:
        number = len(rows) - BESIDE
        words = ngettext("And one more.", "And %(number)s more.", number) % {"number": number}
        lines.append((words, Link("", settings.SITE_URL + reverse("lapsed"))))
    return lines


@cache
def _inliner() -> css_inline.CSSInliner:
    style = render_to_string("mail/mail.css")
    return css_inline.CSSInliner(load_remote_stylesheets=False, extra_css=style, keep_style_tags=False)


def as_html(context: dict[str, Any]) -> str:
    """Return the mail as a page whose style stands at its elements: mail programs drop style sheets."""
    return _inliner().inline(_days_glued(whole(render_to_string("mail/digest.html", context))))


def as_text(context: dict[str, Any]) -> str:
    """Return the mail as plain text of at most 72 columns; addresses stay whole."""
    text = _days_glued(whole(render_to_string("mail/digest.txt", context)))
    lines = [_wrapped(line).replace(NO_BREAK, " ") for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def _days_glued(text: str) -> str:
    """Keep each day on one line: “16 November 2016”."""
    return re.sub(r"\b(\d{1,2}) ([^\W\d]+) (\d{4})\b", rf"\1{NO_BREAK}\2{NO_BREAK}\3", text)


def _wrapped(line: str) -> str:
    indent = re.match(r"[ *]*", line).group() if line else ""  # type: ignore[union-attr]
    return textwrap.fill(
        line.strip("* "),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=" " * len(indent),
        break_long_words=False,
        break_on_hyphens=False,
    )
