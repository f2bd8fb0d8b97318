"""Writing through the API: whatever a desk may do, by the same forms, on the version that was read, once."""

from functools import partial
from typing import Any

import pytest
from django.test import Client

import registry.api_urls  # noqa: F401 - so that every app has registered what it serves
from actors.models import Actor
from agreements.models import Commitment
from continuity.models import Initiative
from events.models import Event
from registry.core import write
from registry.core.api import router
from registry.core.api_write import WriteViewSet
from registry.core.models import Answered, Pair, Revision, Source, User
from registry.core.serializers import key_of
from tests.cast import agreement, commission, event, programme, session
from tests.core.test_write import together
from tests.everything import everything, keep
from tests.programs import Program, problem, wrong

WRITTEN = {prefix: viewset for prefix, viewset, _name in router.registry if issubclass(viewset, WriteViewSet)}
CONCERT = {"pair": "KG-TJ", "title": "Concert", "kind": "CONCERT", "format": "ONSITE", "outcome": "PLANNED"}


@pytest.fixture
def aiguls(aigul: User) -> Program:
    return Program(aigul)


@pytest.fixture
def bakyts(bakyt: User) -> Program:
    return Program(bakyt)


def troupe(name: str = "Troupe", **fields: Any) -> Actor:
    fields = {"type": "S_CENTRE", "sector": "STATE", "country_id": "KG", "visibility": "published"} | fields
    return keep(Actor(name=name, **fields))


def gazette(**fields: Any) -> Source:
    return keep(Source(**{"kind": "OFFICIAL_PAGE", "publisher": "Gazette", "visibility": "published"} | fields))


# Every kind ----------------------------------------------------------------------------------------------------------


def test_what_was_read_can_be_sent_back_and_changes_nothing(kg_tj: Pair, on_day: Any, bakyts: Program) -> None:
    on_day("2026-11-22")
    shown = everything(kg_tj, "SHOWN", visibility="published")
    assert len(WRITTEN) == 20
    for prefix in WRITTEN:
        record = shown[prefix]
        path = f"{prefix}/{key_of(record)}/"
        before = write.content(type(record).objects.get(pk=record.pk))
        read = bakyts.get(f"{path}?lang=ru")
        answer = bakyts.patch(path, read.json(), read["ETag"])
        assert answer.status_code == 200, (prefix, answer.content.decode())
        assert write.content(type(record).objects.get(pk=record.pk)) == before
        assert answer.json()["version"] == read.json()["version"] + 1


def test_a_copy_of_what_was_read_is_a_record_of_its_own(kg_tj: Pair, on_day: Any, bakyts: Program) -> None:
    on_day("2026-11-22")
    shown = everything(kg_tj, "SHOWN", visibility="published")
    once = {"sessions": {"number": 2}}
    for prefix, viewset in WRITTEN.items():
        if "post" not in viewset.http_method_names:
            continue
        read = bakyts.get(f"{prefix}/{key_of(shown[prefix])}/").json()
        elsewhere = {"visibility": "draft", "documents": [], "stances": [], "border_of": []}
        read |= {name: value for name, value in elsewhere.items() if name in read}
        answer = bakyts.post(f"{prefix}/", read | once.get(prefix, {}))
        assert answer.status_code == 201, (prefix, answer.content.decode())
        made = answer.json()
        assert (made["ref"] != read["ref"], made["version"]) == (True, 1)
        form = viewset.form_class
        written = {form.API_NAMES.get(name, name) for name in form.base_fields} & read.keys()
        written |= {rows.get_default_prefix() for rows in form.rows} | ({"citations"} if form.cited else set())
        differ = {name for name in written - {"version"} if made[name] != read[name]}
        assert differ <= once.get(prefix, {}).keys(), prefix


