"""What a change is foreseen to do, by hand-made cases; and that it then does just that, on random histories."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from agreements import reports
from agreements.models import Agreement, AgreementAction, Commission
from continuity import door, foresight, rules, states
from continuity.models import ActivityEntry, Initiative, Lapse, Notice, Subscription, Suspension
from continuity.rules import Facts
from continuity.sweep import sweep
from events.models import Programme
from registry.core import write
from registry.core.models import Country, Pair, Source, Term, User
from tests.cast import agreement, commission, person, session
from tests.continuity.histories import PROPERTY, histories, rarely

# One by one --------------------------------------------------------------------------------------------------------


@pytest.fixture
def council(kg_tj: Pair, on_day: Callable[[str], date]) -> Commission:
    """A commission that met on 12 March 2020: overdue from 13 March 2021, lapsed from 11 September 2021; announced."""
    on_day("2026-11-22")
    made = commission(kg_tj, title="Council", started_on="2020-01-01")
    session(made, started_on="2020-03-12")
    sweep()
    made.refresh_from_db()
    return made


def test_a_longer_cadence_lets_the_lapse_vanish_and_says_who_is_told(council: Commission, bakyt: User) -> None:
    Subscription.objects.create(user=bakyt, states=["active"], every="day")
    council.cadence = 3650
    foreseen = council.foresee({}, {})
    [one] = foreseen.outcomes
    assert (one.states, one.due_days) == (("dormant", "active"), (date(2021, 3, 12), date(2030, 3, 10)))
    assert [run.began_on for run in one.vanishing] == [date(2021, 9, 11)]
    assert not one.appearing and not one.moving
    [mail] = foreseen.mails
    assert (mail.user, mail.named, mail.digest, mail.changes) == (bakyt, True, "day", 1)
    assert foreseen.sentences() == [
        "“Council”: dormant → active until 10 March 2028.",
        "A lapse vanishes: from 11 September 2021, still open.",
        "Would be mailed: Bakyt, daily digest of 23 November 2026, 06:00 UTC: 1 change.",
    ]


def test_a_grace_moves_the_first_day_of_a_lapse(council: Commission) -> None:
    council.grace = 0
    [one] = council.foresee({}, {}).outcomes
    assert [(old.began_on, new.began_on) for old, new in one.moving] == [(date(2021, 9, 11), date(2021, 3, 13))]
    assert one.changes == [
        "A lapse changes: from 11 September 2021, still open becomes from 13 March 2021, still open."
    ]


def test_what_moves_no_clock_is_not_told(council: Commission) -> None:
    council.title, council.summary, council.cadence = "Renamed", "…", 365
    assert council.foresee({}, {}) is None


def test_a_due_day_alone_stops_nobody(council: Commission, on_day: Any) -> None:
    on_day("2020-06-01")
    council.cadence = 400
    assert council.foresee({}, {}) is None


def test_a_clause_concerns_the_commission_under_it(council: Commission, kg_tj: Pair) -> None:
    treaty = agreement(kg_tj, title="Treaty")
    council.parent = treaty
    write.save(council, by=write.SYSTEM)
    treaty.meeting_clause_days = 3650
    [one] = treaty.foresee({}, {}).outcomes
    assert (one.initiative.title, one.states, one.after.cadence_source) == ("Council", ("dormant", "active"), "clause")


def test_what_moves_under_another_moves_the_clocks_of_both(council: Commission, kg_tj: Pair) -> None:
    session(council, started_on="2026-10-01")
    old, new = (agreement(kg_tj, title=title, rhythm="regular", cadence=2000) for title in ("Old", "New"))
    council.parent = old
    write.save(council, by=write.SYSTEM)
    council.parent = new
    found = {one.initiative.title: one.states for one in council.foresee({}, {}).outcomes}
    assert found == {"Old": ("active", "dormant"), "New": ("dormant", "active")}


def test_the_signature_counts_for_what_an_agreement_is_put_under(kg_tj: Pair, on_day: Any) -> None:
    on_day("2026-11-22")
    frame, protocol = agreement(kg_tj, title="Frame", rhythm="regular"), agreement(kg_tj, signed_on="2026-05-01")
    protocol.parent = frame
    [one] = protocol.foresee({}, {}).outcomes
    assert (one.initiative.title, one.states) == ("Frame", ("dormant", "active"))
    write.save(protocol, by=write.SYSTEM)
    protocol.signed_on = "2018-05-01"
    [one] = protocol.foresee({}, {}).outcomes
    assert one.states == ("active", "dormant")


def test_what_people_wrote_on_a_lapse_is_kept_aside_and_comes_back(council: Commission) -> None:
    lapse = council.lapses.get()
    lapse.cause = "An epidemic"
    write.save(lapse, by=write.SYSTEM)
    council.cadence = 3650
    [one] = council.foresee({}, {}).outcomes
    assert one.aside == (lapse,)
    assert "is kept aside, and comes back if the lapse does" in one.warnings[0]
    write.save(council, by=write.SYSTEM)
    assert Lapse.objects.get().void
    council.cadence = None
    [one] = council.foresee({}, {}).outcomes
    assert one.back == (lapse,)
    assert one.warnings == ["What people wrote on the lapse from 11 September 2021 comes back."]


def test_a_draft_changes_nothing_that_is_public(kg_tj: Pair, on_day: Any) -> None:
    on_day("2026-11-22")
    draft = commission(kg_tj, title="Council", visibility="draft")
    draft.cadence = 30
    assert draft.foresee({}, {}) is None
    assert foresight.of_publishing(draft) == [
        "Nothing public changes until it is published.",
        "“Council”: not public → dormant.",
        "A lapse appears: from 2 March 2016, still open.",
    ]


def test_publishing_counts_what_was_held_and_is_told_to_the_clocks_above(council: Commission, bakyt: User) -> None:
    Subscription.objects.create(user=bakyt, every="once")
    treaty = agreement(council.pair, title="Treaty", rhythm="regular", cadence=2000)
    group = commission(council.pair, title="Group", parent=treaty, visibility="draft")
    session(group, started_on="2026-10-01")
    group.visibility = "published"
    foreseen = group.foresee({}, {})
    assert {one.initiative.title: one.states for one in foreseen.outcomes} == {
        "Treaty": ("dormant", "active"),
        "Group": ("", "active"),
    }
    write.save(group, by=write.SYSTEM)
    group.visibility = "draft"
    assert {one.initiative.title: one.states for one in group.foresee({}, {}).outcomes} == {
        "Treaty": ("active", "dormant"),
        "Group": ("active", ""),
    }


def test_a_treaty_without_a_rhythm_is_published_without_a_question(kg_tj: Pair, on_day: Any) -> None:
    on_day("2026-11-22")
    treaty = agreement(kg_tj, visibility="draft")
    treaty.visibility = "published"
    assert treaty.foresee({}, {}) is None


def test_a_new_initiative_that_is_published_at_once(kg_tj: Pair, on_day: Any) -> None:
    on_day("2026-11-22")
    frame = agreement(kg_tj, title="Frame", rhythm="regular")
    values = {"type": "PROTOCOL", "signed_on": "2026-05-01", "rhythm": "irregular", "visibility": "published"}
    found = Agreement(pair=kg_tj, title="New", parent=frame, **values).foresee({}, {}).outcomes
    assert [(one.initiative.title, *one.states) for one in found] == [
        ("Frame", "dormant", "active"),
        ("New", "", "episodic"),
    ]


@pytest.mark.parametrize("rows", [{}, {"suspensions": []}])
def test_suspensions_are_as_typed_or_as_on_file(council: Commission, rows: dict[str, Any]) -> None:
    with write.change(council, by=write.SYSTEM):
        council.suspensions.create(started_on="2026")
    foreseen = council.foresee(rows, {})
    assert [one.states for one in foreseen.outcomes] == ([("suspended", "dormant")]) if rows else foreseen is None


def test_of_many_lapses_the_first_are_named_and_the_rest_counted() -> None:
    runs = tuple(rules.Lapse(date(year, 1, 1), date(year, 2, 1), "activity") for year in range(2000, 2010))
    changes = foresight.Outcome(Commission(), None, None, appearing=runs).changes
    assert len(changes) == 7
    assert changes[0] == "A lapse appears: from 1 January 2000 to 1 February 2000, ended by activity."
    assert changes[-1] == "4 more lapses."


def test_who_is_told_follows_the_fields_as_typed(council: Commission, bakyt: User) -> None:
    theatre, film = Term.objects.filter(vocabulary="field")[:2]
    Subscription.objects.create(user=bakyt, states=["active"], field=theatre)
    council.cadence = 3650
    assert [mail.user for mail in council.foresee({}, {"fields": [theatre]}).mails] == [bakyt]
    assert council.foresee({}, {"fields": [film]}).mails == ()


def test_only_people_of_the_desks_and_registrars_are_named(
    council: Commission, aigul: User, nurlan: User, sardor: User, rosa: User
) -> None:
    for user in (aigul, nurlan, sardor, rosa):
        Subscription.objects.create(user=user, states=["active"])
    council.cadence = 3650
    foreseen = council.foresee({}, {})
    assert ({mail.user for mail in foreseen.told}, foreseen.others) == ({aigul, rosa}, 2)
    [said] = [sentence for sentence in foreseen.sentences() if sentence.startswith("Would be mailed")]
    assert "2 other people" in said
    assert "Nurlan" not in said and "Sardor" not in said


def test_the_token_stands_for_what_was_shown(council: Commission, bakyt: User) -> None:
    def token(**fields: Any) -> str:
        for name, value in fields.items():
            setattr(council, name, value)
        return council.foresee({}, {}).token

    first = token(cadence=3650)
    assert token(cadence=3650, title="Renamed") == first
    assert token(cadence=3000) != first
    Subscription.objects.create(user=bakyt, states=["active"])
    assert token(cadence=3650) != first


# Tracking days of a pair -------------------------------------------------------------------------------------------


def test_tracking_days_concern_what_inherits_them_and_is_public(council: Commission, kg_tj: Pair) -> None:
    own = {"tracking": "own", "tracked_from": "2015-01-01"}
    commission(kg_tj, title="Own", **own)
    commission(kg_tj, title="Draft", visibility="draft")
    commission(kg_tj, title="Staff", visibility="staff_only")
    kg_tj.tracked_from = date(2026, 1, 1)
    [one] = kg_tj.foresee({}, {}).outcomes
    assert (one.initiative.title, one.states) == ("Council", ("dormant", "due"))
    kg_tj.refresh_from_db()
    kg_tj.tracking_basis = "declared"
    assert kg_tj.foresee({}, {}) is None


def test_many_are_counted_and_cost_no_more_queries(council: Commission, kg_tj: Pair, bakyt: User) -> None:
    Subscription.objects.create(user=bakyt, states=["untracked"])
    kg_tj.tracked_from = kg_tj.tracking_basis = None

    def foreseen() -> tuple[Any, int]:
        with CaptureQueriesContext(connection) as queries:
            return kg_tj.foresee({}, {}), len(queries)

    few, queries = foreseen()
    rows = [Commission(pair=kg_tj, title=f"Body {n}", started_on="2016-01-01", rhythm="regular") for n in range(30)]
    with door.deferred():
        for row in rows:
            row.visibility = "published"
            write.save(row, by=write.SYSTEM)
    many, more_queries = foreseen()
    assert (few.more, len(many.named), many.more) == (0, 10, 21)
    assert many.counted == [("dormant", "untracked", 21)]
    assert many.lapses == [("lapses that vanish", 31)]
    assert [(mail.user, mail.changes) for mail in many.mails] == [(bakyt, 31)]
    # what inherits, its activity and suspensions twice, its lapses; wishes, seats
    assert (queries, more_queries) == (8, 8)


# It comes as it was foreseen ---------------------------------------------------------------------------------------

TODAY = date(2005, 3, 1)
"""Later than every day of a history but the last ones of some suspensions."""


@dataclass(frozen=True)
class Change:
    """What is done to one of the four initiatives, or, with target 4, to the pair."""

    target: int
    facts: Facts
    parent: int
    visibility: str


changes = st.builds(
    Change,
    target=st.integers(0, 4),
    facts=histories,
    parent=st.integers(0, 3),
    visibility=rarely(st.sampled_from(["draft", "staff_only"]), "published"),
)


@pytest.mark.django_db
@hypothesis_settings(PROPERTY, max_examples=12)
@given(st.lists(histories, min_size=4, max_size=4), changes, st.booleans())
def test_what_is_foreseen_is_what_comes(many: list[Facts], change: Change, inherited: bool) -> None:
    with transaction.atomic(), override_settings(CLOCK=TODAY):
        family = put(many, inherited)
        Lapse.objects.filter(pk__in=list(Lapse.objects.values_list("pk", flat=True))[::2]).update(cause="Known")
        record, rows = changed(family, change)
        was, notices = told(), set(Notice.objects.values_list("pk", flat=True))
        void = voided()
        foreseen = record.foresee(rows, {})
        assert told() == was, "Finding out has changed something."
        with write.change(record, by=write.SYSTEM):
            record.save()
            for name, made in rows.items():
                getattr(record, name).all().delete()
                for row in made:
                    setattr(row, "initiative" if name == "suspensions" else "agreement", record)
                    row.save()
        sweep()
        outcomes = {one.initiative.pk: one for one in (foreseen.outcomes if foreseen else ())}
        for pk, now in told().items():
            before = was.get(pk)
            if pk in outcomes:
                assert predicted(outcomes[pk], before) == now
            else:
                # nothing was foreseen of it; alone, another due day does not count
                assert before[:2] == now[:2] if not foreseen else before == now
        for pk in was.keys() - told().keys():  # withdrawn: told where a clock ran, or where it had ever lapsed
            assert outcomes[pk].after is None if pk in outcomes else was[pk][0] in rules.FIXED and not was[pk][1]
        fresh = Notice.objects.exclude(pk__in=notices).exclude(transition=None).values_list("user", "digest", "due_at")
        mails = foreseen.mails if foreseen else ()
        assert Counter(fresh) == Counter({(m.user.pk, m.digest, m.due_at): m.changes for m in mails})
        aside = {lapse.pk for one in outcomes.values() for lapse in one.aside}
        back = {lapse.pk for one in outcomes.values() for lapse in one.back}
        assert voided() == (void | aside) - back
        transaction.set_rollback(True)


Told = tuple[str, list[tuple[date, date | None, str]], date | None]


def told() -> dict[int, Told]:
    """Return what everyone is told of each public initiative: state, lapses, due day."""
    rows = list(Initiative.objects.filter(visibility="published"))
    lapses: dict[int, list] = {row.pk: [] for row in rows}
    for lapse in Lapse.objects.filter(initiative__in=rows, void=False).order_by("began_on"):
        lapses[lapse.initiative_id].append((lapse.began_on, lapse.ended_on, lapse.ended_by))
    found = states.answers(rows, TODAY)
    return {pk: (str(answer.state), lapses[pk], answer.due_on) for pk, answer in found.items()}


def voided() -> set[int]:
    return set(Lapse.objects.filter(void=True).values_list("pk", flat=True))


def predicted(one: foresight.Outcome, before: Told | None) -> Told:
    """Return what would be told of an initiative by what was told before and what is foreseen."""

    def plain(run: rules.Lapse) -> tuple[date, date | None, str]:
        return run.began_on, run.ended_on, run.ended_by

    lapses = set(before[1] if before else [])
    gone = {*map(plain, one.vanishing), *(plain(old) for old, _new in one.moving)}
    assert gone <= lapses
    lapses = lapses - gone | {*map(plain, one.appearing), *(plain(new) for _old, new in one.moving)}
    assert one.after is not None
    return str(one.after.state), sorted(lapses, key=lambda run: run[0]), one.after.due_on


def put(many: list[Facts], inherited: bool) -> list[Any]:
    """Store an agreement, a protocol under it, its commission and a programme under that, each with its history."""
    Country.objects.bulk_create([Country(code="KG"), Country(code="TJ")], ignore_conflicts=True)
    pair = Pair.objects.between("KG", "TJ")
    pair.tracked_from, pair.tracking_basis = date(2001, 1, 1), "assumed"
    pair.save()
    source = Source.objects.create(kind="PRESS", visibility="published")
    family: list[Any] = [kind(pair=pair, title="…") for kind in (Agreement, Agreement, Commission, Programme)]
    for place, (row, facts) in enumerate(zip(family, many, strict=True)):
        row.parent = family[place - 1] if place else None
        give(row, facts, inherited)
        row.visibility = "published"
        row.save()
        for name, made in rows_of(row, facts).items():
            for one in made:
                setattr(one, "initiative" if name == "suspensions" else "agreement", row)
                one.save()
            if name == "actions":
                reports.write_suspensions(row)
        ActivityEntry.objects.bulk_create(
            ActivityEntry(initiative=row, what="…", started_on=str(on), substantive=substantive, source=source)
            for on, substantive in facts.activities
        )
    door.rebuild()
    users = [person(name) for name in ("anna", "boris", "clara")]
    Subscription.objects.create(user=users[0], every="once", states=list(rules.State.values))
    Subscription.objects.create(user=users[0], every="month")
    Subscription.objects.create(user=users[1], every="week", initiative_id=family[2].pk)
    Subscription.objects.create(user=users[2], every="day", country_id="TJ", states=["active", "untracked"])
    sweep()
    return [Initiative.objects.get(pk=row.pk).child for row in family] + [Pair.objects.get()]


def give(row: Any, facts: Facts, inherited: bool) -> None:
    """Give a record what the facts say of its own."""
    row.started_on, row.ended_on = (str(on or "") for on in (facts.start, facts.end))
    if isinstance(row, Agreement):
        row.type, row.signed_on = "TREATY", row.started_on
        row.declared_status = {"negotiation": "DRAFT", "ended": "EXPIRED"}.get(facts.stated, "SIGNED")
        row.meeting_clause_days = facts.clause
    row.rhythm, row.cadence, row.grace = facts.rhythm, facts.cadence, facts.grace
    own = facts.tracked_from is not None and not inherited
    row.tracking = "own" if own else "inherit" if inherited else "none"
    row.tracked_from, row.tracked_until = (facts.tracked_from, facts.tracked_until) if own else (None, None)


def rows_of(row: Any, facts: Facts) -> dict[str, list[Any]]:
    """Return the child rows that suspend a record as the facts say: of an agreement its actions."""
    if not isinstance(row, Agreement):
        pairs = [(str(first), str(last or "")) for first, last in facts.suspensions]
        return {"suspensions": [Suspension(started_on=first, ended_on=last) for first, last in pairs]}
    acts = [("SUSPEND", first) for first, _last in facts.suspensions]
    acts += [("RESUME", last + timedelta(1)) for _first, last in facts.suspensions if last]
    return {"actions": [AgreementAction(action=action, acted_on=str(on)) for action, on in acts]}


def changed(family: list[Any], change: Change) -> tuple[Any, dict[str, list[Any]]]:
    """Return the record with the change made and not saved, and its child rows as they would be."""
    record, facts = family[change.target], change.facts
    if isinstance(record, Pair):
        record.tracked_from, record.tracked_until = facts.tracked_from, None
        if facts.tracked_from and facts.tracked_until and facts.tracked_until >= facts.tracked_from:
            record.tracked_until = facts.tracked_until
        return record, {}
    give(record, facts, record.tracking == "inherit" and facts.clause is not None)
    record.visibility = change.visibility
    if change.parent < change.target:
        record.parent_id = family[change.parent].pk
    elif change.parent == change.target:
        record.parent = None
    return record, rows_of(record, facts)
