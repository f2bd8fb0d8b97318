"""What a change would make of states, lapses and mails: found out before it is saved, and nothing is written for it.

The facts that the rule reads are built twice, as they are and as they would be, and the rule is asked of both. What
is told is what everyone would see: a draft has no state in public and nobody is mailed of it.
"""

import copy
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from continuity import door, notices, results, rules, sweep
from continuity.foreseen import Foresight, Mail, Outcome, in_words
from continuity.models import Activity, Initiative, Lapse, Subscription, Suspension
from continuity.notices import News
from registry.core import access, clock
from registry.core.access import PUBLISHED
from registry.core.dates import BoundField
from registry.core.models import Pair, User

NEW = 0
"""Stands for the number of an initiative that is not stored yet."""

Rows = dict[int, Initiative]
Fields = Mapping[int | None, frozenset[int]]


# What is asked -----------------------------------------------------------------------------------------------------


def of_initiative(
    record: Initiative, suspensions: Iterable[Suspension] | None = None, fields: Iterable[Any] | None = None
) -> Foresight | None:
    """Return what saving `record` as it now stands would change, for itself and all above and below; None: nothing.

    `suspensions` and `fields` are those it would have, where they are not as on file.
    """
    as_saved = _as_saved(record)
    stored = Initiative.objects.filter(pk=as_saved.pk).first()
    if not as_saved.is_public and (stored is None or not stored.is_public):
        return None
    family = {as_saved.pk, *door.below([as_saved.pk])}
    tops = {pk for pk in (as_saved.pk, as_saved.parent_id) if pk}
    known = family.union(door.lines(tops))
    before = {row.pk: row for row in Initiative.objects.filter(pk__in=known).select_related("pair", "parent")}
    after = {pk: copy.copy(row) for pk, row in before.items()} | {as_saved.pk: as_saved}
    for row in after.values():
        if row.parent_id == as_saved.pk:
            row.parent = as_saved
    facts = _facts(after)
    for pk, activities in _ledger(as_saved, family, after).items():
        facts[pk] = replace(facts[pk], activities=tuple(activities))
    if suspensions is not None:
        facts[as_saved.pk] = replace(facts[as_saved.pk], suspensions=tuple(row.span for row in suspensions))
    found = _outcomes(before, results.facts_of(before.values()), after, facts)
    typed: Fields = {} if fields is None else {as_saved.pk: frozenset(field.pk for field in fields)}
    return _foresight(found, as_saved.pair, typed)


def of_pair(pair: Pair) -> Foresight | None:
    """Return what saving the tracking days of `pair` as they now stand would change; None: nothing.

    It concerns every initiative that inherits them; the number of queries does not depend on how many there are.
    """
    rows = Initiative.objects.filter(pair=pair.pk, tracking="inherit")
    before = {row.pk: row for row in rows.select_related("parent")}
    after = {pk: copy.copy(row) for pk, row in before.items()}
    for row in after.values():
        row.pair = pair
    return _foresight(_outcomes(before, results.facts_of(before.values()), after, _facts(after)), pair)


def of_publishing(record: Initiative) -> list[str]:
    """Return sentences on what publishing an initiative that is not public would change."""
    public = copy.copy(record)
    public.visibility = PUBLISHED
    foreseen = of_initiative(public)
    return [_("Nothing public changes until it is published."), *(foreseen.sentences() if foreseen else [])]


def of_activity(initiative: Initiative | None, held: bool, day: date | None, substantive: bool) -> list[str]:
    """Return sentences on what publishing an activity would change, for its initiative and each above it.

    `day` is the day on which it would count, None where none is on file.
    """
    if initiative is None:
        return [_("It belongs to no initiative, so publishing it moves no clock.")]
    if not held:
        return [_("It is not on file as held, so publishing it moves no clock.")]
    if day is None:
        return [_("The day it began is not on file: published, it stands undated and moves no clock.")]
    if initiative.visibility != PUBLISHED:
        draft = _("“%(initiative)s” is not published itself, so publishing this moves no clock yet.")
        return [draft % {"initiative": initiative}]
    today = clock.today()
    rows = Initiative.objects.in_bulk(door.counts_for(initiative.pk, door.lines([initiative.pk])))
    facts = results.facts_of(rows.values())
    found = []
    for pk, row in rows.items():
        now = rules.as_of(facts[pk], today)
        then = rules.as_of(replace(facts[pk], activities=(*facts[pk].activities, (day, substantive))), today)
        said = {"initiative": row, "now": in_words(now), "then": in_words(then)}
        if said["now"] == said["then"]:
            found.append(_("Publishing this would leave “%(initiative)s” as it is: %(now)s.") % said)
        else:
            found.append(_("Publishing this would change “%(initiative)s”: %(now)s → %(then)s.") % said)
    return found


