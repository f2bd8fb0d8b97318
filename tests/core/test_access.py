"""Who sees and who edits what: every kind of record, every one of the cast, every visibility."""

from typing import Any

import pytest
from django.db import models

from actors.models import Actor
from agreements.models import Agreement, Commission, Commitment, Session
from continuity.models import (
    ActivityEntry,
    Initiative,
    InitiativeParticipation,
    Lapse,
    Milestone,
    Relation,
    TensionEpisode,
)
from events.models import Event, EventParticipation, Fulfilment, Output, Programme, Sent
from registry.core import access, write
from registry.core.access import NOBODY
from registry.core.models import (
    Citation,
    Comment,
    Confirmation,
    Document,
    Framework,
    Indicator,
    Pair,
    Place,
    Source,
    Subject,
    User,
)
from tests.cast import agreement, commission, event, make, person, programme, session
from tests.everything import keep, one_of_each, records


@pytest.fixture
def cast(
    aigul: User, bakyt: User, farrukh: User, gulnora: User, nurlan: User, sardor: User, rosa: User
) -> dict[str, Any]:
    """Everybody by name; Davlat reads at the desk of Tajikistan, Jamila’s account was closed."""
    davlat, jamila = person("davlat", "TJ", "reader"), person("jamila", "KG", "approver", is_active=False)
    named = {user.username: user for user in (aigul, bakyt, farrukh, gulnora, nurlan, sardor, rosa, davlat, jamila)}
    return named | {"public": NOBODY}


EVERYONE = {"public", "sardor", "jamila", "aigul", "bakyt", "farrukh", "gulnora", "davlat", "nurlan", "rosa"}
STAFF = EVERYONE - {"public", "sardor", "jamila"}
DESKS = STAFF - {"nurlan"}
KYRGYZ_DESK = {"aigul", "bakyt", "rosa"}

# Who sees one record of each kind when everything that has a visibility is a draft, is for staff only, is published.
# What has none of its own is seen with its owner: an entry with its programme, an indicator with its pair.
ALIKE = (DESKS, STAFF, EVERYONE)
SEES = {
    **dict.fromkeys([Initiative, Agreement, Commission, Session, Programme, Event, Output, TensionEpisode], ALIKE),
    **dict.fromkeys([ActivityEntry, Commitment, Fulfilment, Relation, Sent, Pair, Indicator, Milestone], ALIKE),
    **dict.fromkeys([Document, Confirmation], ALIKE),
    Comment: (DESKS, STAFF, STAFF),
    Lapse: ALIKE,
    # these belong to one country, or name something that does
    **dict.fromkeys([Actor, InitiativeParticipation, EventParticipation], (KYRGYZ_DESK, STAFF, EVERYONE)),
    **dict.fromkeys([Source, Citation], (KYRGYZ_DESK, STAFF, EVERYONE)),
    **dict.fromkeys([Place, Framework, Subject], (EVERYONE, EVERYONE, EVERYONE)),
}

EDITORS = {"aigul", "bakyt", "farrukh", "gulnora", "rosa"}
EDITS = dict.fromkeys(SEES, EDITORS) | {
    **dict.fromkeys([Actor, Source, Place, Framework], KYRGYZ_DESK),
    Subject: EDITORS | {"nurlan"},
}


def who_sees(rows: models.QuerySet, cast: dict[str, Any]) -> set[str]:
    return {name for name, user in cast.items() if rows.visible_to(user).exists()}


@pytest.mark.parametrize("place", range(3), ids=["draft", "staff_only", "published"])
def test_who_sees_what(kg_tj: Pair, cast: dict[str, Any], place: int) -> None:
    one_of_each(kg_tj, cast["rosa"], ["draft", "staff_only", "published"][place])
    found = {model: who_sees(model.objects.all(), cast) for model in SEES}
    assert found == {model: expected[place] for model, expected in SEES.items()}


def test_every_kind_of_record_is_in_the_table(kg_tj: Pair, rosa: User) -> None:
    made = one_of_each(kg_tj, rosa)
    assert {type(record) for record in records(made)} | {Pair} <= SEES.keys()


@pytest.mark.parametrize("visibility", ["draft", "published"])
def test_who_edits_what(kg_tj: Pair, cast: dict[str, Any], visibility: str) -> None:
    """The list of what somebody may edit and the question asked of one record give one answer."""
    made = one_of_each(kg_tj, cast["rosa"], visibility) | {Pair: kg_tj}
    for record in records(made):
        model = type(record)
        listed = {name for name, user in cast.items() if model.objects.editable_by(user).filter(pk=record.pk).exists()}
        asked = {name for name, user in cast.items() if access.may_edit(user, record)}
        assert (model, listed, asked) == (model, EDITS[model], EDITS[model])