def test_a_draft_is_entered_with_all_that_belongs_to_it(aiguls: Program, aigul: User, kg_tj: Pair) -> None:
    actor, source, days = troupe(), gazette(), programme(kg_tj)
    answer = aiguls.post(
        "events/",
        CONCERT
        | {
            "titles": {"ru": "Концерт", "uz-Cyrl": "Концерт"},
            "planned_on": "2027-04~",
            "initiative": days.ref,
            "fields": ["PERFORMING"] if False else [],
            "participations": [{"actor": actor.ref, "side": "KG", "role": "ORGANISER"}],
            "sent": [{"country": "KG", "people": 12}],
            "citations": [{"source": source.ref, "field": "planned_on", "value": "April 2027"}],
            "why": "From the plan",
        },
    )
    assert answer.status_code == 201, answer.content.decode()
    row = answer.json()
    made = Event.objects.get(ref=row["ref"])
    assert (answer["Location"], row["version"], row["visibility"]) == (row["api"], 1, "draft")
    assert aiguls.get(f"events/{made.ref}/")["ETag"] == answer["ETag"]
    assert made.titles == {"ru": "Концерт", "uz-Cyrl": "Концерт"} and made.initiative_id == days.pk
    assert [(one.actor_id, one.side_id, one.role) for one in made.participations.all()] == [
        (actor.pk, "KG", "ORGANISER")
    ]
    assert row["citations"][0]["value"] == "April 2027" and row["sent"][0]["people"] == 12
    revision = Revision.objects.get(ref=made.ref)
    assert (revision.by, revision.why, revision.kind) == (aigul, "From the plan", "created")
    assert Client().get(f"/api/v1/events/{made.ref}/").status_code == 404


def test_a_pair_comes_into_being_when_first_used(aiguls: Program) -> None:
    assert aiguls.post("events/", CONCERT | {"pair": "UZ-KG"}).json()["pair"] == "KG-UZ"


def test_a_session_begins_with_its_commission(aiguls: Program, kg_tj: Pair) -> None:
    council = commission(kg_tj)
    link = aiguls.get(f"commissions/{council.ref}/").json()
    answer = aiguls.post("sessions/", {"commission": link, "number": 1, "outcome": "PLANNED", "planned_on": "2027"})
    assert answer.status_code == 201, answer.content.decode()
    assert answer.json()["commission"]["ref"] == council.ref
    assert "commission" in wrong(aiguls.post("sessions/", {"number": 2}))
    assert "commission" in wrong(aiguls.post("sessions/", {"commission": "NOPE"}))


# What is named is changed, and nothing else --------------------------------------------------------------------------


def test_a_change_of_one_thing_leaves_all_else(aiguls: Program, kg_tj: Pair) -> None:
    concert = event(kg_tj, ref="E1", titles={"ru": "Концерт", "tg-Arab": "x"}, attendance=40)
    concert.participations.create(actor=troupe(), side_id="KG", role="ORGANISER")
    before = write.content(concert)
    answer = aiguls.patch("events/E1/", {"attendance": 50, "why": "Counted"}, 1)
    assert (answer.status_code, answer.json()["version"]) == (200, 2)
    assert aiguls.get("events/E1/")["ETag"] == answer["ETag"]
    concert.refresh_from_db()
    assert write.content(concert) == before | {"attendance": 50}
    assert aiguls.patch("events/E1/", {"attendance": None}, 2).json()["attendance"] is None


def test_rows_that_are_named_are_replaced_as_one_list(aiguls: Program, kg_tj: Pair) -> None:
    treaty = agreement(kg_tj, ref="A1")
    first = treaty.articles.create(number=1, text="One")
    treaty.articles.create(number=2, text="Two")
    keep(Commitment(pair=kg_tj, text="A festival", article=first))
    articles = [{"number": 3, "text": "Three"}, {"number": 1, "text": "One, amended", "fields": ["HERITAGE"]}]
    answer = aiguls.patch("agreements/A1/", {"articles": articles}, 1)
    assert answer.status_code == 200, answer.content.decode()
    rows = {row.number: row for row in treaty.articles.all()}
    assert {number: row.text for number, row in rows.items()} == {1: "One, amended", 3: "Three"}
    assert rows[1].pk == first.pk  # a commitment points to it
    assert [one.code for one in rows[1].fields.all()] == ["HERITAGE"]
    swapped = [{"number": 1, "text": "Three"}, {"number": 3, "text": "One"}]
    assert aiguls.patch("agreements/A1/", {"articles": swapped}, 2).status_code == 200
    problem(aiguls.patch("agreements/A1/", {"articles": []}, 3), 409)
    assert treaty.articles.count() == 2
    remedies = wrong(aiguls.patch("agreements/A1/", {"articles": [{"number": 7}, {"number": 7}, {}]}, 3))
    assert {"articles[0].text", "articles[2].number"} <= remedies.keys()


