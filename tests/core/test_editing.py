"""The editing pages of any kind, with events and agreements as examples: rights, conflicts, undo, what stays hidden."""

import pytest
from django.db import connection
from django.db.models.signals import pre_delete
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from actors.models import Actor
from agreements.models import Commitment
from events.models import Event
from registry.core import undo, write
from registry.core.models import Citation, Framework, Pair, Revision, Source, Subject, Term
from tests.cast import agreement, commission, event, person, programme, session
from tests.sheets import typed


def address(record, action):
    return reverse(f"{record.url_name()}-{action}", args=[record.ref])


def actor(name, country="KG", **fields):
    fields = {"type": "S_MIN_CULT", "sector": "STATE", "visibility": "published", "country_id": country} | fields
    return write.save(Actor(name=name, **fields), by=write.SYSTEM)


def source(publisher="Gazette", **fields):
    fields = {"kind": "OFFICIAL_PAGE", "visibility": "published"} | fields
    return write.save(Source(publisher=publisher, **fields), by=write.SYSTEM)


def revisions(record):
    return Revision.objects.filter(ref=record.ref)


@pytest.fixture
def concert(kg_tj):
    return event(kg_tj, title="Concert", ref="E1")


@pytest.fixture
def draft(kg_tj):
    return event(kg_tj, title="Plan", ref="E2", visibility="draft")


# Who may open the pages --------------------------------------------------------------------------------------------

ACTIONS = ("update", "delete", "history")


@pytest.mark.parametrize("action", ACTIONS)
def test_whoever_is_not_signed_in_is_asked_to(client, draft, action):
    path = address(draft, action)
    assert client.get(path).url == f"/sign-in/?next={path}"


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("who", ["nurlan", "sardor"])
def test_strangers_get_403_where_they_see_and_404_where_they_do_not(request, client, concert, draft, who, action):
    client.force_login(request.getfixturevalue(who))
    assert client.get(address(concert, action)).status_code == 403
    assert client.get(address(draft, action)).status_code == 404
    assert client.post(address(concert, action)).status_code in (403, 405)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("who", ["aigul", "farrukh", "bakyt", "gulnora", "rosa"])
def test_both_sides_and_the_registrar_open_every_page(request, client, draft, who, action):
    client.force_login(request.getfixturevalue(who))
    assert client.get(address(draft, action)).status_code == 200


def test_a_reader_of_a_desk_sees_history_and_edits_nothing(client, draft):
    client.force_login(person("dinara", "KG", "reader"))
    assert client.get(address(draft, "history")).status_code == 200
    assert client.get(address(draft, "update")).status_code == 403


def test_a_get_changes_nothing(client, concert, aigul):
    client.force_login(aigul)
    last = revisions(concert).first()
    for action in ACTIONS:
        client.get(address(concert, action))
    assert client.get(reverse("revision-restore", args=[last.pk])).status_code == 405
    client.get("/events/new/?pair=KG-UZ")
    assert revisions(concert).first() == last
    assert not Pair.objects.filter(ref="KG-UZ").exists()


def test_posting_needs_the_token(concert, aigul):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(aigul)
    for action in ("update", "delete"):
        assert strict.post(address(concert, action)).status_code == 403
    assert strict.post(reverse("revision-restore", args=[revisions(concert).first().pk])).status_code == 403


# New records -------------------------------------------------------------------------------------------------------

EVENT = {"title": "Fair", "kind": "CRAFT_FAIR", "format": "ONSITE", "outcome": "PLANNED", "planned_on": "2027-05"}


def test_a_new_record_is_a_draft_and_its_pair_comes_into_being_with_it(client, aigul):
    client.force_login(aigul)
    page = client.get("/events/new/?one=UZ&other=KG")
    assert not Pair.objects.filter(ref="KG-UZ").exists()
    response = client.post("/events/new/?one=UZ&other=KG", typed(page, **EVENT))
    made = Event.objects.get(title="Fair")
    assert (response.status_code, response.url) == (302, made.get_absolute_url())
    assert (made.visibility, made.pair_id, made.version) == ("draft", "KG-UZ", 1)
    assert revisions(made).get().by == aigul