def test_what_belongs_to_no_country_belongs_to_any_desk(cast: dict[str, Any]) -> None:
    source = keep(Source(kind="OFFICIAL_PAGE"))
    body = keep(Actor(name="A union of universities", type="N_UNION", sector="INTERNATIONAL"))
    for record in (source, body):
        assert who_sees(type(record).objects.all(), cast) == STAFF
        assert {name for name, user in cast.items() if access.may_edit(user, record)} == EDITORS | {"nurlan"}


def test_who_publishes(kg_tj: Pair, cast: dict[str, Any]) -> None:
    treaty = agreement(kg_tj, visibility="draft")
    assert {name for name, user in cast.items() if access.may_publish(user, treaty)} == {"bakyt", "gulnora", "rosa"}


def test_a_condition_never_doubles_a_row(kg_tj: Pair, cast: dict[str, Any]) -> None:
    made = one_of_each(kg_tj, cast["rosa"])
    made[Event].promises.set([made[Commitment]])
    other = event(kg_tj, title="Other")
    other.promises.set([made[Commitment]])
    for model in SEES:
        for user in (NOBODY, cast["aigul"]):
            rows = list(model.objects.visible_to(user).values_list("pk", flat=True))
            assert len(rows) == len(set(rows)), model


# What is nested in something hidden is hidden ------------------------------------------------------------------------


def seen_by_all(record: Any) -> bool:
    return type(record).objects.visible_to(NOBODY).filter(pk=record.pk).exists()


def test_a_published_session_of_a_draft_commission(kg_tj: Pair) -> None:
    met = session(commission(kg_tj, visibility="draft"))
    assert met.is_public and not seen_by_all(met)


def test_a_published_event_of_a_draft_programme_is_seen_and_the_programme_is_not(kg_tj: Pair) -> None:
    series = programme(kg_tj, visibility="draft")
    concert = event(kg_tj, initiative=series)
    assert seen_by_all(concert)
    assert not seen_by_all(series) and not seen_by_all(Initiative.objects.get())


def test_the_part_of_a_draft_actor_in_a_published_event(kg_tj: Pair) -> None:
    hidden = keep(Actor(name="Hidden", type="N_CSO", sector="NON_STATE", country_id="KG"))
    shown = keep(Actor(name="Shown", type="N_CSO", sector="NON_STATE", country_id="KG", visibility="published"))
    concert = event(kg_tj)
    for actor in (hidden, shown):
        concert.participations.create(actor=actor, role="ORGANISER")
    assert [part.actor for part in concert.participations.visible_to(NOBODY)] == [shown]


@pytest.mark.parametrize(
    ("treaty_is", "source_is", "expected"),
    [("published", "draft", False), ("draft", "published", False), ("published", "published", True)],
)
def test_a_citation_needs_both_its_record_and_its_source(
    kg_tj: Pair, treaty_is: str, source_is: str, expected: bool
) -> None:
    treaty = agreement(kg_tj, visibility=treaty_is)
    source = keep(Source(kind="OFFICIAL_PAGE", visibility=source_is))
    assert seen_by_all(Citation.objects.create(record=treaty, source=source)) is expected


@pytest.mark.parametrize(
    ("treaty_is", "document_is", "expected"),
    [
        ("published", "draft", DESKS),
        ("draft", "published", DESKS),
        ("published", "staff_only", STAFF),
        ("staff_only", "published", STAFF),
        ("published", "published", EVERYONE),
    ],
)
def test_a_document_needs_its_own_visibility_and_that_of_its_record(
    kg_tj: Pair, cast: dict[str, Any], treaty_is: str, document_is: str, expected: set[str]
) -> None:
    treaty = agreement(kg_tj, visibility=treaty_is)
    keep(Document(record=treaty, kind="TEXT", address="https://example.org/", visibility=document_is))
    assert who_sees(Document.objects.all(), cast) == expected


def test_a_comment_is_for_the_desks(kg_tj: Pair, cast: dict[str, Any]) -> None:
    Comment.objects.create(record=agreement(kg_tj), author=cast["aigul"], text="?")
    assert who_sees(Comment.objects.all(), cast) == STAFF