def test_a_row_that_may_not_be_seen_stays(aiguls: Program, kg_tj: Pair) -> None:
    hidden = troupe("Hidden", country_id="TJ", visibility="draft")
    concert = event(kg_tj, ref="E1")
    concert.participations.create(actor=hidden, side_id="TJ", role="ORGANISER")
    assert aiguls.get("events/E1/").json()["participations"] == []
    assert aiguls.patch("events/E1/", {"participations": []}, 1).status_code == 200
    assert concert.participations.get().actor == hidden
    answer = aiguls.patch("events/E1/", {"participations": [{"actor": hidden.ref, "role": "ORGANISER"}]}, 2)
    absent = aiguls.patch("events/E1/", {"participations": [{"actor": "NOPE", "role": "ORGANISER"}]}, 2)
    assert [*wrong(answer).values()] == [text.replace("NOPE", hidden.ref) for text in wrong(absent).values()]


def test_a_link_that_may_not_be_seen_stays(aiguls: Program, kg_tj: Pair) -> None:
    hidden = troupe("Hidden", country_id="TJ", visibility="draft")
    promise = keep(Commitment(pair=kg_tj, text="A festival", ref="C1"), responsible_b=[hidden])
    read = aiguls.get("commitments/C1/")
    assert read.json()["responsible_b"] == []
    assert aiguls.patch("commitments/C1/", read.json() | {"text": "Two"}, read["ETag"]).status_code == 200
    assert [*promise.responsible_b.all()] == [hidden]


def test_a_commitment_names_its_article_by_agreement_and_number(aiguls: Program, kg_tj: Pair) -> None:
    treaty = agreement(kg_tj, ref="A1")
    article = treaty.articles.create(number=5, text="Festivals")
    answer = aiguls.post("commitments/", {"pair": "KG-TJ", "text": "One", "agreement": "A1", "article": 5})
    assert answer.status_code == 201, answer.content.decode()
    promise = Commitment.objects.get(ref=answer.json()["ref"])
    assert promise.article == article
    assert "article" in wrong(aiguls.patch(f"commitments/{promise.ref}/", {"article": 6}, 1))
    assert aiguls.patch(f"commitments/{promise.ref}/", {"article": None}, 1).json()["agreement"] is None


def test_what_is_named_wrongly_is_refused_with_a_remedy(aiguls: Program, kg_tj: Pair) -> None:
    event(kg_tj, ref="E1")
    sent = {
        "titel": "x", "kind": "CONZERT", "attendance": "40", "started_on": 2020, "initiative": ["x"], "places": "OSH",
        "title": ["a"], "country": "XX", "participations": [{"actr": "x"}],
    }  # fmt: skip
    remedies = wrong(aiguls.patch("events/E1/", sent, 1))
    assert "Did you mean “title”?" in remedies["titel"]
    assert "CONCERT" in remedies["kind"] and "Did you mean “CONCERT”?" in remedies["kind"]
    assert remedies["attendance"] == "Write it as a number, without quotes, or null."
    assert remedies["started_on"] == remedies["title"] == "Write it as text in quotes, or null."
    assert "Did you mean “actor”?" in remedies["participations[0].actr"]
    assert {"initiative", "places", "country"} <= remedies.keys()
    for odd in ([], "x", {"RU!": "x"}, {"ru": 5}, {"ru": "x" * 601}, {"tt": "x" * 601}):
        assert [*wrong(aiguls.patch("events/E1/", {"titles": odd}, 1))] == ["titles"]
    # what the forms of the desk say
    sent = {"ended_on": "yesterday", "reported_on": "2020-13-01", "participations": [{"role": "ORGANISER"}]}
    assert {"ended_on", "reported_on", "participations[0].actor"} == wrong(aiguls.patch("events/E1/", sent, 1)).keys()
    assert Event.objects.get(ref="E1").version == 1