def test_the_two_countries_are_asked_for_and_one_is_of_the_desk(client, aigul, rosa):
    client.force_login(aigul)
    form = client.get("/events/new/").context["form"]
    assert [code for code, _name in form.fields["one"].choices] == ["KG"]
    assert "other" in client.get("/events/new/?one=KG&other=KG").context["form"].errors
    client.force_login(rosa)
    assert len(client.get("/events/new/").context["form"].fields["one"].choices) > 5


def test_a_pair_of_other_desks_is_refused_and_an_unknown_one_is_not_found(client, nurlan, sardor):
    client.force_login(nurlan)
    assert client.get("/events/new/?pair=KG-TJ").status_code == 403
    assert client.get("/events/new/?pair=KZ-XX").status_code == 404
    client.force_login(sardor)
    assert client.get("/events/new/").status_code == 403


def test_an_editor_is_not_offered_visibility_and_cannot_forge_it(client, kg_tj, aigul):
    client.force_login(aigul)
    page = client.get("/events/new/?pair=KG-TJ")
    assert "visibility" not in page.context["form"].fields
    client.post("/events/new/?pair=KG-TJ", typed(page, **EVENT, visibility="published"))
    assert Event.objects.get(title="Fair").visibility == "draft"


def test_an_approver_of_either_side_publishes_and_withdraws(client, draft, gulnora):
    client.force_login(gulnora)
    for visibility in ("published", "draft"):
        client.post(address(draft, "update"), typed(client.get(address(draft, "update")), visibility=visibility))
        draft.refresh_from_db()
        assert draft.visibility == visibility


def test_what_an_editor_changes_in_a_published_record_is_live_at_once(client, concert, farrukh):
    client.force_login(farrukh)
    client.post(address(concert, "update"), typed(client.get(address(concert, "update")), title="Gala", why="Its name"))
    concert.refresh_from_db()
    assert (concert.title, concert.visibility, concert.version) == ("Gala", "published", 2)
    assert (revisions(concert).first().by, revisions(concert).first().why) == (farrukh, "Its name")


def test_an_actor_is_given_to_the_country_of_ones_own_desk(client, aigul):
    client.force_login(aigul)
    page = client.get("/actors/new/")
    data = typed(page, name="Union of Artists", type="N_UNION", sector="NON_STATE")
    assert client.post("/actors/new/", data | {"country": ["TJ"]}).status_code == 422
    assert client.post("/actors/new/", data | {"country": ["KG"]}).status_code == 302
    assert Actor.objects.get().country_id == "KG"


# Bad input ---------------------------------------------------------------------------------------------------------


def test_an_error_names_field_value_and_remedy_and_keeps_what_was_typed(client, concert, aigul):
    client.force_login(aigul)
    data = typed(client.get(address(concert, "update")), started_on="May 26", ended_on="2017-04", title="Gala")
    response = client.post(address(concert, "update"), data)
    page = response.content.decode()
    assert response.status_code == 422
    [problem] = response.context["problems"]
    assert problem.target == "id_started_on"
    for part in ("Began on", "“May 26”", "1994-01"):
        assert part in problem.text
    assert 'aria-describedby="id_started_on_helptext id_started_on_error"' in page
    assert 'value="Gala"' in page
    assert "April 2017, any day from 1 April 2017 to 30 April 2017" in page
    assert 'href="#id_started_on"' in page


def test_a_value_that_the_message_does_not_name_is_added(client, concert, aigul):
    client.force_login(aigul)
    data = typed(client.get(address(concert, "update")), attendance="many")
    [problem] = client.post(address(concert, "update"), data).context["problems"]
    assert "You wrote “many”." in problem.text


def test_nothing_is_half_written_when_a_row_is_wrong(client, concert, aigul):
    client.force_login(aigul)
    data = typed(client.get(address(concert, "update")), title="Gala", sent__0__country="KG", sent__0__people="some")
    response = client.post(address(concert, "update"), data)
    concert.refresh_from_db()
    assert response.status_code == 422
    assert response.context["problems"][0].target == "id_sent-0-people"
    assert (concert.title, concert.version, concert.sent.count(), revisions(concert).count()) == ("Concert", 1, 0, 1)


