"""Queueing by set: whom it tells, how and when, must be what asking each wish about each piece of news finds."""

from collections.abc import Iterable
from datetime import date
from itertools import product
from random import Random
from typing import Any

import pytest
from django.db.models import Q, Value

from continuity import notices, sets
from continuity.models import Concern, Initiative, Notice, Subscription, Transition
from continuity.notices import News, awaits_answer, digest_of, due_at, wants
from registry.core import clock, write
from registry.core.models import Pair, Term, User
from tests.cast import commission

EVERY = Subscription.Every.values


@pytest.fixture
def initiatives(kg_tj: Pair) -> list[Initiative]:
    """One commission of KG and TJ on two fields, one of KZ and UZ on none."""
    both, neither = commission(kg_tj, title="Both"), commission(Pair.objects.between("KZ", "UZ"), title="Neither")
    write.save(both, by=write.SYSTEM, links={"fields": fields()})
    return [both, neither]


def fields() -> list[Term]:
    return list(Term.objects.filter(vocabulary="field").order_by("pk")[:2])


@pytest.fixture
def wishes(initiatives: list[Initiative], sardor: User, nurlan: User, rosa: User, aigul: User) -> list[Subscription]:
    """Every scope and every two of them, of four people in three time zones; some have stopped, one has left."""
    random = Random(2026)
    targets: dict[str, list[Any]] = {
        "country_id": [None, "KG", "KZ"],
        "pair_id": [None, "KG-TJ", "KZ-UZ"],
        "field_id": [None, *(term.pk for term in fields())],
        "initiative_id": [None, *(row.pk for row in initiatives)],
    }
    scopes = [dict(zip(targets, chosen, strict=True)) for chosen in product(*targets.values())]
    scopes = [scope for scope in scopes if sum(value is not None for value in scope.values()) <= 2]
    for user, zone in ((nurlan, "Asia/Almaty"), (rosa, "America/Sao_Paulo")):
        User.objects.filter(pk=user.pk).update(time_zone=zone)
    User.objects.filter(pk=aigul.pk).update(is_active=False)
    return Subscription.objects.bulk_create(
        Subscription(
            user=random.choice([sardor, sardor, nurlan, rosa, aigul]),
            every=random.choice(EVERY),
            states=random.choice([[], [], ["due"], ["active", "overdue"]]),
            concerns=random.random() < 0.5,
            active=random.random() < 0.9,
            **scope,
        )
        for scope in scopes * 2
    )


def one_by_one(news: Iterable[News]) -> set[tuple]:
    """Ask each wish about each piece of news: what is to be queued, as (news, user, wish, digest, due, next role)."""
    wishes = Subscription.objects.filter(active=True, user__is_active=True).exclude(user__email="").order_by("pk")
    fields_of = {row.pk: {term.pk for term in row.fields.all()} for row in Initiative.objects.all()}
    found = set()
    for one in news:
        soonest: dict[int, tuple[str, Subscription]] = {}
        for wish in wishes.select_related("user"):
            if wants(wish, one, frozenset(fields_of.get(one.initiative_id, ()))):
                digest = digest_of(wish.every, one.late)
                known = soonest.get(wish.user_id)
                if known is None or EVERY.index(digest) < EVERY.index(known[0]):
                    soonest[wish.user_id] = digest, wish
        of = (one.transition or one.concern).pk
        for user, (digest, wish) in soonest.items():
            due, role = due_at(digest, wish.user.time_zone, clock.now()), "deputy" if awaits_answer(one) else ""
            found.add((of, user, wish.pk, digest, due, role))
    return found


def test_transitions(initiatives: list[Initiative], wishes: list[Subscription], on_day: Any) -> None:
    today = on_day("2026-11-22")
    early = date(2026, 1, 1)
    transitions = Transition.objects.bulk_create(
        Transition(initiative=row, number=number, to_state=state, changed_on=early if late else today, swept_on=today)
        for row in initiatives
        for number, (state, late) in enumerate(product(["active", "due", "overdue", "symbolic"], [False, True]))
    )
    news = [
        News(
            pair_id=one.initiative.pair_id,
            initiative_id=one.initiative_id,
            state=one.to_state,
            late=one.changed_on == early,
            transition=one,
        )
        for one in transitions
    ]
    late = notices.flag(Q(changed_on=early))
    rows = Transition.objects.values_list("pk", "initiative__pair", "initiative", "to_state", late)
    queued = notices.queue("transition", *sets.query_of(rows))
    columns = ("transition", "user", "subscription", "digest", "due_at", "next_role")
    assert set(Notice.objects.values_list(*columns)) == one_by_one(news)
    assert queued == Notice.objects.count() > 30
    assert notices.queue("transition", *sets.query_of(rows)) == 0


def test_concerns(initiatives: list[Initiative], wishes: list[Subscription], on_day: Any) -> None:
    today = on_day("2026-11-22")
    about = [(row.pair_id, row.pk) for row in initiatives] + [("KG-TJ", None)]
    concerns = Concern.objects.bulk_create(
        Concern(
            kind="test", key=f"{at}", pair_id=pair, initiative_id=pk, title="", path="", since=today, raised_on=today
        )
        for at, (pair, pk) in enumerate(about)
    )
    news = [
        News(pair_id=one.pair_id, initiative_id=one.initiative_id, late=one.key == "1", concern=one) for one in concerns
    ]
    rows = Concern.objects.values_list("pk", "pair", "initiative", Value(""), notices.flag(Q(key="1")))
    queued = notices.queue("concern", *sets.query_of(rows))
    columns = ("concern", "user", "subscription", "digest", "due_at", "next_role")
    assert set(Notice.objects.values_list(*columns)) == one_by_one(news)
    assert queued == Notice.objects.count() > 3