def test_what_is_fixed_is_refused_and_what_is_derived_is_left_alone(aiguls: Program, kg_tj: Pair) -> None:
    event(kg_tj, ref="E1")
    assert [*wrong(aiguls.patch("events/E1/", {"pair": "KG-UZ"}, 1))] == ["pair"]
    assert [*wrong(aiguls.patch("events/E1/", {"documents": [{"title": "x"}]}, 1))] == ["documents"]
    answer = aiguls.patch("events/E1/", {"pair": "KG-TJ", "ref": "E9", "kind_label": "Opera", "unreported": True}, 1)
    assert (answer.status_code, answer.json()["ref"], answer.json()["unreported"]) == (200, "E1", False)
    assert [*wrong(aiguls.patch("events/E1/", {"why": "no reason"}, 2))] == ["body"]


# Who -----------------------------------------------------------------------------------------------------------------


def test_nobody_writes_what_his_desk_may_not(kg_tj: Pair, nurlan: User, sardor: User, aiguls: Program) -> None:
    event(kg_tj, ref="SEEN")
    event(kg_tj, ref="DRAFT", visibility="draft")
    for user in (nurlan, sardor):
        program = Program(user)
        said = problem(program.patch("events/SEEN/", {"title": "x"}, 1), 403)["detail"]
        assert said == "Only an editor at a desk of “Concert” may change it. Ask one of its desks."
        problem(program.delete("events/SEEN/", 1), 403)
        problem(program.patch("events/DRAFT/", {"title": "x"}, 1), 404)
        problem(program.delete("events/DRAFT/", 1), 404)
        problem(program.post("events/", CONCERT), 403)
    problem(aiguls.post("events/", CONCERT | {"pair": "KZ-UZ"}), 403)
    problem(aiguls.patch("events/NOPE/", {"title": "x"}, 1), 404)


def test_publishing_needs_an_approver(kg_tj: Pair, aiguls: Program, bakyts: Program) -> None:
    event(kg_tj, ref="DRAFT", visibility="draft")
    said = problem(aiguls.patch("events/DRAFT/", {"visibility": "published"}, 1), 403)["detail"]
    assert said == "Publishing “Concert” needs an approver of either side. Save it as a draft and ask one."
    problem(aiguls.post("events/", CONCERT | {"visibility": "published"}), 403)
    assert aiguls.post("events/", CONCERT | {"visibility": "draft"}).status_code == 201
    assert bakyts.patch("events/DRAFT/", {"visibility": "published"}, 1).json()["visibility"] == "published"
    problem(aiguls.delete("events/DRAFT/", 2), 403)
    assert bakyts.delete("events/DRAFT/", 2).status_code == 204


def test_declared_days_are_changed_by_approvers(kg_tj: Pair, aiguls: Program, bakyts: Program) -> None:
    answer = bakyts.patch("pairs/KG-TJ/", {"tracking_basis": "declared"}, kg_tj.version)
    assert answer.status_code == 200, answer.content.decode()
    version = answer.json()["version"]
    problem(aiguls.patch("pairs/KG-TJ/", {"tracked_from": "2018-01-01"}, version), 403)
    assert aiguls.patch("pairs/KG-TJ/", {"note": "x", "tracked_from": "2015-01-01"}, version).status_code == 200