def test_a_row_marked_to_be_removed_is_not_complained_of(client, concert, aigul):
    with write.change(concert, by=aigul):
        concert.sent.create(country_id="KG", people=1)
    client.force_login(aigul)
    wrong = {"sent__0__people": "x", "sent__0__DELETE": "on"}
    response = client.post(address(concert, "update"), typed(client.get(address(concert, "update")), title="", **wrong))
    assert [problem.target for problem in response.context["problems"]] == ["id_title"]
    assert client.post(address(concert, "update"), typed(response, title="Gala")).status_code == 302
    assert concert.sent.count() == 0


def test_a_row_that_would_stand_twice_is_refused_beside_what_is_typed_and_what_is_on_file(client, concert, aigul):
    with write.change(concert, by=aigul):
        concert.sent.create(country_id="KG", people=1)
    client.force_login(aigul)
    path = address(concert, "update")
    more = {"sent__1__country": "TJ", "sent__1__people": "2", "sent__2__people": "3", "sent__TOTAL_FORMS": "3"}
    for country, name in (("KG", "Kyrgyzstan"), ("TJ", "Tajikistan")):
        response = client.post(path, typed(client.get(path), **more, sent__2__country=country))
        sentence = f"Number 3, “{name}” would stand here twice. Change one of the two, or remove it."
        assert (response.status_code, [problem.text for problem in response.context["problems"]]) == (422, [sentence])
    assert concert.sent.count() == 1
    # one that goes makes room
    data = typed(client.get(path), sent__0__DELETE="on", sent__1__country="KG", sent__1__people="2")
    assert client.post(path, data).status_code == 302
    assert concert.sent.get().people == 2


def test_dates_are_understood_with_dots_and_kept_as_exact_as_they_are(client, concert, aigul):
    client.force_login(aigul)
    data = typed(client.get(address(concert, "update")), started_on="04.2017~", ended_on="13.05.2017")
    client.post(address(concert, "update"), data)
    concert.refresh_from_db()
    assert (concert.started_on, concert.ended_on) == ("2017-04~", "2017-05-13")


def test_one_more_row_is_drawn_and_nothing_is_checked_or_saved(client, concert, aigul):
    client.force_login(aigul)
    page = client.get(address(concert, "update"))
    response = client.post(address(concert, "update"), typed(page, title="", add="participations"))
    assert response.status_code == 200
    assert 'name="participations-1-actor"' in response.content.decode()
    assert "autofocus" in response.content.decode()
    assert not response.context["form"].errors
    assert revisions(concert).count() == 1


# Rows, names in any script, citations ------------------------------------------------------------------------------


def test_a_row_names_its_actor_in_any_script_or_by_reference(client, concert, aigul):
    ministry, other = actor("Министерство культуры", ref="A1"), actor("Navruz Fund", ref="A2")
    client.force_login(aigul)
    data = typed(
        client.get(address(concert, "update")),
        participations__TOTAL_FORMS="2",
        participations__0__actor="ministerstvo kultury",
        participations__0__side="KG",
        participations__0__role="ORGANISER",
    )
    second = {"actor": "A2", "side": "", "role": "FUNDER", "note": "", "id": "", "event": ""}
    data |= {f"participations-1-{name}": [value] for name, value in second.items()}
    assert client.post(address(concert, "update"), data).status_code == 302
    assert set(concert.participations.values_list("actor", "role")) == {
        (ministry.pk, "ORGANISER"),
        (other.pk, "FUNDER"),
    }


def test_a_name_that_may_be_two_is_asked_about_and_one_that_is_none_is_refused(client, concert, aigul):
    actor("Theatre of Opera", ref="A1")
    actor("Theatre of Drama", ref="A2")
    client.force_login(aigul)
    page = client.get(address(concert, "update"))
    said = {"participations__0__role": "HOST"}
    both = client.post(address(concert, "update"), typed(page, participations__0__actor="theatre", **said))
    assert "Theatre of Drama [A2]" in both.context["problems"][0].text
    actor("Theatre", ref="A3")
    whole = client.post(address(concert, "update"), typed(page, participations__0__actor="theatre", **said))
    assert whole.status_code == 302  # the whole name of one of them means that one
    page = client.get(address(concert, "update"))
    said = {"participations__1__role": "HOST"}
    none = client.post(address(concert, "update"), typed(page, participations__1__actor="circus", **said))
    assert "“circus” is not on file" in none.context["problems"][0].text


