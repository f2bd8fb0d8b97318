"""What a mail tells: each change of state and each concern as one item, in the reader's language, with its evidence."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.urls import NoReverseMatch
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from continuity import care, door, explain, results, rules, states
from continuity.models import Activity, Initiative, Notice, Transition
from continuity.rules import State
from registry.core import access, dates, vocabularies
from registry.core.models import DeskRole, Pair, User

CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""All but tab and the ends of lines: to a terminal they are commands, and some mail programs refuse them."""

WORST_FIRST = (State.DORMANT, State.SYMBOLIC, State.OVERDUE, State.DUE)
SIGNS = {"active": "●", "due": "○", "overdue": "▲", "symbolic": "◇", "dormant": "⊘", "unreported": "?"}

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
    standing: str = ""
    """For whom the reader stands in, and since when that one was told."""
    kind: str = ""
    """Kind of concern; "" of a change of state."""

    @property
    def sign(self) -> str:
        return SIGNS.get(self.state, "·")


def clean(text: str) -> str:
    """Return `text` as one line that any header can bear: no line break, no half of a character."""
    return " ".join(whole(text).split())


def whole(text: str) -> str:
    """Return what a mail can bear: a space for each control character, a question mark for half a character."""
    return CONTROLS.sub(" ", text.encode("utf-8", "replace").decode())


# What is told ------------------------------------------------------------------------------------------------------


def items_of(user: User, notices: Iterable[Notice], today: date) -> list[Item]:
    """Return what these notices tell `user` today, the last change of each initiative only, the worst first.

    What was unanswered when a deputy or a lead was to be told, and is answered now, is told to them no more.
    """
    changes: dict[int, Notice] = {}
    concerns: dict[int, Notice] = {}
    # of the same thing told in two roles the word on whose behalf is kept, so that role comes first
    for notice in sorted(notices, key=lambda notice: notice.role == Notice.Role.READER):
        if notice.role and notice.is_answered:
            continue
        if notice.concern_id:
            concerns.setdefault(notice.concern_id, notice)
        elif (change := notice.transition) is not None:
            known = changes.get(change.initiative_id)
            if known is None or known.transition is None or known.transition.number < change.number:
                changes[change.initiative_id] = notice
    items = [*_of_changes(user, changes, today), *_of_concerns(user, list(concerns.values()), today)]
    return sorted(items, key=lambda item: item.rank)


def _since_when_unanswered(notice: Notice) -> str:
    """Return the end of a subject: since when somebody else has not answered; "" of one's own news."""
    told = notice.unanswered
    if told is None or told.sent_at is None:
        return ""
    return _(", unanswered since %(day)s") % {"day": dates.display_day(told.sent_at.date())}


def _standing(notice: Notice) -> str:
    """Say on whose behalf, as what and since when somebody is told; "" of one's own news."""
    told = notice.unanswered
    if told is None or told.sent_at is None:
        return ""
    words = {"name": told.user, "day": dates.display_day(told.sent_at.date())}
    if notice.role == Notice.Role.LEAD:
        return (
            _(
                "%(name)s was told on %(day)s, and nothing has changed on file since. You are told because you lead a "
                "desk of this pair; nobody else will be reminded."
            )
            % words
        )
    return _("%(name)s was told on %(day)s, and nothing has changed on file since. You are told as deputy.") % words


def _of_changes(user: User, changes: dict[int, Notice], today: date) -> list[Item]:
    rows = list(Initiative.objects.visible_to(user).filter(pk__in=changes).select_related("pair__a", "pair__b"))
    answers, facts = states.answers(rows, today), results.facts_of(rows)
    still = [row for row in rows if not (changes[row.pk].role and _has_moved(changes[row.pk], answers[row.pk]))]
    return [_of_change(user, row, changes[row.pk], answers[row.pk], facts[row.pk], today) for row in still]


def _has_moved(notice: Notice, answer: rules.Answer) -> bool:
    return notice.transition is not None and notice.transition.to_state != answer.state


def _of_change(
    user: User, row: Initiative, notice: Notice, answer: rules.Answer, facts: rules.Facts, today: date
) -> Item:
    change: Any = notice.transition
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
        gist=f"{name} {word.lower()}, {gap}{_since_when_unanswered(notice)}",
        url=url_of(row),
        state=state,
        word=word,
        happened=explain.explain(facts, answer, today, programme_kind),
        late=_late(change, state),
        evidence=_last_evidence(user, row, today),
        advice=str(ADVICE[row.kind]) if calls else _("Nothing needs to be done."),
        standing=_standing(notice),
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


def _of_concerns(user: User, notices: list[Notice], today: date) -> list[Item]:
    """Return these concerns as far as they still hold today; whoever has told of them knows what is public."""
    by_kind: dict[str, dict[str, Notice]] = {}
    for notice in notices:
        if notice.concern and notice.concern.kind in care.CONCERNS:
            by_kind.setdefault(notice.concern.kind, {})[notice.concern.key] = notice
    holding = [
        (by_key[told.worry.key], kind, told)
        for kind, by_key in by_kind.items()
        for told in care.told(kind, _still_worrying(kind, by_key, today), today)
    ]
    pairs = Pair.objects.select_related("a", "b").in_bulk({told.worry.pair_id for _n, _k, told in holding})
    initiatives = {told.worry.initiative_id for _n, _k, told in holding if told.worry.initiative_id}
    visible = set(Initiative.objects.visible_to(user).filter(pk__in=initiatives).values_list("pk", flat=True))
    return [
        _of_concern(notice, kind, told, pairs[told.worry.pair_id])
        for notice, kind, told in holding
        if told.worry.initiative_id is None or told.worry.initiative_id in visible
    ]


def _still_worrying(kind: str, keys: Collection[str], today: date) -> list[care.Worry]:
    refs = {key.partition(":")[0] for key in keys}
    return [worry for worry in care.CONCERNS[kind].find(today, refs) if worry.key in keys]


def _of_concern(notice: Notice, kind: str, told: care.Told, pair: Pair) -> Item:
    words, worry = care.CONCERNS[kind], told.worry
    gist = str(words.gist)
    since = _("since %(day)s") % {"day": dates.display_day(worry.since)}
    return Item(
        rank=(len(WORST_FIRST), worry.since),
        pair=pair,
        title=clean(told.title),
        gist=f"{Truncator(told.title).chars(80)} {gist}, {since}{_since_when_unanswered(notice)}",
        url=settings.SITE_URL + told.path,
        state="unreported",
        word=gist[:1].upper() + gist[1:],
        happened=told.happened,
        late="",
        evidence=None,
        advice=str(words.advice),
        standing=_standing(notice),
        kind=kind,
    )


def contacts(user: User, pair: Pair) -> str:
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