def test_a_browser_that_has_signed_in_writes_from_our_own_pages_only(kg_tj: Pair, aigul: User) -> None:
    event(kg_tj, ref="E1")
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(aigul)
    ask = {"data": '{"title": "x"}', "content_type": "application/json"}
    refused = browser.patch("/api/v1/events/E1/", headers={"if-match": '"v1"'}, **ask)
    assert "CSRF" in problem(refused, 403)["detail"]
    browser.get("/following/")
    token = browser.cookies["csrftoken"].value
    done = browser.patch("/api/v1/events/E1/", headers={"if-match": '"v1"', "x-csrftoken": token}, **ask)
    assert done.status_code == 200


# Which version -------------------------------------------------------------------------------------------------------


def test_a_write_says_which_version_it_rests_on(kg_tj: Pair, aiguls: Program) -> None:
    event(kg_tj, ref="E1", visibility="draft")
    problem(aiguls.patch("events/E1/", {"title": "x"}), 428)
    problem(aiguls.patch("events/E1/", {"title": "x"}, "*"), 428)
    problem(aiguls.delete("events/E1/"), 428)
    for tag in ("1", "v1", '"1"', '"v1', '"v²"', '"v1", x', '"v' + "9" * 5000 + '"'):
        problem(aiguls.patch("events/E1/", {"title": "x"}, tag.encode().decode("latin-1")), 400)
    tag = aiguls.get("events/E1/")["ETag"]
    answer = aiguls.patch("events/E1/", {"title": "Second"}, f"W/{tag}")  # as a proxy that compresses passes it on
    assert answer.json()["title"] == "Second"
    for sent in (tag, '"v1"', '"v7"'):
        document = problem(refused := aiguls.patch("events/E1/", {"title": "Third"}, sent), 412)
        assert (document["sent"], document["current"]["title"]) == ({"title": "Third"}, "Second")
        assert refused["ETag"] == '"v2"'
        problem(aiguls.delete("events/E1/?why=x&lang=ru", sent), 412)
    assert aiguls.delete("events/E1/", '"v1", "v2"').status_code == 204
    problem(aiguls.delete("events/E1/", 2), 404)
    assert Revision.objects.filter(ref="E1").first().kind == "deleted"


def test_a_tag_says_version_language_and_reader(kg_tj: Pair, aiguls: Program) -> None:
    event(kg_tj, ref="E1", initiative=programme(kg_tj, visibility="draft"))
    asked = ((aiguls, ""), (aiguls, "?lang=ru"), (Program(None), ""))
    tags = [program.get(f"events/E1/{query}")["ETag"] for program, query in asked]
    assert len(set(tags)) == 3 and all(tag.startswith('"v1-') for tag in tags)
    assert aiguls.get("events/E1/", if_none_match=tags[0]).status_code == 304
    assert aiguls.get("events/E1/", if_none_match=tags[1]).status_code == 200


def test_one_of_four_changes_wins(transactional_db: None, kg_tj: Pair, aigul: User) -> None:
    event(kg_tj, ref="E1")
    programs = [Program(aigul) for _one in range(4)]
    for version in range(1, 4):
        changes = [partial(one.patch, "events/E1/", {"title": one.row.start}, version) for one in programs]
        answers = together(*changes)
        assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
        (winner,) = [answer.json() for answer in answers if answer.status_code == 200]
        assert winner["version"] == version + 1
        lost = [answer.json() for answer in answers if answer.status_code == 412]
        assert {one["current"]["title"] for one in lost} == {winner["title"]}
    assert Revision.objects.filter(ref="E1").count() == 4


# Once ----------------------------------------------------------------------------------------------------------------


def test_the_same_key_is_done_once(aiguls: Program, bakyts: Program, kg_tj: Pair) -> None:
    first, again = (aiguls.post("events/", CONCERT, "k1") for _time in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.content, first["Location"], first["ETag"]) == (again.content, again["Location"], again["ETag"])
    assert Event.objects.count() == 1
    assert "Idempotency-Key" in problem(aiguls.post("events/", CONCERT | {"title": "Other"}, "k1"), 422)["detail"]
    assert bakyts.post("events/", CONCERT, "k1").status_code == 201  # another's key is another key
    assert Event.objects.count() == 2
    Answered.objects.update(at="2020-01-01T00:00:00Z")
    assert aiguls.post("events/", CONCERT | {"title": "Other"}, "k1").status_code == 201
    problem(aiguls.post("events/", CONCERT, "k" * 201), 400)