def test_a_citation_is_written_with_the_record_and_stands_in_its_history(client, concert, aigul):
    gazette = source("Gazette", ref="S1", address="https://example.org/1")
    client.force_login(aigul)
    data = typed(
        client.get(address(concert, "update")),
        citations__0__source="https://example.org/1",
        citations__0__field="started_on",
        citations__0__value="2020-05-02",
    )
    client.post(address(concert, "update"), data)
    assert Citation.objects.about(concert).get().source == gazette
    assert revisions(concert).first().content["citations"][0]["value"] == "2020-05-02"
    assert "Gazette" in client.get(address(concert, "history")).content.decode()


def test_what_an_editor_may_not_see_survives_his_saving(client, kg_tj, aigul, nurlan):
    """Drafts of another desk: a participant, a funder of one row, an actor among those responsible, a source."""
    hidden = actor("Hidden", "KZ", visibility="draft", ref="A-UNSEEN")
    seen = actor("Seen", ref="A1")
    secret = source("Secret", visibility="draft", desk_id="KZ", ref="S-UNSEEN")
    festival = programme(kg_tj)
    with write.change(festival, by=write.SYSTEM):
        festival.participations.create(actor=hidden, role="ORGANISER")
        festival.budget.create(amount=5, currency="EUR", funder=hidden)
        Citation.objects.create(record=festival, source=secret, field="title", value="Festival")
    promise = write.save(
        Commitment(pair=kg_tj, text="A tour"), by=write.SYSTEM, links={"responsible_a": [hidden, seen]}
    )
    client.force_login(aigul)
    page = client.get(address(festival, "update"))
    for name in ("Hidden", "A-UNSEEN", "S-UNSEEN", "Secret"):
        assert name not in page.content.decode()
    assert page.context["sheet"].left_alone == ["Funder"]
    assert (
        client.post(address(festival, "update"), typed(page, title="Renamed", budget__0__amount="7")).status_code == 302
    )
    assert (festival.participations.get().actor, festival.budget.get().funder) == (hidden, hidden)
    assert int(festival.budget.get().amount) == 7
    assert Citation.objects.about(festival).get().source == secret
    client.post(address(promise, "update"), typed(client.get(address(promise, "update")), responsible_a="Seen [A1]"))
    assert set(promise.responsible_a.all()) == {hidden, seen}


def test_titles_in_other_languages_have_an_input_each_and_other_tags_stay(client, kg_tj, aigul):
    treaty = agreement(kg_tj, titles={"ru": "Договор", "uz-Cyrl": "Шартнома"})
    client.force_login(aigul)
    page = client.get(address(treaty, "update"))
    client.post(address(treaty, "update"), typed(page, title_in_ru="", title_in_tg="Шартномаи дӯстӣ"))
    treaty.refresh_from_db()
    assert treaty.titles == {"uz-Cyrl": "Шартнома", "tg": "Шартномаи дӯстӣ"}


def test_a_retired_code_that_stands_in_a_record_is_still_offered(client, concert, aigul, monkeypatch):
    from registry.core import vocabularies

    monkeypatch.setitem(vocabularies.lists()["event_kind"]["CONCERT"], "retired", True)
    client.force_login(aigul)
    assert client.post(address(concert, "update"), typed(client.get(address(concert, "update")))).status_code == 302
    concert.refresh_from_db()
    assert concert.kind == "CONCERT"


# Conflicts ---------------------------------------------------------------------------------------------------------


def test_a_conflict_shows_both_and_a_second_save_is_a_choice(client, concert, aigul, farrukh):
    client.force_login(aigul)
    mine = typed(client.get(address(concert, "update")), title="Mine", attendance="12")
    concert.title, concert.occasion_note = "Theirs", "The tenth time"
    write.save(concert, by=farrukh, why="Heard so")
    response = client.post(address(concert, "update"), mine)
    assert response.status_code == 409
    assert {(one.what, one.typed, one.stored) for one in response.context["differences"]} == {
        ("Title", "Mine", "Theirs"),
        ("Attendance", "12", ""),
        ("Occasion, in words", "", "The tenth time"),
    }
    assert "Farrukh" in response.content.decode()
    assert "Heard so" in response.content.decode()
    concert.refresh_from_db()
    assert (concert.title, concert.version) == ("Theirs", 2)
    again = typed(response)
    assert again["version"] == ["2"]
    assert client.post(address(concert, "update"), again).status_code == 302
    concert.refresh_from_db()
    assert (concert.title, concert.attendance, concert.version) == ("Mine", 12, 3)


