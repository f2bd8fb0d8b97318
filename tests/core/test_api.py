"""The manners of the API, held by every list and every single record in it."""

import gc
import json
import re
import weakref
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import resolve
from rest_framework.test import APIRequestFactory

import registry.api_urls  # noqa: F401 - so that every app has registered what it serves
from registry.core.api import ReadView, router
from registry.core.models import Country, Pair, Term
from registry.core.parameters import (
    BoundDayField,
    CodesField,
    DayField,
    ManyField,
    MomentField,
    NumberField,
    OneOf,
    RecordsField,
    RefsField,
    TagsField,
)
from registry.core.serializers import key_of
from tests.cast import commission, event, programme
from tests.everything import everything

CHECKED = (ManyField, BoundDayField, DayField, MomentField, NumberField, OneOf)
EXAMPLES = {
    "PairsField": "TJ-KG",
    "CountriesField": "KG",
    "DayField": "2018-01-01",
    "MomentField": "2018-01-01",
    "TextField": "x",
}
LISTS = {prefix: viewset for prefix, viewset, _basename in router.registry}


@pytest.fixture
def shown(kg_tj: Pair, on_day: Any) -> dict[str, Any]:
    """One published record of every kind; the clock stands on 22 November 2026."""
    on_day("2026-11-22")
    return everything(kg_tj, "SHOWN", visibility="published") | {
        "countries": Country.objects.get(pk="KG"),
        "vocabularies": Term.objects.get(vocabulary="sector", code="STATE"),
    }


def get(path: str, client: Client | None = None, **headers: str) -> Any:
    return (client or Client()).get(f"/api/v1/{path}", headers=headers)


def errors(path: str) -> dict[str, dict[str, str]]:
    """Return what is wrong with each parameter of a request that must be refused."""
    answer = get(path)
    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    document = answer.json()
    assert (document["status"], document["title"]) == (400, "Bad Request")
    return {error["parameter"]: error for error in document["errors"]}


def test_lists_and_their_rows(shown: dict[str, Any]) -> None:
    for prefix in LISTS:
        answer = get(f"{prefix}/?count=1&limit=1").json()
        assert set(answer) == {"results", "next", "license", "count"}
        (row,) = answer["results"]
        assert answer["count"] >= 1
        assert answer["license"]["sources"].endswith("/api/v1/sources/")
        page, api = (address.removeprefix(settings.SITE_URL) for address in (row["url"], row["api"]))
        assert resolve(page).url_name.endswith("-detail"), page
        assert Client().get(api).status_code in (200, 302), api


def test_a_single_record_says_what_its_row_says(shown: dict[str, Any]) -> None:
    for prefix in LISTS:
        ref = key_of(shown[prefix])
        row = next(row for row in get(f"{prefix}/?limit=200").json()["results"] if row["ref"] == ref)
        single = Client().get(f"/api/v1/{prefix}/{ref}/", follow=True).json()
        assert {name: single[name] for name in row} == row


def test_an_unknown_parameter_is_refused(shown: dict[str, Any]) -> None:
    for prefix in LISTS:
        found = errors(f"{prefix}/?orderin=id&format=pdf")
        assert (found["orderin"]["value"], found["format"]["value"]) == ("id", "pdf")
        assert "Did you mean “ordering”?" in found["orderin"]["remedy"]
        if prefix != "initiatives":  # a single one is found elsewhere
            assert "Known: " in errors(f"{prefix}/{key_of(shown[prefix])}/?limit=1")["limit"]["remedy"]


def test_an_unknown_value_of_any_parameter_is_refused(world: None) -> None:
    for prefix, viewset in LISTS.items():
        fields = viewset.filterset_class(queryset=viewset.queryset).form.fields
        # "nope!" is neither a code, a reference, a day nor a tag
        wrong = {"ordering": "sideways", "limit": "201", "count": "yes", "lang": "xx"} | {
            name: "nope!" for name, field in fields.items() if isinstance(field, CHECKED)
        }
        found = errors(f"{prefix}/?" + "&".join(f"{name}={value}" for name, value in wrong.items()))
        assert {name: error["value"] for name, error in found.items()} == wrong
        for name, error in found.items():
            assert error["value"] in error["remedy"], (prefix, error)
            if isinstance(fields.get(name), CodesField):
                assert fields[name].known[0] in error["remedy"]


def test_every_parameter_of_every_list_can_be_asked(shown: dict[str, Any]) -> None:
    for prefix, viewset in LISTS.items():
        filterset = viewset.filterset_class(queryset=viewset.queryset)
        for name, field in filterset.form.fields.items():
            value = EXAMPLES.get(type(field).__name__, "2018")
            if isinstance(field, CodesField):
                value = ",".join(field.known[:2])
            elif isinstance(field, RefsField):
                value = next(row.ref for row in shown.values() if isinstance(row, field.kind))
            elif isinstance(field, RecordsField):
                value = "SHOWN-EVENT"
            elif isinstance(field, TagsField):
                value = "ru,uz-Cyrl"
            elif isinstance(field, OneOf):
                value = field.known[0]
            answer = get(f"{prefix}/?{name}={value}&count=1")
            assert answer.status_code == 200, (prefix, name, value, answer.content)