def test_a_request_that_was_refused_leaves_its_key_free(aiguls: Program, kg_tj: Pair) -> None:
    assert wrong(aiguls.post("events/", CONCERT | {"kind": "NOPE"}, "k1"))
    assert not Answered.objects.exists()
    assert aiguls.post("events/", CONCERT, "k1").status_code == 201


def test_the_same_key_at_the_same_moment_is_done_once(transactional_db: None, kg_tj: Pair, aigul: User) -> None:
    """A number that is given once in a commission: the second one is wrong as soon as the first is stored."""
    council = commission(kg_tj)
    programs = [Program(aigul) for _one in range(4)]
    for number in range(1, 4):
        body = {"commission": council.ref, "number": number, "outcome": "PLANNED", "planned_on": "2027"}
        answers = together(*(partial(one.post, "sessions/", body, f"key-{number}") for one in programs))
        assert [answer.status_code for answer in answers] == [201] * 4, [answer.content for answer in answers]
        assert len({answer.content for answer in answers}) == len({answer["ETag"] for answer in answers}) == 1
        assert council.sessions.count() == number
    assert Revision.objects.filter(model="agreements.Session").count() == 3


# What hangs on it, and what would come of it -------------------------------------------------------------------------


def test_what_something_hangs_on_is_not_deleted(kg_tj: Pair, bakyts: Program) -> None:
    days = programme(kg_tj, ref="P1")
    event(kg_tj, initiative=days)
    said = problem(bakyts.delete("programmes/P1/", 1), 409)["detail"]
    assert "cannot be deleted while these point to it: event “Concert”" in said
    assert Initiative.objects.get(ref="P1").version == 1


def test_the_reason_of_a_deletion_stands_in_its_address(kg_tj: Pair, bakyts: Program) -> None:
    event(kg_tj, ref="E1")
    assert bakyts.delete("events/E1/?why=Entered%20twice", 1).status_code == 204
    assert Revision.objects.filter(ref="E1").first().why == "Entered twice"
    problem(bakyts.delete("events/E1/?wy=x", 1), 400)


def test_what_a_write_would_change_of_others_is_told_first(kg_tj: Pair, on_day: Any, aiguls: Program) -> None:
    on_day("2026-11-22")
    council = commission(kg_tj, ref="C1", started_on="2016-01-01")
    session(council, started_on="2026-03-12")
    document = problem(aiguls.patch("commissions/C1/", {"cadence": 30, "grace": 0}, 1), 409)
    assert document["foreseen"]["changes"] and Initiative.objects.get(ref="C1").cadence is None
    token = document["foreseen"]["token"]
    other = problem(aiguls.patch("commissions/C1/", {"cadence": 60, "grace": 0, "foreseen": token}, 1), 409)
    assert other["foreseen"]["token"] != token
    assert aiguls.patch("commissions/C1/", {"cadence": 30, "grace": 0, "foreseen": token}, 1).status_code == 200


# Odd bodies ----------------------------------------------------------------------------------------------------------