def test_a_conflict_loses_no_row_of_either_side(client, concert, aigul, farrukh):
    one, two, three = actor("One", ref="A1"), actor("Two", ref="A2"), actor("Three", ref="A3")
    with write.change(concert, by=farrukh):
        concert.participations.create(actor=one, role="HOST")
        concert.participations.create(actor=two, role="GUEST")
    client.force_login(aigul)
    mine = typed(client.get(address(concert, "update")), participations__0__note="Mine")
    with write.change(concert, by=farrukh):
        concert.participations.filter(actor=two).delete()
        concert.participations.create(actor=three, role="PATRON")
    response = client.post(address(concert, "update"), mine)
    assert response.status_code == 409
    told = {(one.what, one.typed, one.stored) for one in response.context["differences"]}
    assert ("Participation 1, Note", "Mine", "") in told
    assert any(what == "Participation" and "Three" in stored for what, _typed, stored in told)
    assert client.post(address(concert, "update"), typed(response)).status_code == 302
    assert set(concert.participations.values_list("actor", "note")) == {(one.pk, "Mine"), (two.pk, ""), (three.pk, "")}


def test_rows_made_anew_by_an_undo_are_not_doubled(client, concert, aigul, farrukh):
    one = actor("One", ref="A1")
    with write.change(concert, by=farrukh):
        concert.participations.create(actor=one, role="HOST")
    client.force_login(aigul)
    mine = typed(client.get(address(concert, "update")), title="Mine")
    with write.change(concert, by=farrukh):
        concert.participations.all().delete()
    undo.restore(revisions(concert)[1], by=farrukh)
    response = client.post(address(concert, "update"), mine)
    assert client.post(address(concert, "update"), typed(response)).status_code == 302
    concert.refresh_from_db()
    assert (concert.title, concert.participations.count()) == ("Mine", 1)


def test_what_was_typed_into_a_record_deleted_meanwhile_is_shown_and_can_be_saved(
    client, concert, aigul, bakyt, nurlan
):
    client.force_login(aigul)
    mine = typed(client.get(address(concert, "update")), title="Mine")
    gone = write.delete(concert, by=bakyt)
    response = client.post(address(concert, "update"), mine)
    assert response.status_code == 409
    assert 'value="Mine"' in response.content.decode()
    undo.restore(gone, by=aigul)
    merged = client.post(address(concert, "update"), typed(response))
    assert client.post(address(concert, "update"), typed(merged)).status_code == 302
    assert Event.objects.get(ref=concert.ref).title == "Mine"
    client.force_login(nurlan)
    assert client.post(address(concert, "update"), mine).status_code == 404


# Deleting and undo -------------------------------------------------------------------------------------------------


def test_a_published_record_is_deleted_by_an_approver_and_comes_back_with_one_button(client, concert, aigul, bakyt):
    client.force_login(aigul)
    page = client.get(address(concert, "delete"))
    assert page.context["needs_approver"]
    assert client.post(address(concert, "delete"), {"version": "1"}).status_code == 403
    client.force_login(bakyt)
    page = client.post(address(concert, "delete"), {"version": "1", "why": "Twice"}, follow=True)
    assert not Event.objects.filter(ref="E1").exists()
    button = reverse("revision-restore", args=[revisions(concert).first().pk])
    assert f'action="{button}"' in page.content.decode()
    assert client.post(button).url == concert.get_absolute_url()
    back = Event.objects.get(ref="E1")
    assert (back.visibility, back.version > 1) == ("draft", True)