# The facts as they would be ----------------------------------------------------------------------------------------


def _as_saved(record: Initiative) -> Initiative:
    """Return a copy with what saving would derive from what a person edits."""
    row = copy.copy(record)
    if row._state.adding:
        row.pk = row.id = NEW
    row.derive()
    for column in row._meta.concrete_fields:
        if isinstance(column, BoundField):
            column.pre_save(row, False)
    return row


def _facts(rows: Rows) -> dict[int, rules.Facts]:
    """Return the facts of rows that are not as on file."""
    for row in rows.values():
        for name, value in results.read_for_rule(row).items():
            setattr(row, name, value)
    return results.facts_of(rows.values())


def _ledger(record: Initiative, family: set[int], rows: Rows) -> dict[int, list[tuple[date, bool]]]:
    """Return the activity that would count for each of `rows`, once `record` is saved; `family` is what it carries.

    What comes from elsewhere stays; what the family shows counts for it and for all that would stand above it.
    """
    counted: dict[int, list[tuple[date, bool]]] = {pk: [] for pk in rows}
    elsewhere = Activity.objects.filter(initiative__in=rows).exclude(origin__in=family)
    elsewhere = elsewhere.exclude(evidence_kind=record.kind, evidence_id=record.pk)  # a signature is shown anew
    for pk, day, substantive in elsewhere.values_list("initiative_id", "day", "substantive"):
        counted[pk].append((date.fromordinal(day), substantive))
    for report in (*record.shows(), *_reports(family)):
        for pk in _counts_for(report.initiative_id, rows):
            counted[pk].append((report.day, report.substantive))
    return counted


def _reports(family: set[int]) -> Iterator[door.Report]:
    for evidence in door.EVIDENCE.values():
        yield from evidence.activities(**{f"{evidence.of}__in": family})


def _counts_for(pk: int | None, rows: Rows) -> Iterator[int]:
    """As `door.counts_for`, in `rows`."""
    while pk in rows and rows[pk].is_public:
        yield pk
        pk = rows[pk].parent_id


# What comes of them ------------------------------------------------------------------------------------------------


def _outcomes(
    before: Rows, facts_before: dict[int, rules.Facts], after: Rows, facts_after: dict[int, rules.Facts]
) -> list[Outcome]:
    """Return what would differ, what alters most first."""
    today = clock.today()
    stored: dict[int, list[Lapse]] = {pk: [] for pk in after}
    for lapse in Lapse.objects.filter(initiative__in=before).order_by("began_on"):
        stored[lapse.initiative_id].append(lapse)
    found = []
    for pk, row in after.items():
        was = facts_before[pk] if pk in before and before[pk].is_public else None
        will_be = facts_after[pk] if row.is_public else None
        kept = rules.lapses(facts_after[pk], today)  # also of a draft, whose lapses nobody sees
        aside, back = _written_on(kept, stored[pk])
        outcome = replace(_outcome(row, was, will_be, today), aside=aside, back=back)
        if outcome.differs:
            found.append(outcome)
    return sorted(found, key=lambda outcome: (not outcome.alters, outcome.initiative.pk))


def _outcome(row: Initiative, was: rules.Facts | None, will_be: rules.Facts | None, today: date) -> Outcome:
    """Compare what the public would be told of one initiative with what it is told now; None: nothing."""
    before, after = (rules.as_of(facts, today) if facts else None for facts in (was, will_be))
    appearing, vanishing, moving = _compared(*(rules.lapses(facts, today) if facts else () for facts in (was, will_be)))
    news, expected = (_news(row, facts, today) for facts in (will_be, was))
    if news == expected:
        news = None  # it goes out in any case
    return Outcome(row, before, after, appearing, vanishing, moving, news)


