"""Mails: what one person is told, in the reader's language, with its evidence. Sending is in `continuity.notices`."""

import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

import css_inline
from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from continuity import door, explain, rules, states
from continuity.models import Activity, Concern, Initiative, Notice, Subscription, Transition
from continuity.rules import State
from registry.core import access, clock, dates, vocabularies
from registry.core.models import DeskRole, Pair, User

MOST = 50
"""So much is told in one mail; the rest is counted and linked."""

BESIDE = 5
"""So many lines have the sections about what lies ahead and what is unchanged."""

AHEAD = timedelta(days=30)
WIDTH = 72

CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""All but tab and the ends of lines: to a terminal they are commands, and some mail programs refuse them."""

STOP_SALT = "continuity.notices.stop"

WORST_FIRST = (State.DORMANT, State.SYMBOLIC, State.OVERDUE, State.DUE)
SIGNS = {"active": "●", "due": "○", "overdue": "▲", "symbolic": "◇", "dormant": "⊘", "unreported": "?"}

DIGESTS = {
    Subscription.Every.ONCE: gettext_lazy("Sent at once"),
    Subscription.Every.DAY: gettext_lazy("Daily digest"),
    Subscription.Every.WEEK: gettext_lazy("Weekly digest"),
    Subscription.Every.MONTH: gettext_lazy("Monthly digest"),
}

CONCERNS = {
    "unreported": (
        gettext_lazy("unreported"),
        gettext_lazy("Its planned day has passed, and nobody has said what became of it. Waiting since %(day)s."),
        gettext_lazy("Say what became of it: held, moved online, postponed or cancelled, with the source."),
    ),
    "ending": (
        gettext_lazy("about to end"),
        gettext_lazy("Its last day on file is %(end)s."),
        gettext_lazy("If it was renewed or extended, record it. If the last day is wrong, correct it."),
    ),
    "commitment": (
        gettext_lazy("commitment overdue"),
        gettext_lazy("Its due day has passed, and it is not recorded as done. Overdue since %(day)s."),
        gettext_lazy("If it was done, record it. If it was dropped or carried over, say so."),
    ),
}
"""Kind of concern → a few words for the subject, what has happened, what to do."""

ANY_CONCERN = (
    gettext_lazy("needs care"),
    gettext_lazy("It needs care since %(day)s."),
    gettext_lazy("Open the record and see what is missing."),
)

NOTHING = {
    "session": gettext_lazy("no session on file"),
    "edition": gettext_lazy("no edition on file"),
    "activity": gettext_lazy("no activity on file"),
}
SINCE: dict[str, Any] = {
    "session": ngettext_lazy(
        "%(number)s day since the last session", "%(number)s days since the last session", "number"
    ),
    "edition": ngettext_lazy(
        "%(number)s day since the last edition", "%(number)s days since the last edition", "number"
    ),
    "activity": ngettext_lazy(
        "%(number)s day since the last activity", "%(number)s days since the last activity", "number"
    ),
}

ADVICE = {
    "commission": gettext_lazy(
        "If a session was held or a date is set, record it. If it meets at another interval, declare it; if it has "
        "ended, record the last day."
    ),
    "programme": gettext_lazy(
        "If something of it was held or is planned, record it. If it takes place at another interval, declare it; if "
        "it has ended, record the last day."
    ),
    "agreement": gettext_lazy(
        "If something was done under it, record it. If another interval is expected, declare it; if it has ended, "
        "record the last day."
    ),
}


@dataclass(frozen=True)
class Link:
    """A piece of text that leads somewhere."""

    text: str
    url: str


@dataclass(frozen=True)
class Item:
    """One thing as a mail tells it: an initiative or a concern."""

    rank: tuple[int, date]
    pair: Pair
    title: str
    gist: str
    url: str
    state: str
    word: str
    happened: str
    late: str
    evidence: Link | None
    advice: str
    contacts: str
    is_concern: bool = False

    @property
    def sign(self) -> str:
        return SIGNS.get(self.state, "·")


def compose(notices: Sequence[Notice], message_id: str) -> EmailMultiAlternatives | None:
    """Compose one mail to the one person these notices are for; None where nothing is left to say.

    Visibility is checked again: what was withdrawn, settled or stopped since it was queued is left out.
    """
    user = notices[0].user
    with translation.override(user.language):
        today = clock.today()
        wishes = {wish.pk: wish for notice in notices if (wish := notice.subscription) is not None and wish.active}
        wanted = [notice for notice in notices if notice.subscription_id in wishes]
        if not (user.is_active and user.email):
            return None
        items = sorted(_items(user, wanted, today), key=lambda item: item.rank)
        if not items:
            return None
        subject = clean(_subject(items))
        context = _context(user, notices[0].digest, items, list(wishes.values()), today) | {"subject": subject}
        text, html = as_text(context), as_html(context)
        stop = context["one_click"]
    message = EmailMultiAlternatives(
        subject=subject,
        body=text,
        to=[clean(user.email)],
        headers={
            "Message-ID": message_id,
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )
    message.attach_alternative(html, "text/html")
    return message


def clean(text: str) -> str:
    """Return `text` as one line that any header can bear: no line break, no half of a character."""
    return " ".join(_whole(text).split())


def _whole(text: str) -> str:
    """Return what a mail can bear: a space for each control character, a question mark for half a character."""
    return CONTROLS.sub(" ", text.encode("utf-8", "replace").decode())


# What is told ------------------------------------------------------------------------------------------------------


def _items(user: User, notices: Iterable[Notice], today: date) -> list[Item]:
    """Return what these notices tell `user` today, the last change of each initiative only."""
    changes: dict[int, Transition] = {}
    concerns: list[Concern] = []
    for notice in notices:
        if notice.concern:
            concerns.append(notice.concern)
        elif (change := notice.transition) is not None:
            known = changes.get(change.initiative_id)
            if known is None or known.number < change.number:
                changes[change.initiative_id] = change
    return [*_of_changes(user, changes, today), *_of_concerns(user, concerns, today)]


def _of_changes(user: User, changes: dict[int, Transition], today: date) -> list[Item]:
    rows = list(Initiative.objects.visible_to(user).filter(pk__in=changes).select_related("pair__a", "pair__b"))
    answers, facts = states.answers(rows, today), door.facts_of(rows)
    return [_of_change(user, row, changes[row.pk], answers[row.pk], facts[row.pk], today) for row in rows]


def _of_change(
    user: User, row: Initiative, change: Transition, answer: rules.Answer, facts: rules.Facts, today: date
) -> Item:
    state = answer.state.value
    programme_kind = getattr(row.child, "programme_kind", "")
    word = vocabularies.label("continuity_state", state)
    calls = answer.state in WORST_FIRST
    name = Truncator(_short(row)).chars(80)
    gap = _gap(explain.noun_of(row.kind, programme_kind), answer, today)
    return Item(
        rank=(WORST_FIRST.index(answer.state) if calls else len(WORST_FIRST) + 1, change.changed_on),
        pair=row.pair,
        title=clean(row.title_shown),
        gist=f"{name} {word.lower()}, {gap}",
        url=url_of(row),
        state=state,
        word=word,
        happened=explain.explain(facts, answer, today, programme_kind),
        late=_late(change, state),
        evidence=_last_evidence(user, row, today),
        advice=str(ADVICE[row.kind]) if calls else _("Nothing needs to be done."),
        contacts=_contacts(user, row.pair),
    )


def _short(row: Initiative) -> str:
    """Return a title for a subject that names the pair: the short one, else the title without “of X and Y”."""
    a, b = row.pair.a.name, row.pair.b.name
    return row.short_title or row.title_shown.replace(f" of {a} and {b}", "").replace(f" of {b} and {a}", "")


def _gap(noun: str, answer: rules.Answer, today: date) -> str:
    """Say for how long nothing has been on file."""
    last = answer.last_activity_on
    if last is None:
        return str(NOTHING[noun])
    number = (today - last).days
    return SINCE[noun] % {"number": number}


def _late(change: Transition, state_now: str) -> str:
    """Say what is unusual about the news: that it comes late, or that more has happened since."""
    words = {
        "state": vocabularies.label("continuity_state", change.to_state).lower(),
        "day": dates.display_day(change.changed_on),
    }
    if change.to_state != state_now:
        return _("It became %(state)s on %(day)s; more has happened since.") % words
    if not change.from_state:
        return _("It is new in the registry: %(state)s since %(day)s, announced for the first time.") % words
    if (change.swept_on - change.changed_on).days > 30:
        return _("A correction: it has been %(state)s since %(day)s, which was found only now.") % words
    return ""


def _last_evidence(user: User, row: Initiative, today: date) -> Link | None:
    """Return the last record that shows activity and that `user` may see."""
    for activity in Activity.objects.filter(initiative=row, day__lte=today.toordinal()).order_by("-day", "-id")[:5]:
        record = door.EVIDENCE[activity.evidence_kind].model.objects.visible_to(user).filter(pk=activity.evidence_id)
        for found in record:
            return Link(clean(f"{found}, {dates.display(found.started_on)}"), url_of(found, row))
    return None


def _of_concerns(user: User, concerns: list[Concern], today: date) -> list[Item]:
    """Return these concerns as far as they still hold today; whoever has told of them knows what is public."""
    worries = {
        (kind, worry.key): worry for kind in {one.kind for one in concerns} for worry in door.CONCERNS[kind](today)
    }
    pairs = Pair.objects.select_related("a", "b").in_bulk({worry.pair_id for worry in worries.values()})
    visible = Initiative.objects.visible_to(user).in_bulk(
        {worry.initiative_id for worry in worries.values() if worry.initiative_id}
    )
    told = [(one.kind, worries.get((one.kind, one.key))) for one in concerns]
    return [
        _of_concern(user, kind, worry, pairs[worry.pair_id], visible.get(worry.initiative_id or 0))
        for kind, worry in told
        if worry is not None and (worry.initiative_id is None or worry.initiative_id in visible)
    ]


def _of_concern(user: User, kind: str, worry: door.Worry, pair: Pair, initiative: Initiative | None) -> Item:
    gist, happened, advice = CONCERNS.get(kind, ANY_CONCERN)
    day = dates.display_day(worry.since)
    end = dates.display(initiative.ended_on) if initiative else ""
    since = _("since %(day)s") % {"day": day}
    return Item(
        rank=(len(WORST_FIRST), worry.since),
        pair=pair,
        title=clean(worry.title),
        gist=f"{Truncator(worry.title).chars(80)} {gist}, {since}",
        url=settings.SITE_URL + worry.path,
        state="unreported",
        word=str(gist)[:1].upper() + str(gist)[1:],
        happened=str(happened) % {"day": day, "end": end},
        late="",
        evidence=None,
        advice=str(advice),
        contacts=_contacts(user, pair),
        is_concern=True,
    )


def _contacts(user: User, pair: Pair) -> str:
    """Name the addresses of the other side's desk, or of both desks for a reader who sits at neither."""
    other = [country for country in pair.countries if country.pk not in access.desks(user)] or list(pair.countries)
    roles = DeskRole.objects.filter(country__in=other, user__is_active=True).exclude(user__email="")
    addresses: dict[str, list[str]] = {}
    answering = roles.filter(Q(role__in=access.APPROVERS) | Q(lead=True)).order_by("-lead", "user__email")
    for code, address in answering.values_list("country", "user__email"):
        addresses.setdefault(code, []).append(address)
    words = []
    for country in other:
        if country.pk in addresses:
            sentence = _("Contact at the desk of %(country)s: %(addresses)s.")
        else:
            sentence = _("No desk of %(country)s is on file.")
        words.append(sentence % {"country": country.name, "addresses": ", ".join(addresses.get(country.pk, ()))})
    return " ".join(words)


