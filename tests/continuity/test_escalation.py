"""What stays unanswered: the deputy after 30 days, the lead of the desk after 60, then nobody."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from continuity import notices, sweep
from continuity.models import Notice, Subscription
from registry.core import write
from registry.core.models import DeskRole, Pair, User
from tests.cast import commission, event, session

TOLD_ON = "2021-03-13"
"""The council became overdue, and whoever follows it at once was told. 30 days on: 12 April; 60: 12 May."""


@pytest.fixture
def council(kg_tj: Pair, on_day: Callable[[str], date]) -> Any:
    """A commission that met on 12 March 2020 and is announced: overdue from 13 March 2021."""
    on_day("2020-04-01")
    council = commission(kg_tj, title="Council", started_on="2020-01-01", grace=3000)
    session(council)
    sweep.sweep()
    return council


@pytest.fixture
def day(on_day: Callable[[str], date]) -> Callable[[str], list[Notice]]:
    """Return a function that lets a day pass and returns the notices of deputies and leads written by then."""

    def pass_day(text: str) -> list[Notice]:
        on_day(text)
        sweep.sweep()
        notices.send_notices()
        return list(Notice.objects.exclude(role="").order_by("pk"))

    return pass_day


@pytest.fixture
def aigul_told(council: Any, aigul: User, bakyt: User, day: Any) -> Notice:
    """Aigul follows the council at once and was told; Bakyt is her deputy."""
    User.objects.filter(pk=aigul.pk).update(deputy=bakyt)
    Subscription.objects.create(user=aigul, every="once")
    assert day(TOLD_ON) == []
    return aigul.notices.get()


def lead(user: User) -> None:
    DeskRole.objects.filter(user=user).update(lead=True)


def roles(told: list[Notice]) -> list[tuple[str, str]]:
    return [(str(one.user), str(one.role)) for one in told]


def test_the_deputy_after_thirty_days_the_lead_after_sixty_then_nobody(
    aigul_told: Notice, bakyt: User, farrukh: User, gulnora: User, day: Any, mailoutbox: list
) -> None:
    lead(bakyt)
    lead(gulnora)  # of the other side, whose reader has not been waited for
    assert day("2021-04-11") == []
    assert roles(day("2021-04-12")) == [("Bakyt", "deputy")]
    assert roles(day("2021-05-11")) == [("Bakyt", "deputy")]
    assert roles(day("2021-05-12")) == [("Bakyt", "deputy"), ("Bakyt", "lead")]
    assert len(day("2023-05-12")) == 2
    assert [message.to[0].split("@")[0] for message in mailoutbox] == ["aigul", "bakyt", "bakyt"]
    assert not Notice.objects.exclude(next_role="").exists()


def test_a_second_sweep_finds_no_step_to_take(aigul_told: Notice, day: Any) -> None:
    assert len(day("2021-04-12")) == 1
    assert sweep.sweep() == sweep.Swept(0, 0, 0)
    Notice.objects.filter(pk=aigul_told.pk).update(next_role="deputy")  # as if the step had not been marked
    assert len(day("2021-04-13")) == 1


def test_the_mail_says_on_whose_behalf_and_since_when(aigul_told: Notice, day: Any, mailoutbox: list) -> None:
    day("2021-04-12")
    assert len(mailoutbox) == 1, "it waits for the morning"
    day("2021-04-13")
    message = mailoutbox[1]
    assert message.subject == (
        "Kyrgyzstan–Tajikistan: Council overdue, 397 days since the last session, unanswered since 13 March 2021"
    )
    text = " ".join(message.body.split())
    assert "Unanswered: Aigul was told on 13 March 2021, and nothing has changed on file since. You are told as" in text
    assert "You are told what others have left unanswered" in text
    assert "You get this because you follow" not in text
    assert "notices/stop" not in text
    assert "List-Unsubscribe" not in message.extra_headers


def test_an_answer_ends_it(aigul_told: Notice, council: Any, day: Any, on_day: Any) -> None:
    on_day("2021-04-02")
    session(council, started_on="2021-04-01", number=2)
    assert day("2021-04-12") == []
    assert not Notice.objects.exclude(next_role="").exists()


def test_an_answer_between_the_steps_ends_it(
    aigul_told: Notice, council: Any, bakyt: User, day: Any, on_day: Any
) -> None:
    lead(bakyt)
    for on in ("2021-04-12", "2021-04-13"):
        assert len(day(on)) == 1
    on_day("2021-04-21")
    session(council, started_on="2021-04-20", number=2)
    assert len(day("2021-05-12")) == 1


def test_what_is_answered_before_the_mail_goes_out_is_not_told(
    aigul_told: Notice, council: Any, day: Any, on_day: Any, mailoutbox: list
) -> None:
    day("2021-04-12")
    session(council, started_on="2021-04-12", number=2)
    on_day("2021-04-13")
    notices.send_notices()
    assert len(mailoutbox) == 1
    assert not Notice.objects.exclude(role="").exists()


def test_a_concern_is_followed_up_until_it_is_settled(
    kg_tj: Pair, aigul: User, bakyt: User, day: Any, on_day: Any, mailoutbox: list
) -> None:
    on_day("2026-05-01")
    User.objects.filter(pk=aigul.pk).update(deputy=bakyt)
    lead(bakyt)
    Subscription.objects.create(user=aigul, every="once")
    concert = event(kg_tj, outcome="PLANNED", started_on="", planned_on="2026-05-10")
    day("2026-05-11")
    assert roles(day("2026-06-10")) == [("Bakyt", "deputy")]
    day("2026-06-11")
    assert "unreported, since 11 May 2026, unanswered since 11 May 2026" in mailoutbox[1].subject
    concert.outcome = "CANCELLED"
    write.save(concert, by=write.SYSTEM)
    assert len(day("2026-07-10")) == 1


@pytest.mark.parametrize(("leads", "told"), [("bakyt gulnora", ["Bakyt", "Gulnora"]), ("gulnora", ["Gulnora"])])
def test_a_reader_from_elsewhere_is_followed_up_at_both_desks(
    council: Any, sardor: User, bakyt: User, gulnora: User, day: Any, leads: str, told: list[str]
) -> None:
    for name in leads.split():
        lead(User.objects.get(username=name))
    Subscription.objects.create(user=sardor, every="once")
    day(TOLD_ON)
    assert sorted(roles(day("2021-05-12"))) == [(name, "lead") for name in told]


def test_a_lead_is_told_once_however_many_have_not_answered(
    council: Any, aigul: User, sardor: User, bakyt: User, day: Any, on_day: Any
) -> None:
    lead(bakyt)
    for user in (aigul, sardor):
        Subscription.objects.create(user=user, every="once")
    day(TOLD_ON)
    assert roles(day("2021-05-12")) == [("Bakyt", "lead")]
    assert Notice.objects.get(role="lead").unanswered == aigul.notices.get()


def test_a_lead_who_has_not_answered_is_not_told_again(council: Any, bakyt: User, day: Any) -> None:
    lead(bakyt)
    Subscription.objects.create(user=bakyt, every="once")
    day(TOLD_ON)
    assert day("2021-05-12") == []


@pytest.mark.parametrize("fields", [{"is_active": False}, {"email": ""}])
def test_who_cannot_be_told_is_passed_over(
    aigul_told: Notice, bakyt: User, gulnora: User, day: Any, fields: dict[str, Any]
) -> None:
    User.objects.filter(pk=bakyt.pk).update(**fields)
    assert day("2021-04-12") == []
    DeskRole.objects.create(user=gulnora, country_id="KG", role="approver", lead=True)
    assert roles(day("2021-05-12")) == [("Gulnora", "lead")]


def test_a_reader_who_has_left_is_followed_up_all_the_same(aigul_told: Notice, aigul: User, day: Any) -> None:
    User.objects.filter(pk=aigul.pk).update(is_active=False)
    assert len(day("2021-04-12")) == 1


def test_a_mail_that_never_went_out_is_not_followed_up(aigul_told: Notice, day: Any) -> None:
    Notice.objects.update(state="failed")
    assert day("2021-06-12") == []


def test_news_that_comes_late_is_not_followed_up(kg_tj: Pair, aigul: User, bakyt: User, day: Any, on_day: Any) -> None:
    """A register of old records was loaded: all of it is news, and nobody was kept waiting for an answer."""
    on_day("2026-11-22")
    User.objects.filter(pk=aigul.pk).update(deputy=bakyt)
    Subscription.objects.create(user=aigul, every="once")
    commission(kg_tj, started_on="2018-01-01")
    event(kg_tj, outcome="PLANNED", started_on="", planned_on="2020-05-10")
    day("2026-11-22")
    day("2026-11-24")
    assert [row.state for row in aigul.notices.all()] == ["sent", "sent"]
    assert day("2027-03-01") == []


def test_news_that_asks_for_nothing_is_not_followed_up(council: Any, aigul: User, bakyt: User, day: Any) -> None:
    User.objects.filter(pk=aigul.pk).update(deputy=bakyt)
    Subscription.objects.create(user=aigul, every="once", states=["active"])
    day(TOLD_ON)
    session(council, started_on="2021-03-14", number=2)
    day("2021-03-14")
    assert aigul.notices.count() == 1
    assert day("2021-05-14") == []


def test_after_downtime_all_that_was_missed_is_one_mail(
    kg_tj: Pair, aigul: User, bakyt: User, day: Any, on_day: Any, mailoutbox: list
) -> None:
    on_day("2020-01-02")
    User.objects.filter(pk=aigul.pk).update(deputy=bakyt)
    for number in range(3):
        commission(kg_tj, title=f"Council {number}", started_on="2020-01-01", grace=3000)
    day("2020-01-02")
    Subscription.objects.create(user=aigul, every="once")
    day("2021-01-01")
    assert len(mailoutbox) == 3
    assert len(day("2021-03-15")) == 3  # both steps at once; nobody leads
    day("2021-03-16")
    assert [message.to[0] for message in mailoutbox[3:]] == ["bakyt@example.org"]
    assert mailoutbox[3].body.count("Unanswered:") == 3