@pytest.mark.parametrize("visibility", ["draft", "published"])
def test_a_promise_is_seen_with_what_it_comes_from(kg_tj: Pair, visibility: str) -> None:
    """A session’s decision, an article’s promise, a word given at a meeting; one of no origin with its pair."""
    event(kg_tj, title="So that the pair itself is public")
    expected = visibility == "published"

    def promise(**origin: Any) -> Commitment:
        return keep(Commitment(pair=kg_tj, text="A festival", **origin))

    body = commission(kg_tj)
    assert seen_by_all(promise(session=session(body, visibility=visibility))) is expected
    hidden_body = commission(kg_tj, visibility=visibility)
    assert seen_by_all(promise(session=session(hidden_body))) is expected
    treaty = agreement(kg_tj, visibility=visibility)
    assert seen_by_all(promise(article=treaty.articles.create(number=1, text="…"))) is expected
    given = promise()
    assert seen_by_all(given)
    meeting = event(kg_tj, visibility=visibility)
    meeting.promises.add(given)
    assert seen_by_all(given) is expected
    event(kg_tj, title="Second meeting").promises.add(given)
    assert seen_by_all(given)


def test_a_promise_kept_by_something_hidden_is_not_said_to_be_kept(kg_tj: Pair) -> None:
    given = keep(Commitment(pair=kg_tj, text="A festival"))
    keep(Fulfilment(commitment=given, event=event(kg_tj, visibility="draft")))
    shown = keep(Fulfilment(commitment=given, initiative=Initiative.objects.get(pk=programme(kg_tj).pk)))
    assert list(Fulfilment.objects.visible_to(NOBODY)) == [shown]


def test_a_relation_needs_both_ends(kg_tj: Pair) -> None:
    shown, hidden = agreement(kg_tj), agreement(kg_tj, visibility="draft")
    for source, target in ((shown, hidden), (hidden, shown)):
        Relation.objects.create(source=source, kind="AMENDS", target=target)
    assert not Relation.objects.visible_to(NOBODY).exists()


def test_search_finds_nothing_hidden(kg_tj: Pair, aigul: User) -> None:
    agreement(kg_tj, title="Secret talks", visibility="draft")
    assert not Agreement.objects.visible_to(NOBODY).search("secret").exists()
    assert Agreement.objects.visible_to(aigul).search("secret").exists()


# Pairs ---------------------------------------------------------------------------------------------------------------


def test_a_pair_with_nothing_in_it_is_known_to_its_desks_only(kg_tj: Pair, cast: dict[str, Any]) -> None:
    keep(Milestone(pair=kg_tj, title="Visit", kind="STATE_VISIT", started_on="2020"))
    keep(Indicator(pair=kg_tj, what="Students", value=1, unit="people"))
    keep(Commitment(pair=kg_tj, text="A festival"))
    for model in (Pair, Milestone, Indicator, Commitment):
        assert who_sees(model.objects.all(), cast) == DESKS, model


@pytest.mark.parametrize(
    "kind", [Agreement, Commission, Programme, Event, Output, TensionEpisode], ids=lambda kind: kind.__name__
)
def test_a_pair_is_public_when_something_public_is_in_it(kg_tj: Pair, bakyt: User, kind: type) -> None:
    makers = {
        Agreement: lambda: agreement(kg_tj, visibility="draft"),
        Commission: lambda: commission(kg_tj, visibility="draft"),
        Programme: lambda: programme(kg_tj, visibility="draft"),
        Event: lambda: event(kg_tj, visibility="draft"),
        Output: lambda: make(Output, {"visibility": "draft"}, {"pair": kg_tj, "title": "Book", "kind": "FILM"}),
        TensionEpisode: lambda: make(
            TensionEpisode,
            {"visibility": "draft"},
            {"pair": kg_tj, "title": "Closure", "kind": "OTHER", "started_on": "2021"},
        ),
    }
    record = makers[kind]()
    assert not seen_by_all(kg_tj)
    record.visibility = "published"
    write.save(record, by=bakyt)
    assert seen_by_all(kg_tj)
    record.visibility = "staff_only"
    write.save(record, by=bakyt)
    assert not seen_by_all(kg_tj)


def test_the_rule_asks_the_roles_once(kg_tj: Pair, aigul: User, django_assert_num_queries: Any) -> None:
    agreement(kg_tj)
    user = User.objects.get(pk=aigul.pk)
    with django_assert_num_queries(3):  # the roles, then each list
        list(Agreement.objects.visible_to(user))
        list(Agreement.objects.editable_by(user))