ODD = {
    "no JSON": (b"{", 400),
    "no UTF-8": (b'{"title": "\xff"}', 400),
    "a list": (b"[]", 400),
    "a text": (b'"x"', 400),
    "null": (b"null", 400),
    "NaN": (b'{"attendance": NaN}', 400),
    "twice": (b'{"title": "a", "title": "b"}', 400),
    "twice, deeper": (b'{"participations": [{"role": "A", "role": "B"}]}', 400),
    "a null character": (b'{"title": "a\\u0000b"}', 400),
    "a null character in a name": (b'{"a\\u0000b": 1}', 400),
    "half a character": (b'{"title": "\\ud800"}', 400),
    "half a character, deeper": (b'{"titles": {"ru": "\\udfff"}}', 400),
    "deep": (b'{"title": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
    "deep where nothing is written": (b'{"documents": ' + b"[" * 900 + b"]" * 900 + b"}", 400),
    "ten deep": (b'{"documents": [' + b"[1," * 8 + b"2" + b"]" * 8 + b"]}", 422),
    "a number of 5,000 digits": (b'{"attendance": ' + b"9" * 5000 + b"}", 400),
    "a number of 4,000 digits": (b'{"attendance": ' + b"9" * 4000 + b"}", 422),
    "a number beyond all bounds": (b'{"attendance": 1e999999}', 400),
    "a number with a fraction": (b'{"attendance": 1.5}', 422),
    "a negative number": (b'{"attendance": -1}', 422),
    "true": (b'{"attendance": true}', 422),
    "an object": (b'{"title": {"a": 1}}', 422),
    "a link without a reference": (b'{"initiative": {"ref": 5}}', 422),
    "a reference of brackets": (b'{"initiative": "] OR 1=1"}', 422),
    "2,000 rows": (b'{"participations": [' + b",".join([b"{}"] * 2000) + b"]}", 422),
    "a title of a million": (b'{"title": "' + b"x" * 1_000_000 + b'"}', 422),
    "nothing": (b"{}", 422),
    "10 MB": (b'{"title": "' + b"x" * 10_000_000 + b'"}', 413),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_body_is_refused(kg_tj: Pair, aiguls: Program, name: str) -> None:
    body, status = ODD[name]
    event(kg_tj, ref="E1")
    document = problem(aiguls.patch("events/E1/", body, 1), status)
    assert len(str(document)) < 5000  # what is too long is not told back whole
    assert Event.objects.get(ref="E1").version == 1
    problem(aiguls.post("events/", body), status)


def test_a_body_of_another_kind_is_refused(kg_tj: Pair, aiguls: Program) -> None:
    event(kg_tj, ref="E1")
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"):
        problem(aiguls.ask("PATCH", "events/E1/", b"title=x", kind, if_match='"v1"'), 415)


def test_a_text_that_looks_like_a_name_names_nothing(kg_tj: Pair, aiguls: Program) -> None:
    """In a page an actor is found by its name; a program names it by reference, or it would hit another one day."""
    actor = troupe("Manas")
    rows = [{"actor": "Manas", "side": "KG", "role": "ORGANISER"}]
    assert "participations[0].actor" in wrong(aiguls.post("events/", CONCERT | {"participations": rows}))
    rows[0]["actor"] = actor.ref
    assert aiguls.post("events/", CONCERT | {"participations": rows}).status_code == 201


def test_a_place_says_its_other_names(aiguls: Program) -> None:
    names = {"ky": ["Ош"], "uz": ["Oʻsh", "Ush"]}
    answer = aiguls.post("places/", {"name": "Osh", "country": "KG", "other_names": names, "latitude": 40.5})
    assert (answer.status_code, answer.json()["other_names"]) == (201, names)
    path = f"places/{answer.json()['ref']}/"
    for odd in ("Ош", {"ky": "Ош"}, {"ky": [1]}, {"ky": ["a\nb"]}, ["x"], {"a b": ["x"]}):
        assert [*wrong(aiguls.patch(path, {"other_names": odd}, 1))] == ["other_names"]


# Queries -------------------------------------------------------------------------------------------------------------


def test_queries_do_not_grow_with_rows(kg_tj: Pair, aiguls: Program, django_assert_max_num_queries: Any) -> None:
    """For each row the form asks whether its actor is on file and whether it stands there already, as for the page;
    whom the rows name, by reference, is read at once."""
    actors = [troupe(f"Troupe {number}") for number in range(20)]
    numbers = []
    for some in (actors[:10], actors):
        rows = [{"actor": actor.ref, "side": "KG", "role": "ORGANISER"} for actor in some]
        with django_assert_max_num_queries(200) as queries:
            assert aiguls.post("events/", CONCERT | {"participations": rows}).status_code == 201
        numbers.append(len([query for query in queries if "SELECT" in query["sql"][:10]]))
    assert numbers[1] - numbers[0] <= 20, numbers