def test_what_came_to_point_to_a_record_while_it_was_deleted_keeps_it(transactional_db, client, kg_tj, bakyt):
    """Seen by the database alone, when all is written: the record was looked through before."""
    days = programme(kg_tj, ref="P1")

    def another_writer(sender, instance, **kwargs):
        Event.objects.bulk_create([Event(pair=kg_tj, initiative_id=instance.pk, title="Concert")])

    client.force_login(bakyt)
    pre_delete.connect(another_writer, sender=type(days))
    try:
        page = client.post(address(days, "delete"), {"version": "1"})
    finally:
        pre_delete.disconnect(another_writer, sender=type(days))
    assert page.status_code == 409
    assert "Something came to point to “Days of culture” while it was deleted." in page.content.decode()
    assert revisions(days).count() == 1 and type(days).objects.get().version == 1


def test_the_page_names_what_hangs_on_a_record_but_nothing_hidden(client, kg_tj, bakyt):
    body = actor("Body", ref="A1")
    seen, hidden = (
        event(kg_tj, title="Seen"),
        event(Pair.objects.between("KZ", "UZ"), visibility="draft", title="Hidden"),
    )
    for one in (seen, hidden):
        one.participations.create(actor=body, role="HOST")
    parent = agreement(kg_tj, title="Parent")
    child = programme(kg_tj, title="Child", parent=parent)
    client.force_login(bakyt)
    page = client.get(address(parent, "delete"))
    assert child.get_absolute_url() in page.content.decode()
    assert not page.context["may_delete"]
    assert client.post(address(parent, "delete"), {"version": "1"}).status_code == 409
    page = client.get(address(body, "delete"))
    assert "Hidden" not in page.content.decode()
    assert seen.get_absolute_url() in page.content.decode()  # where its part is taken away
    assert [more for _kind, _named, more in page.context["holding"]] == [1]
    assert not page.context["may_delete"]


def test_a_deletion_names_what_bears_it_as_far_as_one_may_see(client, concert, draft, aigul, nurlan):
    subject = write.save(Subject(labels={"en": "Theatre"}), by=write.SYSTEM)
    for one in (concert, draft):
        one.subjects.set([subject])
    for who, more in ((aigul, 0), (nurlan, 1)):
        client.force_login(who)
        page = client.get(address(subject, "delete"))
        assert page.context["holding"] == [("Events", [concert] if more else [draft, concert], more)]
        assert not page.context["may_delete"] and "take it out of them" in page.content.decode()
        assert (draft.title in page.content.decode()) == (not more)
    refused = client.post(address(subject, "delete"), {"version": subject.version})
    assert refused.status_code == 409 and draft.title not in refused.content.decode()
    for one in (concert, draft):
        one.subjects.clear()
    assert client.get(address(subject, "delete")).context["may_delete"]
    assert client.post(address(subject, "delete"), {"version": subject.version})["Location"] == "/subjects/"


def test_a_deletion_names_what_points_to_it_from_one_side_only(client, bakyt):
    """What has no way back to its source, as a framework, holds it no less."""
    source = write.save(Source(kind="GAZETTE", title="Decree", visibility="published", desk_id="KG"), by=write.SYSTEM)
    policy = write.save(Framework(title="Culture 2030", country_id="KG", source=source), by=write.SYSTEM)
    client.force_login(bakyt)
    assert client.get(address(source, "delete")).context["holding"] == [("Frameworks", [policy], 0)]


def test_deleting_an_older_version_than_the_present_one_is_a_conflict(client, concert, bakyt, farrukh):
    client.force_login(bakyt)
    write.save(concert, by=farrukh)
    assert client.post(address(concert, "delete"), {"version": "1"}).status_code == 409
    assert Event.objects.filter(ref="E1").exists()


def test_undo_is_a_new_version_that_brings_links_and_rows_back(client, concert, aigul):
    term = Term.objects.get(vocabulary="field", code="CINEMA_MEDIA")
    with write.change(concert, by=aigul):
        concert.fields.set([term])
        concert.sent.create(country_id="KG", people=7)
    old = revisions(concert).first()
    with write.change(concert, by=aigul):
        concert.fields.clear()
        concert.sent.all().delete()
        concert.title = "Other"
        concert.save()
    client.force_login(aigul)
    client.post(reverse("revision-restore", args=[old.pk]))
    concert.refresh_from_db()
    assert (concert.title, concert.sent.get().people, list(concert.fields.all())) == ("Concert", 7, [term])
    assert (concert.version, concert.visibility) == (4, "published")