def url_of(record: Any, instead: Any = None) -> str:
    """Return the full address of a record's page, or of another's where its kind has none."""
    try:
        return settings.SITE_URL + record.get_absolute_url()
    except NoReverseMatch:
        if instead is None:
            raise
        return settings.SITE_URL + instead.get_absolute_url()


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
        "heading": ngettext("One thing to look at", "%(number)s things to look at", number) % {"number": number},
        "digest": DIGESTS[Subscription.Every(digest)],
        "day": dates.display_day(today),
        "why": "; ".join(wish_in_words(wish) for wish in wishes),
        "items": shown,
        "more": number - len(shown),
        "list_url": settings.SITE_URL + reverse("initiative-list"),
        "soon": [] if digest == Subscription.Every.ONCE else _soon(user, wishes, today),
        "open": [] if digest == Subscription.Every.ONCE else _still_open(user, wishes, items, today),
        "assumed": ", ".join(str(pair) for pair in pairs.values() if pair.tracking_basis == "assumed"),
        "stop": stop_url(user, wishes, "notice-stop"),
        "one_click": stop_url(user, wishes, "notice-stop-one-click"),
        "site": settings.SITE_URL,
        "language": translation.get_language(),
    }


def stop_url(user: User, wishes: Iterable[Subscription], name: str) -> str:
    """Return the address at which `user` stops these subscriptions; it is signed and names nobody."""
    token = signing.dumps([user.pk, sorted(wish.pk for wish in wishes)], salt=STOP_SALT, compress=True)
    return settings.SITE_URL + reverse(name, args=[token])


def wish_in_words(wish: Subscription) -> str:
    """Say in words what somebody follows and how often: “all pairs (weekly)”."""
    scope: Any = wish.country or wish.pair or wish.field or wish.initiative or _("all pairs")
    return f"{scope} ({wish.get_every_display()})"


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
    return _inliner().inline(_whole(render_to_string("mail/digest.html", context)))


def as_text(context: dict[str, Any]) -> str:
    """Return the mail as plain text of at most 72 columns; addresses stay whole."""
    lines = [_wrapped(line) for line in _whole(render_to_string("mail/digest.txt", context)).splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


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