def test_lists_can_be_ordered_by_all_their_orderings(shown: dict[str, Any]) -> None:
    for prefix, viewset in LISTS.items():
        for name in ("id", *viewset.orderings):
            up, down = (get(f"{prefix}/?limit=200&ordering={sign}{name}").json()["results"] for sign in ("", "-"))
            if len(up) < 200:
                assert [row["ref"] for row in up] == [row["ref"] for row in reversed(down)]


def test_what_is_not_there_is_a_problem_document(world: None) -> None:
    for prefix in LISTS:
        for ref in ("NOTHING-1", "999999999", "a:b", "ZZ"):
            answer = get(f"{prefix}/{ref}/")
            assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json"), answer.content
            assert answer.json()["title"] == "Not Found"


def test_a_list_as_a_whole_cannot_be_written(world: None) -> None:
    for prefix, viewset in LISTS.items():
        entered = "post" in viewset.http_method_names
        for method in ("post", "put", "patch", "delete"):
            answer = getattr(Client(), method)(f"/api/v1/{prefix}/")
            status = 401 if entered and method == "post" else 405
            assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
            if status == 405:
                assert answer["Allow"] == ("GET, HEAD, OPTIONS, POST" if entered else "GET, HEAD, OPTIONS")


# Who sees what -----------------------------------------------------------------------------------------------------


def test_a_draft_is_hidden_everywhere(shown: dict[str, Any], kg_tj: Pair, aigul: Any) -> None:
    hidden = everything(kg_tj, "HIDDEN", visibility="draft")
    # published records that are tied to hidden ones
    shown["events"].initiative = hidden["programmes"]
    shown["events"].session = hidden["sessions"]
    shown["events"].save()
    shown["commissions"].parent = hidden["agreements"]
    shown["commissions"].save()
    shown["events"].participations.update(actor=hidden["actors"])
    shown["commissions"].chairs.update(actor=hidden["actors"])
    shown["agreements"].actions.update(source=hidden["sources"])
    shown["outputs"].event = hidden["events"]
    shown["outputs"].save()
    shown["indicators"].source = hidden["sources"]
    shown["indicators"].save()
    without = {"SUBJECT", "PLACE", "FRAMEWORK", "MILESTONE", "INDICATOR"}  # kinds that everyone sees with their pair
    for prefix in LISTS:
        for path in (f"{prefix}/?limit=200&count=1", f"{prefix}/{key_of(shown[prefix])}/"):
            text = Client().get(f"/api/v1/{path}", follow=True).content.decode()
            found = set(re.findall(r"HIDDEN[- ]([A-Za-z0-9]+)", text))
            assert {name for name in found if name not in without} <= {"visit"}, path
    desk = Client()
    desk.force_login(aigul)
    for prefix in ("agreements", "sessions", "events", "outputs", "actors", "sources", "documents", "citations"):
        assert "HIDDEN" in get(f"{prefix}/?limit=200", desk).content.decode()
        assert get(f"{prefix}/{key_of(hidden[prefix])}/", desk).status_code == 200
        assert get(f"{prefix}/{key_of(hidden[prefix])}/").status_code == 404


def test_a_draft_is_seen_by_its_own_desks_only(kg_tj: Pair, aigul: Any, farrukh: Any, nurlan: Any, sardor: Any) -> None:
    event(kg_tj, ref="DRAFT", visibility="draft", started_on="2020-05-01")
    for user, seen in ((None, 0), (sardor, 0), (nurlan, 0), (aigul, 1), (farrukh, 1)):
        client = Client()
        if user:
            client.force_login(user)
        answer = get("events/?count=1&visibility=draft,published", client).json()
        assert (len(answer["results"]), answer["count"]) == (seen, seen)
        assert get("pairs/?count=1", client).json()["count"] == seen
        assert get("events/DRAFT/", client).status_code == (200 if seen else 404)


def test_staff_only_is_seen_at_any_desk(kg_tj: Pair, nurlan: Any, sardor: Any) -> None:
    event(kg_tj, ref="STAFF", visibility="staff_only")
    for user, status in ((None, 404), (sardor, 404), (nurlan, 200)):
        client = Client()
        if user:
            client.force_login(user)
        assert get("events/STAFF/", client).status_code == status


def test_a_link_to_a_draft_is_absent(kg_tj: Pair, aigul: Any) -> None:
    event(kg_tj, ref="SHOWN", initiative=programme(kg_tj, ref="DRAFT", visibility="draft"))
    assert get("events/SHOWN/").json()["initiative"] is None
    desk = Client()
    desk.force_login(aigul)
    assert get("events/SHOWN/", desk).json()["initiative"]["ref"] == "DRAFT"


# Addresses, languages, headers ---------------------------------------------------------------------------------------


