"""What a writer is shown before a clock is changed: of initiatives and pairs, on pages and in the administration."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from agreements.models import Commission
from continuity.models import Subscription
from continuity.sweep import sweep
from registry.core import write
from registry.core.models import Pair, Revision, User
from tests.cast import agreement, commission, event, person, programme, session
from tests.core.test_admin import changed, filled
from tests.sheets import typed

pytestmark = pytest.mark.once

PAIR = "/pairs/KG-TJ/edit/"


@pytest.fixture
def council(kg_tj: Pair, on_day: Callable[[str], date]) -> Commission:
    """A commission that met on 12 March 2020, lapsed from 11 September 2021; announced."""
    on_day("2026-11-22")
    made = commission(kg_tj, title="Council", ref="R52", started_on="2020-01-01")
    session(made, started_on="2020-03-12")
    sweep()
    made.refresh_from_db()
    return made


@pytest.fixture
def at_desk(client: Client, aigul: User) -> Client:
    client.force_login(aigul)
    return client


EDIT = "/commissions/R52/edit/"


def press(client: Client, page: Any, path: str, **changes: Any) -> Any:
    return client.post(path, typed(page, **changes))


# The panel ---------------------------------------------------------------------------------------------------------


def test_the_first_press_shows_and_the_second_saves(at_desk: Client, council: Commission, bakyt: User) -> None:
    Subscription.objects.create(user=bakyt, states=["active"])
    page = press(at_desk, at_desk.get(EDIT), EDIT, cadence="3650", title="The Council", why="By the statute")
    council.refresh_from_db()
    assert (page.status_code, council.cadence, council.version) == (200, None, 1)
    text = page.content.decode()
    for part in ("What this would change", "Dormant", "Active", "A lapse vanishes: from 11 September 2021", "Bakyt"):
        assert part in text
    assert "Save all the same" in text and "Change it" in text
    assert (typed(page)["title"], typed(page)["cadence"], typed(page)["why"]) == (
        ["The Council"], ["3650"], ["By the statute"],
    )  # fmt: skip
    assert press(at_desk, page, EDIT).status_code == 302
    council.refresh_from_db()
    assert (council.cadence, council.title, council.version, council.due_on) == (
        3650, "The Council", 2, date(2030, 3, 10),
    )  # fmt: skip
    assert Revision.objects.filter(ref="R52").first().why == "By the statute"


def test_what_changes_nothing_of_this_is_saved_at_once(at_desk: Client, council: Commission) -> None:
    assert press(at_desk, at_desk.get(EDIT), EDIT, title="Renamed").status_code == 302


def test_what_was_not_shown_is_not_saved(at_desk: Client, council: Commission, bakyt: User) -> None:
    """Neither what was typed after the panel, nor what has come about since, nor what was forged."""
    page = press(at_desk, at_desk.get(EDIT), EDIT, cadence="3650")
    again = press(at_desk, page, EDIT, cadence="30")
    assert "A lapse changes" in again.content.decode()
    assert press(at_desk, again, EDIT, foreseen="x").context["foreseen"]
    Subscription.objects.create(user=bakyt, states=["dormant", "active"])
    assert press(at_desk, page, EDIT).context["foreseen"].told
    council.refresh_from_db()
    assert council.version == 1


def test_a_mistake_is_told_before_what_would_change(at_desk: Client, council: Commission) -> None:
    page = press(at_desk, at_desk.get(EDIT), EDIT, cadence="3650", started_on="May 20")
    assert page.status_code == 422
    assert "What this would change" not in page.content.decode()


def test_a_conflict_after_the_panel_loses_nothing(at_desk: Client, council: Commission, farrukh: User) -> None:
    page = press(at_desk, at_desk.get(EDIT), EDIT, cadence="3650")
    council.title = "Theirs"
    write.save(council, by=farrukh)
    conflict = press(at_desk, page, EDIT)
    assert conflict.status_code == 409
    assert typed(conflict)["cadence"] == ["3650"]
    shown = press(at_desk, conflict, EDIT)
    assert shown.context["foreseen"]
    assert press(at_desk, shown, EDIT).status_code == 302
    council.refresh_from_db()
    assert (council.cadence, council.title) == (3650, "Council")


def test_one_more_row_asks_nothing(at_desk: Client, council: Commission) -> None:
    page = press(at_desk, at_desk.get(EDIT), EDIT, cadence="3650", add="suspensions")
    assert "foreseen" not in page.context


def test_suspensions_as_typed_are_shown(at_desk: Client, council: Commission) -> None:
    page = press(at_desk, at_desk.get(EDIT), EDIT, suspensions__0__started_on="2026-01")
    [one] = page.context["foreseen"].outcomes
    assert one.states == ("dormant", "suspended")
    assert press(at_desk, page, EDIT).status_code == 302
    assert council.suspensions.count() == 1
    page = press(at_desk, at_desk.get(EDIT), EDIT, suspensions__0__DELETE="on")
    assert [one.states for one in page.context["foreseen"].outcomes] == [("suspended", "dormant")]


def test_actions_that_suspend_an_agreement_are_shown(at_desk: Client, kg_tj: Pair, on_day: Any) -> None:
    on_day("2026-11-22")
    treaty = agreement(kg_tj, ref="R1")
    path = "/agreements/R1/edit/"
    typed_in = {"actions__0__action": "SUSPEND", "actions__0__acted_on": "2026-01"}
    page = press(at_desk, at_desk.get(path), path, **typed_in)
    assert [one.states for one in page.context["foreseen"].outcomes] == [("episodic", "suspended")]
    assert press(at_desk, page, path).status_code == 302
    assert treaty.suspensions.get().started_on == "2026-01"


def test_the_end_of_a_programme_is_shown(at_desk: Client, kg_tj: Pair, on_day: Any) -> None:
    on_day("2026-11-22")
    programme(kg_tj, ref="P1")
    path = "/programmes/P1/edit/"
    page = press(at_desk, at_desk.get(path), path, ended_on="2016")
    [one] = page.context["foreseen"].outcomes
    assert (one.states, len(one.vanishing)) == (("dormant", "concluded"), 1)


def test_a_draft_is_saved_at_once_and_says_what_publishing_it_would_change(
    at_desk: Client, council: Commission
) -> None:
    draft = commission(council.pair, title="Group", ref="R53", visibility="draft", parent=None)
    path = f"/commissions/{draft.ref}/edit/"
    page = at_desk.get(path)
    assert page.context["foresight"][0] == "Nothing public changes until it is published."
    assert "“Group”: not public → dormant." in page.context["foresight"]
    assert press(at_desk, page, path, cadence="30").status_code == 302


def test_an_approver_is_shown_what_publishing_changes(client: Client, council: Commission, bakyt: User) -> None:
    commission(council.pair, title="Group", ref="R53", visibility="draft")
    path = "/commissions/R53/edit/"
    client.force_login(bakyt)
    page = press(client, client.get(path), path, visibility="published")
    assert "not public" in page.content.decode()
    assert press(client, page, path).status_code == 302
    assert Commission.objects.get(ref="R53").is_public


@pytest.mark.parametrize("who", ["nurlan", "sardor"])
def test_a_stranger_is_shown_nothing(request: Any, client: Client, council: Commission, who: str) -> None:
    client.force_login(request.getfixturevalue(who))
    last = Revision.objects.filter(ref="R52").first()
    council.cadence = 3650
    write.save(council, by=write.SYSTEM)
    for path in (EDIT, PAIR, reverse("revision-restore", args=[last.pk])):
        assert client.post(path, {"cadence": "30", "version": "1"}).status_code == 403


# Undo --------------------------------------------------------------------------------------------------------------


def test_undo_shows_what_it_would_change_first(at_desk: Client, council: Commission) -> None:
    council.cadence = 3650
    write.save(council, by=write.SYSTEM)
    undo = reverse("revision-restore", args=[Revision.objects.filter(ref="R52").last().pk])
    page = at_desk.post(undo)
    assert "A lapse appears: from 11 September 2021" in page.content.decode()
    council.refresh_from_db()
    assert council.cadence == 3650
    assert at_desk.post(undo, typed(page)).status_code == 302
    council.refresh_from_db()
    assert council.cadence is None


def test_an_undo_of_suspensions_shows_them(at_desk: Client, council: Commission) -> None:
    with write.change(council, by=write.SYSTEM):
        council.suspensions.create(started_on="2026")
    undo = reverse("revision-restore", args=[Revision.objects.filter(ref="R52").last().pk])
    [one] = at_desk.post(undo).context["foreseen"].outcomes
    assert one.states == ("suspended", "dormant")


# The tracking days of a pair ---------------------------------------------------------------------------------------


def test_an_editor_assumes_days_and_both_desks_can_undo_it(
    client: Client, council: Commission, aigul: User, farrukh: User, kg_tj: Pair
) -> None:
    client.force_login(aigul)
    assert PAIR in client.get("/pairs/KG-TJ/").content.decode()
    page = press(client, client.get(PAIR), PAIR, tracked_from="01.01.2026", note="Since the archive was sorted")
    assert [one.states for one in page.context["foreseen"].outcomes] == [("dormant", "due")]
    assert press(client, page, PAIR).status_code == 302
    kg_tj.refresh_from_db()
    assert (kg_tj.tracked_from, kg_tj.tracking_basis, kg_tj.note) == (
        date(2026, 1, 1), "assumed", "Since the archive was sorted",
    )  # fmt: skip
    council.refresh_from_db()
    assert council.due_on == date(2027, 1, 1)
    client.force_login(farrukh)
    history = client.get("/pairs/KG-TJ/history/")
    assert {change.what for change in history.context["steps"][0].changes} == {"Tracked from", "Note"}
    undo = reverse("revision-restore", args=[history.context["steps"][1].revision.pk])
    assert client.post(undo, typed(client.post(undo))).status_code == 302
    kg_tj.refresh_from_db()
    assert kg_tj.tracked_from == date(2015, 1, 1)


def test_the_first_days_of_a_pair_can_be_undone(at_desk: Client, aigul: User) -> None:
    pair = Pair.objects.between("KG", "UZ")
    pair.tracked_from, pair.tracking_basis = date(2020, 1, 1), "assumed"
    write.save(pair, by=aigul)
    first = Revision.objects.filter(ref="KG-UZ").last()
    assert at_desk.post(reverse("revision-restore", args=[first.pk])).status_code == 302
    pair.refresh_from_db()
    assert (pair.tracked_from, pair.tracking_basis) == (None, "")


def test_only_an_approver_declares(client: Client, kg_tj: Pair, aigul: User, gulnora: User) -> None:
    client.force_login(aigul)
    page = client.get(PAIR)
    assert "declared" not in dict(page.context["form"].fields["tracking_basis"].choices)
    assert press(client, page, PAIR, tracking_basis="declared").status_code == 422
    client.force_login(gulnora)
    assert press(client, client.get(PAIR), PAIR, tracking_basis="declared").status_code == 302
    client.force_login(aigul)
    page = client.get(PAIR)
    assert "An approver of either side may change them" in page.content.decode()
    assert press(client, page, PAIR, tracked_from="2020-01-01", note="Sorted").status_code == 302
    kg_tj.refresh_from_db()
    assert (kg_tj.tracked_from, kg_tj.tracking_basis, kg_tj.note) == (date(2015, 1, 1), "declared", "Sorted")


@pytest.mark.parametrize("days", [{"tracking_basis": "declared"}, {"tracked_from": date(2020, 1, 1)}, {}])
def test_the_write_path_lets_no_editor_give_or_take_back_a_word(
    kg_tj: Pair, aigul: User, bakyt: User, days: dict[str, Any]
) -> None:
    if "tracking_basis" not in days:
        kg_tj.tracking_basis = "declared"
        write.save(kg_tj, by=bakyt)
    for name, value in (days or {"tracked_from": None, "tracking_basis": ""}).items():
        setattr(kg_tj, name, value)
    with pytest.raises(write.PermissionDenied, match="Only an approver"):
        write.save(kg_tj, by=aigul)
    write.save(kg_tj, by=bakyt)


def test_days_out_of_order_or_without_a_basis_are_refused(at_desk: Client, kg_tj: Pair) -> None:
    page = at_desk.get(PAIR)
    for wrong in ({"tracked_until": "2014-01-01"}, {"tracking_basis": ""}, {"tracked_from": ""}, {"tracked_from": "x"}):
        assert press(at_desk, page, PAIR, **wrong).status_code == 422, wrong
    assert press(at_desk, page, PAIR, tracked_from="", tracking_basis="").status_code == 302


def test_a_reader_of_a_desk_and_the_public_do_not_edit_a_pair(client: Client, kg_tj: Pair) -> None:
    agreement(kg_tj)
    assert PAIR not in client.get("/pairs/KG-TJ/").content.decode()
    assert client.get(PAIR).url == f"/sign-in/?next={PAIR}"
    client.force_login(person("dinara", "KG", "reader"))
    assert client.get(PAIR).status_code == 403
    assert client.get("/pairs/KG-TJ/history/").status_code == 200


def test_no_name_of_a_hidden_initiative_is_told(at_desk: Client, council: Commission, kg_tj: Pair) -> None:
    other = Pair.objects.between("KZ", "UZ")
    commission(other, title="Hidden", visibility="draft", tracking="own", tracked_from="2015-01-01")
    commission(kg_tj, title="Draft of ours", visibility="draft")
    text = press(at_desk, at_desk.get(PAIR), PAIR, tracked_from="2026-01-01").content.decode()
    assert "Council" in text
    assert "Hidden" not in text and "Draft of ours" not in text


# The administration ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["pair", "commission"])
def test_the_administration_shows_it_as_well(client: Client, rosa: User, council: Commission, kind: str) -> None:
    client.force_login(rosa)
    record: Any = council if kind == "commission" else council.pair
    field, value = ("cadence", "3650") if kind == "commission" else ("tracked_from", "2026-11-01")
    answer = changed(client, record, **{field: value})
    assert answer.status_code == 200
    assert "“Council”: dormant → active" in answer.content.decode()
    record.refresh_from_db()
    assert str(getattr(record, field)) != value
    assert client.post(answer.request["PATH_INFO"], filled(answer)).status_code == 302
    record.refresh_from_db()
    assert str(getattr(record, field)) == value


# In a browser ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1280, 390])
def test_the_panel_is_open_to_all_readers(
    page: Any, axe: Any, transactional_db: None, council: Commission, bakyt: User, width: int
) -> None:
    Subscription.objects.create(user=bakyt, states=["active"])
    for number in range(12):
        commission(council.pair, title=f"Body {number}", started_on="2016-01-01")
    event(council.pair, ref="E1")
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"/sign-in/?next={EDIT}")
    page.get_by_label("Username").fill("bakyt")
    page.get_by_label("Password").fill("bakyt")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**{EDIT}")
    page.get_by_label("Declared cadence").fill("3650")
    page.get_by_label("Declared cadence").press("Enter")
    expect(page.get_by_role("heading", name="What this would change")).to_be_visible()
    for path in (EDIT, PAIR):
        if path == PAIR:
            page.goto(PAIR)
            assert axe(page) == []
            page.get_by_label("Tracked from").fill("2026-01-01")
            page.get_by_role("button", name="Save", exact=True).last.click()
            expect(page.get_by_text("more initiatives")).to_be_visible()
        assert axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} scrolls sideways"
        page.get_by_role("link", name="Change it").click()
        page.get_by_role("button", name="Save all the same").first.click()
        page.wait_for_url(f"**{path.removesuffix('edit/')}")
    page.goto("/pairs/KG-TJ/history/")
    page.get_by_role("button", name="Restore version").last.click()
    expect(page.get_by_role("heading", name="Restore version")).to_be_visible()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Restore it all the same").click()
    page.wait_for_url("**/pairs/KG-TJ/")