def test_strangers_undo_nothing(client, concert, draft, nurlan, sardor, bakyt):
    gone = write.delete(draft, by=bakyt)
    for who in (nurlan, sardor):
        client.force_login(who)
        assert client.post(reverse("revision-restore", args=[revisions(concert).first().pk])).status_code == 403
        assert client.post(reverse("revision-restore", args=[gone.pk])).status_code == 404
    client.logout()
    assert client.post(reverse("revision-restore", args=[gone.pk])).url.startswith("/sign-in/")
    assert not Event.objects.filter(ref="E2").exists()


def test_an_undo_that_cannot_be_done_says_why(client, kg_tj, bakyt):
    parent = agreement(kg_tj, title="Parent")
    child = programme(kg_tj, parent=parent)
    under = revisions(child).first()
    child.parent = None
    write.save(child, by=bakyt)
    write.delete(parent, by=bakyt)
    client.force_login(bakyt)
    page = client.post(reverse("revision-restore", args=[under.pk]), follow=True)
    assert "which is gone" in page.content.decode()


# History -----------------------------------------------------------------------------------------------------------


def test_history_says_who_when_why_and_what_in_words(client, concert, aigul, farrukh):
    concert.outcome, concert.outcome_reason, concert.started_on = "POSTPONED", "HEALTH", ""
    write.save(concert, by=farrukh, why="Said so")
    client.force_login(aigul)
    page = client.get(address(concert, "history"))
    newest = page.context["steps"][0]
    assert (newest.revision.by, newest.revision.why) == (farrukh, "Said so")
    assert {(one.what, one.before, one.after) for one in newest.changes} == {
        ("Outcome", "Held", "Postponed"),
        ("Reason", "", "Epidemic"),
        ("Began on", "1 May 2020", ""),
    }
    assert page.context["steps"][1].changes == []


def test_the_history_of_a_deleted_record_is_there_for_its_desks(client, concert, aigul, nurlan, bakyt):
    write.delete(concert, by=bakyt)
    client.force_login(aigul)
    assert "Restore version" in client.get(address(concert, "history")).content.decode()
    client.force_login(nurlan)
    assert client.get(address(concert, "history")).status_code == 404


def test_history_names_no_draft_of_another_desk(client, concert, aigul):
    with write.change(concert, by=write.SYSTEM):
        concert.participations.create(actor=actor("Hidden", "KZ", visibility="draft"), role="HOST")
    client.force_login(aigul)
    page = client.get(address(concert, "history")).content.decode()
    assert "Hidden" not in page
    assert "not yours to see" in page


def test_history_is_paged_and_compares_across_the_edge(client, concert, aigul):
    for number in range(35):
        concert.title = f"Concert {number}"
        write.save(concert, by=aigul)
    client.force_login(aigul)
    first = client.get(address(concert, "history"))
    assert len(first.context["steps"]) == 30
    assert first.context["steps"][-1].changes
    second = client.get(address(concert, "history"), {"before": first.context["older"]})
    assert [step.revision.version for step in second.context["steps"]] == [6, 5, 4, 3, 2, 1]


# The number of queries ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["update", "history"])
def test_the_number_of_queries_does_not_grow_with_the_rows(client, kg_tj, aigul, action):
    treaty = agreement(kg_tj)
    session_of = commission(kg_tj)
    terms = list(Term.objects.filter(vocabulary="field"))
    client.force_login(aigul)

    def add(some):
        with write.change(treaty, by=aigul):
            for number in some:
                treaty.participations.create(actor=actor(f"Actor {number}"), side_id="KG", role="SIGNATORY")
                article = treaty.articles.create(number=number, text="…")
                article.fields.set([terms[number]])
                treaty.actions.create(action="SIGN", party_id="TJ", acted_on="2016", source=source(f"S {number}"))
                treaty.relations_from.create(kind="AMENDS", target_id=agreement(kg_tj, title=f"A {number}").pk)
                Citation.objects.create(record=treaty, source=source(f"C {number}"))

    def count():
        client.get(address(session_of, action))  # content types are read once in a process
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(address(treaty, action)).status_code == 200
        return len(queries)

    add([1])
    few = count()
    add(range(2, 12))
    assert count() == few


