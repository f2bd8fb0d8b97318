"""Agreements, commissions, sessions, commitments: what they refuse, and what follows from their dates."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from agreements import reports
from agreements.models import Agreement, AgreementAction, Commission, Commitment, Session
from agreements.models.commission import activity_day
from continuity.models import Initiative
from registry.core import write
from registry.core.models import Pair
from tests.cast import agreement, commission, programme, session
from tests.everything import keep


@pytest.fixture(autouse=True)
def _today(on_day: Any) -> None:
    on_day("2026-11-22")


def refused(record: Any) -> dict[str, list[str]]:
    """Return field → sentences of what is wrong with a record."""
    with pytest.raises(ValidationError) as error:
        record.full_clean(exclude=record.DERIVED)
    return error.value.message_dict


def an_agreement(pair: Pair, **fields: Any) -> Agreement:
    defaults = {"title": "Treaty", "type": "TREATY", "rhythm": "irregular", "signed_on": "2016-01-10"}
    return Agreement(**{"pair": pair, **defaults, **fields})


# What is refused, with field, value and remedy -----------------------------------------------------------------------


def test_an_end_before_the_signature(kg_tj: Pair) -> None:
    wrong = refused(an_agreement(kg_tj, ended_on="2015"))
    assert wrong == {"ended_on": ["“2015” lies before “2016-01-10” (signed on). Correct the one that is wrong."]}


def test_a_day_that_is_none(kg_tj: Pair) -> None:
    (sentence,) = refused(an_agreement(kg_tj, signed_on="10.01.2016"))["signed_on"]
    assert sentence.startswith("“10.01.2016” is not a date of the calendar. Write a year, a month or a day as")


def test_a_signature_in_the_future(kg_tj: Pair) -> None:
    (sentence,) = refused(an_agreement(kg_tj, signed_on="2027"))["signed_on"]
    assert sentence == "“2027” lies in the future, so it cannot have happened. Mend the day or leave it empty."
    an_agreement(kg_tj, signed_on="2026").full_clean(exclude=Agreement.DERIVED)  # this year, perhaps already


def test_a_code_of_no_list(kg_tj: Pair) -> None:
    assert "'PACT'" in refused(an_agreement(kg_tj, type="PACT"))["type"][0]


def test_titles_that_are_no_mapping(kg_tj: Pair) -> None:
    assert "Write it as a mapping" in refused(an_agreement(kg_tj, titles=["Договор"]))["titles"][0]


@pytest.mark.parametrize(("cadence", "right"), [(0, False), (1, True), (36525, True), (36526, False)])
def test_a_cadence_the_rule_can_reckon_with(kg_tj: Pair, cadence: int, right: bool) -> None:
    record = an_agreement(kg_tj, cadence=cadence)
    if right:
        record.full_clean(exclude=record.DERIVED)
    else:
        assert list(refused(record)) == ["cadence"]


def test_tracking_days_of_its_own(kg_tj: Pair) -> None:
    day = date(2018, 1, 1)
    assert "Enter it, or choose" in refused(an_agreement(kg_tj, tracking="own"))["tracked_from"][0]
    assert "choose “Own days”" in refused(an_agreement(kg_tj, tracking="inherit", tracked_from=day))["tracking"][0]
    assert (
        "before the first"
        in refused(an_agreement(kg_tj, tracking="own", tracked_from=day, tracked_until=date(2017, 1, 1)))[
            "tracked_until"
        ][0]
    )
    an_agreement(kg_tj, tracking="own", tracked_from=day, tracked_until=day).full_clean(exclude=Agreement.DERIVED)


# The tree ------------------------------------------------------------------------------------------------------------


def test_it_stands_under_an_initiative_of_the_same_pair(kg_tj: Pair) -> None:
    theirs = agreement(Pair.objects.between("KZ", "UZ"))
    assert refused(an_agreement(kg_tj, parent=theirs))["parent"] == [
        "It belongs to another pair. Choose an initiative of the same pair."
    ]


def test_it_is_at_most_five_deep_however_it_is_put_together(kg_tj: Pair) -> None:
    chain: list[Agreement] = []
    for _level in range(5):
        chain.append(agreement(kg_tj, parent=chain[-1] if chain else None))
    assert "more than five deep" in refused(an_agreement(kg_tj, parent=chain[-1]))["parent"][0]
    top = agreement(kg_tj)
    chain[0].parent = top
    assert "more than five deep" in refused(chain[0])["parent"][0]
    chain[1].parent = top
    chain[1].full_clean(exclude=Agreement.DERIVED)


def test_it_does_not_stand_under_itself(kg_tj: Pair) -> None:
    top = agreement(kg_tj)
    middle = agreement(kg_tj, parent=top)
    low = agreement(kg_tj, parent=middle)
    for parent in (low, middle):
        top.parent = parent
        assert "circle" in refused(top)["parent"][0]
    top.parent = top
    assert "circle" in refused(top)["parent"][0]


# What follows --------------------------------------------------------------------------------------------------------


def test_it_starts_on_the_day_of_signature(kg_tj: Pair) -> None:
    treaty = agreement(kg_tj, signed_on="2016-01", started_on="1990")
    treaty.refresh_from_db()
    assert (treaty.started_on, treaty.sort_day, treaty.kind) == ("2016-01", date(2016, 1, 1), "agreement")


@pytest.mark.parametrize(
    ("status", "state"),
    [("DRAFT", "planned"), ("EXPIRED", "concluded"), ("TERMINATED", "concluded"), ("IN_FORCE", "episodic")],
)
def test_what_the_declared_status_says_where_no_date_says_it(kg_tj: Pair, status: str, state: str) -> None:
    treaty = agreement(kg_tj, signed_on="", declared_status=status)
    assert Initiative.objects.get(pk=treaty.pk).fixed_state == state


@pytest.mark.parametrize(
    ("fields", "day", "status"),
    [
        ({"signed_on": "2016-01-10"}, "2016-01-10", "SIGNED"),
        ({"signed_on": "2016-01-10"}, "2016-01-09", "UNKNOWN"),
        ({"signed_on": "2016"}, "2016-06-01", "UNKNOWN"),  # perhaps not yet
        ({"signed_on": "2016-01-10", "in_force_on": "2017-03"}, "2017-03-30", "SIGNED"),
        ({"signed_on": "2016-01-10", "in_force_on": "2017-03"}, "2017-03-31", "IN_FORCE"),
        ({"in_force_on": "2017", "ended_on": "2020-05"}, "2020-05-31", "IN_FORCE"),
        ({"in_force_on": "2017", "ended_on": "2020-05"}, "2020-06-01", "EXPIRED"),
        ({"signed_on": "", "declared_status": "DRAFT"}, "2020-01-01", "DRAFT"),
        ({"signed_on": "", "declared_status": "IN_FORCE"}, "2020-01-01", "UNKNOWN"),
    ],
)
def test_the_status_that_the_dates_give(fields: dict[str, str], day: str, status: str) -> None:
    assert Agreement(**fields).computed_status(date.fromisoformat(day)) == status


def test_search_finds_the_words_of_articles(kg_tj: Pair) -> None:
    treaty = agreement(kg_tj)
    with write.change(treaty, by=write.SYSTEM):
        treaty.save()
        treaty.articles.create(number=1, heading="Кино", text="Обмен фильмами")
    assert list(Agreement.objects.search("obmen kino kyrgyzstan")) == [treaty]


def test_an_agreement_that_ends_soon_is_a_concern(kg_tj: Pair) -> None:
    agreement(kg_tj, title="Far", ended_on="2027-01-22")
    agreement(kg_tj, title="Over", ended_on="2026-11-21")
    agreement(kg_tj, title="Hidden", ended_on="2026-12-31", visibility="draft")
    near = agreement(kg_tj, title="Near", ended_on="2027-01-21")
    (worry,) = reports.ending_agreements(date(2026, 11, 22))
    assert (worry.record_id, worry.since, worry.initiative_id) == (near.pk, date(2026, 11, 22), near.pk)


# Sessions ------------------------------------------------------------------------------------------------------------


def test_a_session_held_in_the_future(kg_tj: Pair) -> None:
    body = commission(kg_tj)
    wrong = refused(Session(commission=body, outcome="HELD", started_on="2026-12-01"))
    assert "“2026-12-01” lies in the future" in wrong["started_on"][0]
    Session(commission=body, outcome="PLANNED", planned_on="2026-12-01").full_clean()


def test_a_session_that_ends_before_it_begins_or_was_told_of_too_early(kg_tj: Pair) -> None:
    fields = {"commission": commission(kg_tj), "outcome": "HELD", "started_on": "2020-03-12"}
    assert "“2020-03-11” lies before “2020-03-12”" in refused(Session(**fields, ended_on="2020-03-11"))["ended_on"][0]
    wrong = refused(Session(**fields, reported_on=date(2020, 3, 11)))
    assert wrong["reported_on"] == ["It lies before “2020-03-12”, the day it began. Correct either day."]


def test_a_number_is_given_once_and_none_as_often_as_need_be(kg_tj: Pair) -> None:
    body = commission(kg_tj)
    session(body, number=1)
    session(body, number=None), session(body, number=None)
    assert "__all__" in refused(Session(commission=body, number=1))


def test_what_a_session_is_called(kg_tj: Pair) -> None:
    body = commission(kg_tj, title="Council")
    assert str(session(body, number=2)) == "Session 2, Council"
    assert str(session(body, number=None)) == "Session, Council"


def test_the_day_that_counts() -> None:
    assert activity_day(Session(started_on="")) is None
    assert activity_day(Session(started_on="2020")) == date(2020, 12, 31)
    assert activity_day(Session(started_on="2020", reported_on=date(2020, 2, 1))) == date(2020, 2, 1)


def test_lists_order_a_session_by_when_it_began_or_was_to(kg_tj: Pair) -> None:
    body = commission(kg_tj)
    assert session(body, started_on="2020-03").sort_day == date(2020, 3, 31)
    assert session(body, started_on="", outcome="PLANNED", planned_on="2027").sort_day == date(2027, 12, 31)
    assert session(body, started_on="", outcome="PLANNED").sort_day == date.min


# Commitments ---------------------------------------------------------------------------------------------------------


def test_a_promise_has_one_origin_of_its_pair(kg_tj: Pair) -> None:
    theirs = session(commission(Pair.objects.between("KZ", "UZ")))
    assert "of another pair" in refused(Commitment(pair=kg_tj, text="…", session=theirs))["session"][0]
    article = agreement(kg_tj).articles.create(number=1, text="…")
    both = Commitment(pair=kg_tj, text="…", session=session(commission(kg_tj)), article=article)
    assert refused(both)["article"] == ["A session is given too. Keep the one that promises it."]
    foreign = agreement(Pair.objects.between("KZ", "UZ")).articles.create(number=1, text="…")
    assert "to another pair" in refused(Commitment(pair=kg_tj, text="…", article=foreign))["article"][0]


def test_a_promise_due_before_it_was_made(kg_tj: Pair) -> None:
    wrong = refused(Commitment(pair=kg_tj, text="…", promised_on="2020-05", due_on="2020-04"))
    assert "“2020-04” lies before “2020-05”" in wrong["due_on"][0]


@pytest.mark.parametrize(
    ("state", "day", "shown"),
    [
        ("OPEN", "2020-05-31", "OPEN"),
        ("OPEN", "2020-06-01", "OVERDUE"),
        ("IN_PROGRESS", "2020-06-01", "OVERDUE"),
        ("CARRIED_OVER", "2020-06-01", "OVERDUE"),
        ("DONE", "2020-06-01", "DONE"),
        ("DROPPED", "2020-06-01", "DROPPED"),
    ],
)
def test_a_promise_is_overdue_after_its_last_possible_day(kg_tj: Pair, state: str, day: str, shown: str) -> None:
    promise = keep(Commitment(pair=kg_tj, text="…", due_on="2020-05", state=state))
    programme(kg_tj)
    today = date.fromisoformat(day)
    assert promise.state_on(today) == shown
    assert [worry.since for worry in reports.overdue_commitments(today)] == [date(2020, 6, 1)] * (shown == "OVERDUE")


def test_a_promise_without_a_day_is_never_overdue(kg_tj: Pair) -> None:
    assert Commitment(text="…").state_on(date(2090, 1, 1)) == "OPEN"


# Actions -------------------------------------------------------------------------------------------------------------


def test_an_action_that_stops_the_clock_needs_its_day() -> None:
    for action in ("SUSPEND", "RESUME"):
        with pytest.raises(ValidationError) as error:
            AgreementAction(action=action).clean()
        assert list(error.value.message_dict) == ["acted_on"]
    AgreementAction(action="RATIFY").clean()


def test_suspensions_come_from_actions_alone_so_they_are_no_edited_rows() -> None:
    assert "suspensions" not in Agreement.ROWS
    assert "suspensions" in Commission.ROWS