def _compared(
    old: Sequence[rules.Lapse], new: Sequence[rules.Lapse]
) -> tuple[tuple[rules.Lapse, ...], tuple[rules.Lapse, ...], tuple[tuple[rules.Lapse, rules.Lapse], ...]]:
    """Return the lapses that appear, that vanish, and that change, as (before, after)."""
    left, appearing, moving = list(old), [], []
    for run in new:
        was = results.same(run, left)
        if was is None:
            appearing.append(run)
            continue
        left.remove(was)
        if was != run:
            moving.append((was, run))
    return tuple(appearing), tuple(left), tuple(moving)


def _written_on(runs: Iterable[rules.Lapse], stored: Iterable[Lapse]) -> tuple[tuple[Lapse, ...], tuple[Lapse, ...]]:
    """Return the lapses on file that people wrote on and that would be set aside, and those that would come back."""
    left, back = list(stored), []
    for run in runs:
        row = results.same(run, left)
        if row is not None:
            left.remove(row)
            if row.void:
                back.append(row)
    return tuple(row for row in left if row.is_written_on and not row.void), tuple(back)


def _news(row: Initiative, facts: rules.Facts | None, today: date) -> News | None:
    """Return what the next sweep would announce of an initiative with these facts."""
    if facts is None or (state := rules.as_of(facts, today).state) == row.announced_state:
        return None
    late = not row.announced_state or today - sweep.changed_on(facts, today) > sweep.LATE_AFTER
    return News(pair_id=row.pair_id, initiative_id=row.pk, state=state, late=late)


def _foresight(found: list[Outcome], pair: Pair, fields: Fields | None = None) -> Foresight | None:
    """Return what a writer is told; None where no state, no lapse and no mail would change."""
    mails = _mails([outcome.news for outcome in found if outcome.news], pair, fields or {})
    if not mails and not any(outcome.alters for outcome in found):
        return None
    return Foresight(tuple(found), mails)


def _mails(news: list[News], pair: Pair, fields: Fields) -> tuple[Mail, ...]:
    """Return who would be mailed of these news; people who sit at no desk of the pair are not named."""
    if not news:
        return ()
    told: Counter[tuple[User, str]] = Counter()
    wishes = _wishes(news, pair)
    if any(wish.field_id for wish in wishes):
        fields = {**_fields_of(news), **fields}
    for one in news:
        told.update(_soonest(wishes, one, fields.get(one.initiative_id, frozenset())).items())
    named = set(User.objects.filter(desk_roles__country__in=[pair.a_id, pair.b_id]))
    now = clock.now()
    mails = [
        Mail(user, user in named or access.is_registrar(user), digest, notices.due_at(digest, user.time_zone, now), n)
        for (user, digest), n in told.items()
    ]
    return tuple(sorted(mails, key=lambda mail: (mail.due_at, str(mail.user), mail.user.pk)))


def _wishes(news: list[News], pair: Pair) -> list[Subscription]:
    """Return the subscriptions, of people who can be written to, that may ask for any of these news."""
    wishes = Subscription.objects.filter(active=True, user__is_active=True).exclude(user__email="")
    scopes = {"country": [pair.a_id, pair.b_id], "pair": [pair.pk], "initiative": [one.initiative_id for one in news]}
    for scope, keys in scopes.items():
        wishes = wishes.filter(Q(**{scope: None}) | Q(**{f"{scope}__in": keys}))
    return list(wishes.select_related("user"))


def _fields_of(news: list[News]) -> dict[int | None, frozenset[int]]:
    links = Initiative.fields.through.objects.filter(initiative__in=[one.initiative_id for one in news])
    found: dict[int | None, set[int]] = {}
    for initiative_id, term_id in links.values_list("initiative_id", "term_id"):
        found.setdefault(initiative_id, set()).add(term_id)
    return {pk: frozenset(terms) for pk, terms in found.items()}


def _soonest(wishes: Iterable[Subscription], news: News, fields: frozenset[int]) -> dict[User, str]:
    """Return who asked for this, each with the digest in which it is told first, as `notices.queue` has it."""
    found: dict[User, str] = {}
    speeds = notices.Every.values
    for wish in wishes:
        if notices.wants(wish, news, fields):
            digest = notices.digest_of(wish.every, news.late)
            found[wish.user] = min(digest, found.get(wish.user, digest), key=speeds.index)
    return found