def test_a_pair_in_the_other_order_leads_to_the_pair(shown: dict[str, Any]) -> None:
    answer = get("pairs/TJ-KG/?lang=ru")
    assert (answer.status_code, answer["Location"]) == (302, "/api/v1/pairs/KG-TJ/?lang=ru")


def test_an_initiative_leads_to_its_kind(shown: dict[str, Any]) -> None:
    answer = get("initiatives/SHOWN-COMMISSION/?as_of=2017-01-01")
    assert answer.status_code == 302
    assert answer["Location"].endswith("/api/v1/commissions/SHOWN-COMMISSION/?as_of=2017-01-01")


def test_an_address_without_its_last_stroke_leads_on(world: None) -> None:
    assert get("events").status_code == 301


@pytest.mark.parametrize("path", ["nothing/", "nothing/at/all/", "events/A/B/", "events/A%0AB/"])
def test_whatever_stands_nowhere_is_a_problem_document(world: None, path: str) -> None:
    for method in ("get", "post", "put", "patch", "delete"):
        answer = getattr(Client(), method)(f"/api/v1/{path}")
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_a_form_that_is_not_spoken_is_a_problem_document(world: None) -> None:
    answer = get("events/", accept="text/csv")
    assert (answer.status_code, answer["Content-Type"]) == (406, "application/problem+json")
    assert get("events/?format=csv", accept="text/csv").status_code == 200


class Broken(ReadView):
    def get(self, request: Any) -> None:
        raise ValueError("a secret of ours")


def test_our_own_fault_tells_no_secret(caplog: Any) -> None:
    answer = Broken.as_view()(APIRequestFactory().get("/api/v1/broken/")).render()
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert "secret" not in answer.content.decode() and "a secret of ours" in caplog.text


def test_labels_in_the_language_asked_for(shown: dict[str, Any]) -> None:
    assert get("countries/KZ/?lang=ru").json()["label"] == "Казахстан"
    assert get("countries/KZ/", **{"accept-language": "kk"}).json()["label"] == "Қазақстан"
    assert get("countries/KZ/?lang=en", **{"accept-language": "kk"}).json()["label"] == "Kazakhstan"
    answer = get("countries/KZ/?lang=ru")
    assert answer["Content-Language"] == "ru" and "Accept-Language" in answer["Vary"]


def test_titles_in_the_language_asked_for(kg_tj: Pair) -> None:
    council = commission(kg_tj, title="Council", titles={"ru": "Совет"}, ref="COUNCIL")
    event(kg_tj, ref="EVENT", initiative=council)
    row = get("events/?lang=ru").json()["results"][0]
    assert row["initiative"]["title"] == "Совет"
    assert get("commissions/COUNCIL/?lang=ru").json()["title"] == "Council"


def test_an_answer_that_has_not_changed_is_not_sent_again(shown: dict[str, Any]) -> None:
    first = get("events/")
    again = get("events/", **{"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    shown["events"].note = "changed"
    shown["events"].save()
    assert get("events/", **{"if-none-match": first["ETag"]}).status_code == 200


def test_any_page_of_the_web_may_read_but_not_as_its_reader(world: None) -> None:
    answer = get("events/")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer
    asked = Client().options("/api/v1/events/")
    assert (asked.status_code, asked["Access-Control-Allow-Methods"]) == (204, "GET, HEAD, POST")
    assert "Access-Control-Allow-Credentials" not in asked
    assert Client().options("/api/v1/countries/")["Access-Control-Allow-Methods"] == "GET, HEAD"
    assert get("nothing/")["Access-Control-Allow-Origin"] == "*"
    assert Client().head("/api/v1/events/").status_code == 200


def test_the_root_names_every_list(world: None) -> None:
    others = {"changes", "coverage", "indices", "snapshots"}  # no lists of records, but worth finding
    assert set(get("").json()["lists"]) == {*LISTS, *others}
    assert "wrong" in errors("?wrong=1")


def test_no_row_holds_what_is_for_staff_or_derived(shown: dict[str, Any]) -> None:
    for prefix in LISTS:
        row = json.dumps(Client().get(f"/api/v1/{prefix}/{key_of(shown[prefix])}/", follow=True).json())
        for name in ("folded", "coder", "announced_state", "rule_start", "good_until", '"id"', "password", "email"):
            assert name not in row, (prefix, name)


@pytest.mark.parametrize("path", ["events/", "events/SHOWN-EVENT/"])
def test_an_answer_is_let_go_as_soon_as_it_is_sent(shown: dict[str, Any], path: str) -> None:
    view, args, kwargs = resolve(f"/api/v1/{path}")
    gc.disable()  # what only the collector of cycles finds stays in memory, with all rows, for a hundred requests
    try:
        answer = view(APIRequestFactory().get(f"/api/v1/{path}"), *args, **kwargs).render()
        assert answer.status_code == 200
        sent = weakref.ref(answer)
        del answer
        assert sent() is None
    finally:
        gc.enable()
