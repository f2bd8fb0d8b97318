"""What would come of a change, as `continuity.foresight` finds it, in words and numbers for a page."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from continuity import rules
from continuity.models import Initiative, Lapse, Subscription
from continuity.notices import News
from registry.core import vocabularies
from registry.core.dates import display_day

NAMED = 10
"""How many initiatives are told of one by one; the rest is counted."""

LAPSES_NAMED = 6
"""How many lapses of one initiative are told of one by one."""

LIMITS = {"active": "active_until", "due": "due_on", "overdue": "lapses_on", "symbolic": "symbolic_until"}


@dataclass(frozen=True)
class Outcome:
    """What would become of one initiative, as everyone would see it; no answer where it is not public.

    `aside` are lapses on file that would vanish with something that people wrote on them, `back` those that would
    come back with it. `news` is what the next sweep would announce and would not without the change.
    """

    initiative: Initiative
    before: rules.Answer | None
    after: rules.Answer | None
    appearing: tuple[rules.Lapse, ...] = ()
    vanishing: tuple[rules.Lapse, ...] = ()
    moving: tuple[tuple[rules.Lapse, rules.Lapse], ...] = ()
    news: News | None = None
    aside: tuple[Lapse, ...] = ()
    back: tuple[Lapse, ...] = ()

    @property
    def states(self) -> tuple[str, str]:
        """The state today, before and after; "" where it is not public."""
        return (self.before.state if self.before else "", self.after.state if self.after else "")

    @property
    def due_days(self) -> tuple[Any, Any]:
        """The due day before and after."""
        return (self.before and self.before.due_on, self.after and self.after.due_on)

    @property
    def alters(self) -> bool:
        """Whether a state or a lapse would change. To appear in public, or to vanish, counts where a clock runs."""
        old, new = self.states
        state = old != new and (bool(old and new) or {old, new} & {*rules.TICKING})
        return bool(state or self.appearing or self.vanishing or self.moving or self.aside)

    @property
    def differs(self) -> bool:
        """Whether anything at all would be told otherwise."""
        return self.alters or bool(self.news) or self.due_days[0] != self.due_days[1]

    @property
    def changes(self) -> list[str]:
        """The lapses that would appear, vanish or change their days, in words; beyond the first few their number."""
        said = [
            *(_("A lapse appears: %(days)s.") % {"days": days_of(run)} for run in self.appearing),
            *(_("A lapse vanishes: %(days)s.") % {"days": days_of(run)} for run in self.vanishing),
            *(
                _("A lapse changes: %(old)s becomes %(new)s.") % {"old": days_of(old), "new": days_of(new)}
                for old, new in self.moving
            ),
        ]
        more = len(said) - LAPSES_NAMED
        if more > 0:
            said[LAPSES_NAMED:] = [ngettext("%(n)s more lapse.", "%(n)s more lapses.", more) % {"n": more}]
        return said

    @property
    def warnings(self) -> list[str]:
        """What would happen to what people wrote on lapses, in words."""
        return [
            *(
                _("People wrote on the lapse from %(day)s. That is kept aside, and comes back if the lapse does.")
                % {"day": display_day(lapse.began_on)}
                for lapse in self.aside
            ),
            *(
                _("What people wrote on the lapse from %(day)s comes back.") % {"day": display_day(lapse.began_on)}
                for lapse in self.back
            ),
        ]

    def sentences(self) -> Iterator[str]:
        """Yield all of it in words."""
        said = {"initiative": self.initiative, "now": in_words(self.before), "then": in_words(self.after)}
        yield _("“%(initiative)s”: %(now)s → %(then)s.") % said
        yield from self.changes
        yield from self.warnings


@dataclass(frozen=True)
class Mail:
    """One person who would be mailed, with which digest and not before when, of how many changes.

    `named` is whether the writer may be told the name: of people who sit at a desk of the pair, and of registrars.
    """

    user: Any
    named: bool
    digest: str
    due_at: datetime
    changes: int

    def __str__(self) -> str:
        of = ngettext("%(n)s change", "%(n)s changes", self.changes) % {"n": self.changes}
        if self.digest == Subscription.Every.ONCE:
            return _("%(who)s, at once: %(of)s") % {"who": self.user, "of": of}
        when = f"{display_day(self.due_at.date())}, {self.due_at:%H:%M}"
        said = {"who": self.user, "digest": Subscription.Every(self.digest).label, "when": when, "of": of}
        return _("%(who)s, %(digest)s digest of %(when)s UTC: %(of)s") % said


@dataclass(frozen=True)
class Foresight:
    """All that a change would do; drawn by `template`. Whoever sends `token` back has seen just this."""

    outcomes: tuple[Outcome, ...]
    mails: tuple[Mail, ...]

    template = "continuity/parts/foreseen.html"

    @property
    def named(self) -> tuple[Outcome, ...]:
        """The initiatives that are told of one by one."""
        return self.outcomes[:NAMED]

    @property
    def counted(self) -> list[tuple[str, str, int]]:
        """The rest, as (state before, state after, how many), the most first."""
        return [(*states, n) for states, n in Counter(one.states for one in self.outcomes[NAMED:]).most_common()]

    @property
    def more(self) -> int:
        """How many initiatives are only counted."""
        return max(len(self.outcomes) - NAMED, 0)

    @property
    def lapses(self) -> list[tuple[str, int]]:
        """How many lapses of all of them would appear, vanish and change, as far as any would."""
        numbers = (
            (_("lapses that appear"), sum(len(one.appearing) for one in self.outcomes)),
            (_("lapses that vanish"), sum(len(one.vanishing) for one in self.outcomes)),
            (_("lapses that change their days"), sum(len(one.moving) for one in self.outcomes)),
            (_("lapses with what people wrote on them, kept aside"), sum(len(one.aside) for one in self.outcomes)),
        )
        return [(what, number) for what, number in numbers if number]

    @property
    def told(self) -> list[Mail]:
        """The mails to people who are named."""
        return [mail for mail in self.mails if mail.named]

    @property
    def others(self) -> int:
        """How many more people would be mailed."""
        return len({mail.user.pk for mail in self.mails if not mail.named})

    @property
    def token(self) -> str:
        """What stands for just this and nothing else."""
        seen = [
            *(
                (one.initiative.pk, one.states, one.due_days, one.appearing, one.vanishing, one.moving)
                for one in self.outcomes
            ),
            *(lapse.pk for one in self.outcomes for lapse in (*one.aside, *one.back)),
            *((mail.user.pk, mail.digest, mail.changes) for mail in self.mails),
        ]
        return hashlib.sha256(repr(seen).encode()).hexdigest()[:32]

    def sentences(self) -> list[str]:
        """Return it in words, without a page."""
        said = [sentence for one in self.named for sentence in one.sentences()]
        if self.more:
            said.append(ngettext("%(n)s more initiative.", "%(n)s more initiatives.", self.more) % {"n": self.more})
        if self.mails:
            others = ngettext("%(n)s other person", "%(n)s other people", self.others) % {"n": self.others}
            people = [*map(str, self.told), *([others] if self.others else [])]
            said.append(_("Would be mailed: %(people)s.") % {"people": "; ".join(people)})
        return said


def in_words(answer: rules.Answer | None) -> str:
    """Write a state and the last day on which it holds if nothing happens: “active until 3 March 2027”."""
    if answer is None:
        return _("not public")
    state = vocabularies.label("continuity_state", answer.state).lower()
    limit = getattr(answer, LIMITS.get(answer.state, ""), None)
    return _("%(state)s until %(day)s") % {"state": state, "day": display_day(limit)} if limit else state


def days_of(run: rules.Lapse) -> str:
    """Write the first day of a lapse and the first day after it."""
    if run.ended_on is None:
        return _("from %(day)s, still open") % {"day": display_day(run.began_on)}
    ended_by = Lapse.EndedBy(run.ended_by).label
    said = {"first": display_day(run.began_on), "end": display_day(run.ended_on), "by": ended_by}
    return _("from %(first)s to %(end)s, ended by %(by)s") % said
