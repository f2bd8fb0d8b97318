"""The administration: registrars only, every model, every write through the write path, nothing inline."""

from threading import Thread
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from playwright.sync_api import expect

from actors.models import Actor
from agreements.models import Agreement, Article, Commitment
from continuity.models import Initiative
from registry.core import fold, write
from registry.core.models import (
    Alias,
    Answered,
    Change,
    Document,
    FormDraft,
    Heartbeat,
    Job,
    Pair,
    Revision,
    Source,
    Subject,
    User,
)
from registry.core.record_admin import RecordAdmin
from tests.cast import COUNTRIES, agreement, commission, event, programme, session
from tests.everything import keep, one_of_each

ADMINS = {model: site for model, site in admin.site._registry.items() if model.__module__.split(".")[0] != "django"}
APPS = ("core", "actors", "continuity", "agreements", "events")


@pytest.fixture
def registrar(rosa: User, client: Client, on_day: Any) -> Client:
    on_day("2026-11-22")
    client.force_login(rosa)
    return client


def address(model: type, what: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{what}", args=args)


def filled(response: Any) -> dict[str, Any]:
    """Return what a browser would post back from the form of a page, unchanged."""
    data: dict[str, Any] = {}
    formsets = [inline.formset for inline in response.context["inline_admin_formsets"]]
    forms = [response.context["adminform"].form]
    for formset in formsets:
        forms += [formset.management_form, *formset.forms]
    for form in forms:
        for field in form:
            value = field.value()
            if isinstance(value, list | tuple):
                data[field.html_name] = [str(getattr(one, "pk", one)) for one in value]
            elif value is True:
                data[field.html_name] = "on"
            elif value is not None and value is not False:
                data[field.html_name] = str(value)
    return data


def changed(client: Client, record: Any, **fields: Any) -> Any:
    """Open the form of a record, change some fields, save; return the answer."""
    opened = client.get(address(type(record), "change", record.pk))
    return client.post(opened.request["PATH_INFO"], filled(opened) | fields)


def said(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_every_model_has_its_place() -> None:
    """In the index or on the form of what it belongs to. A form draft and an answer kept for a day are nobody's
    business but their writer's, what is heard of processes stands at /health, and the feed of changes in the API."""
    on_forms = {inline.model for site in ADMINS.values() for inline in getattr(site, "inlines", ())}
    ours = {model for model in apps.get_models() if model._meta.app_label in APPS}
    assert ours - ADMINS.keys() - on_forms <= {Answered, Change, FormDraft, Heartbeat}


@pytest.mark.once
@pytest.mark.django_db
def test_every_page_opens_for_a_registrar(registrar: Client, kg_tj: Pair, rosa: User) -> None:
    made = one_of_each(kg_tj, rosa)
    made |= {Pair: kg_tj, User: rosa}
    assert registrar.get("/admin/").status_code == 200
    for model, site in ADMINS.items():
        listed = registrar.get(address(model, "changelist"))
        assert listed.status_code == 200, model
        if site.search_fields:
            assert registrar.get(address(model, "changelist"), {"q": "a"}).status_code == 200, model
        if site.has_add_permission(listed.wsgi_request):
            assert registrar.get(address(model, "add")).status_code == 200, model
        if model in made:
            assert registrar.get(address(model, "change", made[model].pk)).status_code == 200, model
            deleting = registrar.get(address(model, "delete", made[model].pk))
            assert deleting.status_code == (200 if site.has_delete_permission(listed.wsgi_request) else 403), model


def test_nobody_else_comes_in(client: Client, bakyt: User, kg_tj: Pair) -> None:
    treaty = agreement(kg_tj)
    User.objects.filter(pk=bakyt.pk).update(is_staff=True)  # as an older account might be
    client.force_login(bakyt)
    assert client.get(address(Agreement, "changelist")).status_code == 403
    assert client.get(address(Agreement, "change", treaty.pk)).status_code == 403
    assert client.post(address(Agreement, "delete", treaty.pk), {"post": "yes"}).status_code == 403
    assert client.get(address(User, "changelist")).status_code == 403
    lookup = {"app_label": "agreements", "model_name": "agreement", "field_name": "parent", "term": "a"}
    assert client.get("/admin/autocomplete/", lookup).status_code == 403


def test_what_is_opened_and_saved_unchanged_stays_what_it_was(registrar: Client, kg_tj: Pair, rosa: User) -> None:
    made = one_of_each(kg_tj, rosa)
    records = [record for model, record in made.items() if isinstance(ADMINS.get(model), RecordAdmin)]
    assert len(records) > 15
    for record in records:
        before = write.content(type(record).objects.get(pk=record.pk))
        version = type(record).objects.get(pk=record.pk).version
        answer = changed(registrar, record)
        assert answer.status_code == 302, (record, answer.context["errors"])
        after = type(record).objects.get(pk=record.pk)
        assert (write.content(after), after.version) == (before, version + 1), record


def test_a_save_claims_the_version_and_is_logged_with_its_rows(registrar: Client, kg_tj: Pair, rosa: User) -> None:
    body = commission(kg_tj)
    source = keep(Source(kind="OFFICIAL_PAGE", visibility="published"))
    met = {"title": "Council", "why": "Renamed", "core-citation-content_type-object_id-TOTAL_FORMS": "1"}
    cited = {"source": source.pk, "field": "title", "value": "Council"}
    answer = changed(
        registrar, body, **met, **{f"core-citation-content_type-object_id-0-{k}": v for k, v in cited.items()}
    )
    assert answer.status_code == 302
    revision = Revision.objects.filter(ref=body.ref).first()
    assert (revision.kind, revision.by, revision.why, revision.version) == ("changed", rosa, "Renamed", 2)
    assert revision.content["title"] == "Council"
    assert [row["value"] for row in revision.content["citations"]] == ["Council"]


def test_a_session_moved_here_moves_the_clock(registrar: Client, kg_tj: Pair) -> None:
    body = commission(kg_tj)
    met = session(body, started_on="2020-03-12")
    assert changed(registrar, met, started_on="2021-03-12").status_code == 302
    body.refresh_from_db()
    assert str(body.last_activity_on) == "2021-03-12"


def test_who_saves_second_is_told_and_nothing_is_stored(registrar: Client, kg_tj: Pair, aigul: User) -> None:
    treaty = agreement(kg_tj, title="Treaty")
    opened = registrar.get(address(Agreement, "change", treaty.pk))
    typed = filled(opened) | {"title": "Typed by Rosa"}
    treaty.title = "Typed by Aigul"
    write.save(treaty, by=aigul)
    answer = registrar.post(opened.request["PATH_INFO"], typed)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "was changed by somebody else" in page
    assert "Now on file under “Title”: Typed by Aigul" in page.replace("&quot;", '"')
    assert 'value="Typed by Rosa"' in page
    assert Agreement.objects.get().title == "Typed by Aigul"
    assert Revision.objects.filter(ref=treaty.ref).count() == 2
    again = registrar.post(opened.request["PATH_INFO"], filled(answer))
    assert again.status_code == 302
    assert (Agreement.objects.get().title, Agreement.objects.get().version) == ("Typed by Rosa", 3)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one request in at a time, so none is overtaken")
def test_who_is_overtaken_while_saving_is_told_as_well(transactional_db: None, registrar: Client, kg_tj: Pair) -> None:
    treaty = agreement(kg_tj, title="Treaty")
    overtaken = []

    def somebody_else() -> None:
        Initiative.objects.filter(pk=treaty.pk).update(version=7)
        connection.close()

    def overtake(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """Let somebody else write after the form was found sound, before its first lock."""
        if not overtaken and "FOR NO KEY UPDATE" in sql:
            overtaken.append(sql)
            thread = Thread(target=somebody_else)
            thread.start()
            thread.join()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(overtake):
        answer = changed(registrar, treaty, title="Typed by Rosa")
    assert overtaken
    assert "changed by somebody else" in answer.content.decode()
    assert Agreement.objects.get().title == "Treaty"


def test_a_post_without_the_version_is_refused(registrar: Client, kg_tj: Pair) -> None:
    treaty = agreement(kg_tj)
    answer = changed(registrar, treaty, opened_version="")
    assert "changed by somebody else" in answer.content.decode()
    assert Agreement.objects.get().version == 1


def test_documents_on_a_form_are_written_as_records(registrar: Client, kg_tj: Pair) -> None:
    treaty = agreement(kg_tj)
    prefix = "core-document-content_type-object_id"
    fields = {"kind": "TEXT", "address": "https://example.org/", "visibility": "published", "title": "", "language": ""}
    typed = {f"{prefix}-TOTAL_FORMS": "1"} | {f"{prefix}-0-{name}": value for name, value in fields.items()}
    assert changed(registrar, treaty, **typed).status_code == 302
    document = Document.objects.get()
    assert document.record == treaty
    assert Revision.objects.filter(ref=document.ref).count() == 1
    assert changed(registrar, treaty, **{f"{prefix}-0-DELETE": "on"}).status_code == 302
    assert not Document.objects.exists()
    assert Revision.objects.filter(ref=document.ref, kind="deleted").count() == 1


def test_a_deletion_is_logged_and_one_that_is_held_says_by_what(registrar: Client, kg_tj: Pair) -> None:
    body = commission(kg_tj, title="Joint commission")
    session(body)
    lonely = programme(kg_tj)
    asked = {"action": "delete_selected", "post": "yes"}
    answer = registrar.post(address(type(body), "changelist"), asked | {"_selected_action": body.pk}, follow=True)
    assert Initiative.objects.count() == 2
    assert registrar.post(address(type(lonely), "delete", lonely.pk), {"post": "yes"}).status_code == 302
    assert Revision.objects.filter(ref=lonely.ref, kind="deleted").count() == 1
    assert not Revision.objects.filter(ref=body.ref, kind="deleted").exists()
    assert answer.status_code == 200


def test_many_are_deleted_through_the_write_path(registrar: Client, kg_tj: Pair) -> None:
    one, other = event(kg_tj, title="One"), event(kg_tj, title="Other")
    asked = {"action": "delete_selected", "post": "yes", "_selected_action": [one.pk, other.pk]}
    registrar.post(address(type(one), "changelist"), asked)
    assert not type(one).objects.exists()
    assert Revision.objects.filter(kind="deleted").count() == 2


def test_an_initiative_goes_with_its_transitions(registrar: Client, kg_tj: Pair) -> None:
    series = programme(kg_tj)
    series.transitions.create(number=1, to_state="due", changed_on="2020-01-01", swept_on="2020-01-01")
    assert registrar.post(address(type(series), "delete", series.pk), {"post": "yes"}).status_code == 302
    assert not Initiative.objects.exists()


def test_an_article_that_a_commitment_names_stays(registrar: Client, kg_tj: Pair, rosa: User) -> None:
    treaty = one_of_each(kg_tj, rosa)[Agreement]
    keep(Commitment(pair=kg_tj, article=treaty.articles.get(), text="A festival"))
    answer = changed(registrar, treaty, **{"articles-0-DELETE": "on"})
    assert answer.status_code == 200
    assert "A festival" in answer.content.decode()
    assert Article.objects.count() == 1


def test_a_pair_is_put_in_code_order(registrar: Client, world: None) -> None:
    opened = registrar.get(address(Pair, "add"))
    assert registrar.post(address(Pair, "add"), filled(opened) | {"a": "TJ", "b": "KG"}).status_code == 302
    assert Pair.objects.get().ref == "KG-TJ"
    answer = registrar.post(address(Pair, "add"), filled(opened) | {"a": "TJ", "b": "TJ"})
    assert "Choose another one" in answer.content.decode()


def test_a_new_spelling_queues_the_folding_once(registrar: Client, world: None, rosa: User) -> None:
    for form in ("Наврўз", "Navruz"):
        data = {"form": form, "canonical": "Nowruz"}
        assert registrar.post(address(Alias, "add"), data).status_code == 302
    assert list(Alias.objects.order_by("id").values_list("form", "canonical")) == [
        ("navroz", "nowruz"),
        ("navruz", "nowruz"),
    ]
    job = Job.objects.get()
    assert (job.kind, job.asked_by) == ("refold", rosa)
    assert fold.canonical("Наврўз") == "nowruz"


def test_a_registrar_is_made_and_unmade_by_one_box(registrar: Client, sardor: User) -> None:
    opened = registrar.get(address(User, "change", sardor.pk))
    form = {name: value for name, value in filled(opened).items() if name != "password"}
    assert registrar.post(opened.request["PATH_INFO"], form | {"is_superuser": "on"}).status_code == 302
    sardor.refresh_from_db()
    assert sardor.is_staff and sardor.is_superuser


def test_a_new_user_has_an_address(registrar: Client, world: None) -> None:
    data = {"username": "jamila", "usable_password": "false", "email": "jamila@example.org"}
    rows = {"desk_roles-TOTAL_FORMS": "1", "desk_roles-INITIAL_FORMS": "0"}
    seat = {"desk_roles-0-country": "KZ", "desk_roles-0-role": "editor"}
    answer = registrar.post(address(User, "add"), data | rows | seat)
    assert answer.status_code == 302, answer.context["errors"]
    jamila = User.objects.get(username="jamila")
    assert jamila.desk_roles.get().country_id == "KZ"
    assert not jamila.has_usable_password() and not jamila.is_staff


# Reads of one page, however long its list: session, user, filters' values, count, the rows with what they name.
@pytest.mark.parametrize("kind", ["event", "session", "agreement", "pair"])
def test_a_list_asks_as_often_for_three_rows_as_for_one(registrar: Client, kg_tj: Pair, kind: str) -> None:
    body = commission(kg_tj)
    makers = {
        "event": lambda number: event(kg_tj, initiative=body),
        "session": lambda number: session(body, number=number),
        "agreement": lambda number: agreement(kg_tj, parent=body),
        "pair": lambda number: Pair.objects.between("KG", sorted(set(COUNTRIES) - {"KG"})[number]),
    }
    made = makers[kind](1)
    url = address(type(made), "changelist")
    registrar.get(url)
    with CaptureQueriesContext(
        connection,
    ) as one:
        registrar.get(url)
    makers[kind](2), makers[kind](3)
    with CaptureQueriesContext(connection) as three:
        assert len(registrar.get(url).context["cl"].result_list) >= 3
    assert len(three) == len(one), [query["sql"] for query in three]


def test_search_finds_across_scripts(registrar: Client, world: None) -> None:
    keep(Actor(name="Тоҷикистон", type="S_CENTRE", sector="STATE"))
    keep(Actor(name="Other", type="S_CENTRE", sector="STATE"))
    found = registrar.get(address(Actor, "changelist"), {"q": "Tojikiston"}).context["cl"].result_list
    assert [actor.name for actor in found] == ["Тоҷикистон"]
    lookup = {"app_label": "actors", "model_name": "actor", "field_name": "country"}
    countries = registrar.get("/admin/autocomplete/", lookup | {"term": "kyrgyz"}).json()["results"]
    assert [country["id"] for country in countries] == ["KG"]


def test_the_pages_work_under_the_strict_policy(page: Any, transactional_db: None, rosa: User, kg_tj: Pair) -> None:
    """The fixture `page` fails on any complaint of the content security policy; looking up must work as well."""
    treaty = agreement(kg_tj)
    subject = keep(Subject(labels={"en": "Theatre"}))
    page.goto("/admin/login/")
    page.fill("#id_username", "rosa")
    page.fill("#id_password", "rosa")
    page.click("main button[type=submit]")
    page.wait_for_url(lambda address: "/login/" not in address)
    page.goto("/admin/")
    expect(page.locator(".model-agreement a").first).to_be_visible()
    page.goto(address(Agreement, "changelist"))
    assert page.locator("#result_list tbody tr").count() == 1
    page.goto(address(Agreement, "change", treaty.pk))
    page.locator(".field-subjects .select2-selection").click()
    page.keyboard.type("theat")
    page.locator(".select2-results__option", has_text="Theatre").click()
    page.locator("input[name=_save]").click()
    page.wait_for_url(f"**{address(Agreement, 'changelist')}")
    assert list(Agreement.objects.get().subjects.all()) == [subject]