def test_the_number_of_queries_does_not_grow_with_what_is_offered(client, kg_tj, aigul):
    council, concert = commission(kg_tj), event(kg_tj)
    client.force_login(aigul)

    def add(number):
        session(council, number=number)
        programme(kg_tj, title=f"Programme {number}")
        actor(f"Actor {number}")

    def count(path):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        return len(queries)

    paths = (address(concert, "update"), "/commitments/new/?pair=KG-TJ")
    add(1)
    few = [count(path) for path in paths]
    for number in range(2, 7):
        add(number)
    assert [count(path) for path in paths] == few


def test_a_form_of_many_rows_is_not_too_long_to_be_sent(client, concert, aigul):
    with write.change(concert, by=aigul):
        for number in range(200):
            concert.participations.create(actor=actor(f"Actor {number}"), role="GUEST")
    client.force_login(aigul)
    assert client.post(address(concert, "update"), typed(client.get(address(concert, "update")))).status_code == 302


def test_rows_left_as_they_were_cost_no_query_when_saved(client, kg_tj, aigul):
    concert = event(kg_tj)
    client.force_login(aigul)

    def add(some):
        concert.refresh_from_db()
        with write.change(concert, by=aigul):
            for number in some:
                concert.participations.create(actor=actor(f"Actor {number}"), side_id="KG", role="HOST")

    def count():
        data = typed(client.get(address(concert, "update")))
        with CaptureQueriesContext(connection) as queries:
            assert client.post(address(concert, "update"), data).status_code == 302
        return len(queries)

    add([1])
    few = count()
    add(range(2, 12))
    assert count() == few


# Numbers that are none, names that are none ------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["²", "9" * 5000], ids=["sign", "long"])
def test_a_version_that_is_no_number_is_refused_and_nothing_falls_over(client, aigul, draft, number):
    client.force_login(aigul)
    sent = typed(client.get(address(draft, "update")))
    assert client.post(address(draft, "update"), sent | {"version": number}).status_code == 422
    assert client.post(address(draft, "delete"), {"version": number}).status_code == 409
    assert client.get(address(draft, "history"), {"before": number}).status_code == 200
    one_more = sent | {"add": "participations", "participations-TOTAL_FORMS": number}
    assert client.post(address(draft, "update"), one_more).status_code == 200


@pytest.mark.parametrize("name", ["x" * 60_000, "a\0b"], ids=["long", "nul"])
def test_what_can_be_no_name_is_refused_by_a_look_up(client, aigul, draft, name):
    client.force_login(aigul)
    sent = typed(client.get(address(draft, "update"))) | {"citations-0-source": name}
    answer = client.post(address(draft, "update"), sent)
    assert answer.status_code == 422
    assert "is no name" in answer.content.decode()


@pytest.mark.parametrize("query", ["pair=KG-%00", "one=%00&other=KG", "initiative=%00"])
def test_a_new_record_of_what_cannot_be_is_not_found(client, aigul, query):
    client.force_login(aigul)
    assert client.get(f"/events/new/?{query}").status_code == 404


def test_a_form_without_its_token_says_what_to_do(draft, aigul):
    client = Client(enforce_csrf_checks=True)
    client.force_login(aigul)
    answer = client.post(address(draft, "update"), {"title": "Other"})
    assert answer.status_code == 403
    assert "load the page again" in answer.content.decode()


def test_a_link_to_many_that_are_all_hidden_is_not_shown_in_the_form(client, kg_tj, aigul):
    """Where one of several is seen only that one was shown; where none was, all of them stood there by name."""
    hidden = actor("Hidden troupe", country="TJ", visibility="draft")
    promise = write.save(Commitment(pair=kg_tj, text="A festival"), by=write.SYSTEM, links={"responsible_b": [hidden]})
    client.force_login(aigul)
    page = client.get(address(promise, "update"))
    assert "Hidden troupe" not in page.content.decode()
    client.post(address(promise, "update"), typed(page, text="Two festivals"))
    promise.refresh_from_db()
    assert (promise.text, [*promise.responsible_b.all()]) == ("Two festivals", [hidden])
