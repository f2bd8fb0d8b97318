"""Two worlds that differ only in what is hidden: `show` stores the one, `hide` makes the other of it.

What is hidden is attached wherever it can be. Beside every record with something on it stands a bare one with nothing
on it, so that whatever the hidden adds, to a row, a count, a filter or a state, is the only such thing there.
"""

from datetime import date
from typing import Any

from django.apps import apps
from django.db import models

from actors.models import Actor
from agreements.models import Agreement, Article, Commission, Commitment, Session
from continuity import door
from continuity.models import (
    Activity,
    ActivityEntry,
    Concern,
    Initiative,
    Lapse,
    Milestone,
    Relation,
    Subscription,
    Suspension,
    TensionEpisode,
    Transition,
)
from continuity.sweep import sweep
from events.models import BudgetLine, Event, Fulfilment, Output, Programme
from registry.core import changes, write
from registry.core.models import (
    Citation,
    Comment,
    Confirmation,
    Country,
    Document,
    FormDraft,
    Framework,
    Indicator,
    Job,
    Pair,
    Place,
    Record,
    Revision,
    Source,
    Subject,
    Term,
    User,
)
from tests.cast import agreement, commission, event, programme, session
from tests.everything import keep, one_of_each
from tests.safety.addresses import References
from tests.safety.routes import KINDS, key_of
from tests.safety.world import TODAY

INITIATIVES = (Agreement, Commission, Programme)
Made = dict[type[models.Model], Any]


def called(kind: type[models.Model], visibility: str) -> dict[str, str]:
    """Return the reference of the hidden record of a kind."""
    return {"ref": f"{MARKS[visibility]}-{kind._meta.model_name.upper()}"}


def show(user: User) -> dict[str, Made]:
    """Store what everyone may see. Return the records with something on them (“full”) and the bare ones."""
    pair = Pair.objects.between("KG", "TJ")
    pair.tracked_from, pair.tracking_basis = date(2015, 1, 1), "assumed"
    full = one_of_each(write.save(pair, by=write.SYSTEM), user) | {Pair: pair}
    bare: Made = {
        Agreement: agreement(pair, title="Bare agreement", rhythm="regular"),
        Commission: commission(pair, title="Bare commission"),
        Programme: programme(pair, title="Bare programme", started_on="2026-01-01"),
        Event: event(pair, title="Bare event"),
        Actor: keep(Actor(name="Bare", type="S_CENTRE", sector="STATE", country_id="KG", visibility="published")),
        Source: keep(Source(kind="PRESS", title="Bare source", visibility="published")),
        Commitment: keep(Commitment(pair=pair, text="A bare promise", due_on="2025")),
        Output: keep(Output(pair=pair, title="Bare book", kind="FILM", visibility="published")),
        TensionEpisode: keep(
            TensionEpisode(pair=pair, title="Bare", kind="OTHER", started_on="2024", visibility="published")
        ),
        Milestone: keep(Milestone(pair=pair, title="Bare", kind="SUMMIT", started_on="2024")),
        Indicator: keep(Indicator(pair=pair, what="Bare", value="1", unit="people", date="2024")),
        Place: keep(Place(name="Bare place", country_id="KG")),
        Framework: keep(Framework(title="Bare framework", country_id="KG")),
        Subject: keep(Subject(labels={"en": "Bare"})),
        Lapse: None,
    }
    bare[Session] = session(bare[Commission], started_on="2016-06-01")
    bare[BudgetLine] = bare[Programme].budget.create(year=2026, amount="5", currency="USD")
    bare[Lapse] = bare[Commission].lapses.get()
    sweep()
    changes.number()  # as after a commit
    return {"full": full, "bare": bare}


def references(shown: dict[str, Made]) -> References:
    """Return what is asked for of every kind: all that is shown, and one thing that is hidden or not there."""
    refs: References = {}
    for kind in KINDS.values():
        rows = [key_of(row) for made in shown.values() if (row := made.get(kind))]
        refs[kind] = [*rows, *(called(kind, visibility)["ref"] for visibility in MARKS)]
    for kind in (Activity, Suspension, Citation):  # known by number: those that come next are asked for
        rows = list(kind.objects.order_by("pk").values_list("pk", flat=True))
        refs[kind] = [str(number) for number in (*rows, *range(rows[-1] + 1, rows[-1] + 4))]
    fixed = {Pair: ["KG-TJ", "TJ-KG", "KG-UZ"], Country: ["KG", "UZ"], Revision: ["1"]}
    term = {Term: [key_of(Term.objects.filter(vocabulary="field")[0])]}
    return refs | {Initiative: [ref for kind in INITIATIVES for ref in refs[kind]]} | fixed | term


MARKS = {"staff_only": "STAFF", "draft": "HIDDEN"}
"""Visibility → what the references of hidden records begin with, one of each kind."""


def hide(shown: dict[str, Made], user: User, visibility: str) -> None:
    """Store records of every kind that are not for everyone, and attach them to what is shown, wherever it goes."""
    before = keys_of_all_rows()
    full, bare = shown["full"], shown["bare"]
    pair, nowhere = full[Pair], Pair.objects.between("KG", "UZ")
    culture = Term.objects.filter(vocabulary="field")[0]
    made: Made = {}

    def named(kind: type[models.Model], **fields: Any) -> dict[str, Any]:
        return called(kind, visibility) | {"visibility": visibility} | fields

    made[Source] = keep(Source(kind="PRESS", title="Hidden law", desk_id="KG", licence="CC BY", **named(Source)))
    made[Actor] = keep(
        Actor(name="Hidden union", type="N_UNION", sector="NON_STATE", country_id="KG", **named(Actor)),
        subjects=[bare[Subject]],
    )
    made[Agreement] = agreement(
        pair, title="Hidden protocol", parent=bare[Commission], signed_on="2026-11-20", signed_place=bare[Place],
        declared_status="IN_FORCE", meeting_clause_days=30, ended_on="2026-12-01", **named(Agreement),
    )  # fmt: skip
    made[Commission] = commission(pair, title="Hidden group", parent=bare[Agreement], cadence=100, **named(Commission))
    made[Programme] = programme(pair, title="Hidden days", parent=bare[Commission], **named(Programme))
    met = {"number": len(visibility), "started_on": "2026-11-20", "place": bare[Place]}
    made[Session] = session(bare[Commission], **met, **named(Session))
    made[Event] = event(
        pair, title="Hidden evening", initiative=bare[Programme], session=bare[Session], started_on=str(TODAY),
        country_id="UZ", border="YES", **named(Event),
    )  # fmt: skip
    made[Output] = keep(
        Output(pair=pair, event=bare[Event], title="Hidden film", kind="FILM", language="tg", **named(Output))
    )
    made[TensionEpisode] = keep(
        TensionEpisode(
            pair=pair, title="Hidden closure", kind="OTHER", started_on="2017", ended_on="2022", **named(TensionEpisode)
        )
    )
    frame = agreement(pair, title="Hidden frame", meeting_clause_days=30, visibility=visibility)
    made[Initiative] = Initiative.objects.get(pk=frame.pk)
    further(shown, made, user, visibility)
    in_the_dark(nowhere, made, visibility)
    for row in (bare[Agreement], bare[Commission], bare[Programme], bare[Event], bare[Output], bare[Actor]):
        Citation.objects.create(record=row, source=made[Source], field="title", value="Hidden value")
        Document.objects.create(
            record=row, kind="TEXT", title="Hidden scan", visibility=visibility, address="https://h"
        )
        Comment.objects.create(record=row, author=user, text="Hidden remark")
    for row in made.values():
        if isinstance(row, Record):
            Citation.objects.create(record=row, source=bare[Source], field="title", value="Hidden value")
    row = keep(
        Document(
            record=made[Event],
            kind="TEXT",
            address="https://e.org/",
            visibility="published",
            **called(Document, visibility),
        )
    )
    made[Document] = row
    for one in (made[Agreement], made[Commission], made[Programme]):
        one.fields.set([culture])
        one.frameworks.set([bare[Framework]])
        one.subjects.set([bare[Subject]])
    made[Event].fields.set([culture])
    made[Event].places.set([bare[Place]])
    made[Event].subjects.set([bare[Subject]])
    made[Event].also_involved.set(Country.objects.filter(code="UZ"))
    bare[Place].border_of.add(nowhere)
    point(before, made)
    door.rebuild()
    sweep()
    changes.number()  # as after a commit


def further(shown: dict[str, Made], made: Made, user: User, visibility: str) -> None:
    """Store what is seen with what it belongs to, and belongs to something hidden."""
    bare, pair = shown["bare"], shown["full"][Pair]
    series, body = made[Programme], made[Commission]
    made[Suspension] = body.suspensions.create(started_on="2020-01-01", why="Hidden")
    made[Article] = made[Agreement].articles.create(number=1, text="Hidden article")
    made[Agreement].actions.create(action="SUSPEND", acted_on="2026-11-21")
    session(body, started_on="2026-10-01")  # public, of a hidden commission
    for text, links in (
        ("of a hidden session", {"session": made[Session]}),
        ("of a hidden article", {"article": made[Article]}),
    ):
        keep(Commitment(pair=pair, text=f"Hidden promise {text}", due_on="2025", **links))
    made[Commitment] = keep(
        Commitment(pair=pair, text="Hidden promise", **called(Commitment, visibility), session=made[Session]),
        fields=Term.objects.filter(vocabulary="field"),
    )
    with write.change(made[Event], by=write.SYSTEM):
        promise = Commitment(pair=pair, text="Hidden promise of a meeting", due_on="2024")
        promise.save()
        made[Event].promises.add(promise)
    made[Fulfilment] = keep(
        Fulfilment(**called(Fulfilment, visibility), commitment=bare[Commitment], event=made[Event])
    )
    keep(Fulfilment(commitment=bare[Commitment], initiative=body, fulfilled_on="2026-01-01"))
    made[ActivityEntry] = keep(
        ActivityEntry(
            **called(ActivityEntry, visibility),
            initiative=series,
            what="Hidden",
            started_on="2026-11-01",
            source=bare[Source],
        )
    )
    made[Relation] = Relation.objects.create(
        **called(Relation, visibility), source=made[Agreement], kind="AMENDS", target=bare[Agreement]
    )
    Relation.objects.create(source=bare[Commission], kind="IMPLEMENTS", target=made[Agreement], note="Hidden note")
    Transition.objects.create(
        initiative=body, number=1, from_state="active", to_state="dormant", changed_on=TODAY, swept_on=TODAY
    )
    Initiative.objects.filter(pk=body.pk).update(announced_state="dormant", announced_number=1)
    Concern.objects.create(
        kind="unreported", key=f"hidden {visibility}", pair=pair, initiative=body, title="Hidden", path="/h/",
        since=TODAY, raised_on=TODAY,
    )  # fmt: skip
    shown_to_few = {"title": "Hidden", "visibility": visibility}
    event(pair, outcome="PLANNED", started_on="", planned_on="2026-05", **shown_to_few)
    symbolic = {"outcome": "HELD_DOWNGRADED", "initiative": bare[Commission], "started_on": "2026-11-01"}
    event(pair, **symbolic, **shown_to_few)
    actor = made[Actor]
    bare[Event].participations.create(actor=actor, role="ORGANISER", side_id="KG")
    for kind in INITIATIVES:
        bare[kind].participations.create(actor=actor, role="ORGANISER", side_id="KG")
    bare[Commission].chairs.create(actor=actor, side_id="KG", office="Hidden office")
    bare[Commitment].responsible_a.add(actor)
    made[Event].participations.create(actor=bare[Actor], role="ORGANISER")
    series.participations.create(actor=bare[Actor], role="ORGANISER")
    body.chairs.create(actor=bare[Actor], side_id="KG", office="Hidden office")
    series.budget.create(amount="7", currency="EUR", funder=bare[Actor])
    actor.other_names.create(name="Hidden name", language="ru")
    made[Output].stances.create(coder=user, stance="NEUTRAL", coded_on=TODAY)
    made[Session].agenda.create(number=1, text="Hidden item")
    Confirmation.objects.create(record=made[Event], side_id="KG", by=user, version=1, day=TODAY)
    Subscription.objects.create(user=user, initiative=body)
    FormDraft.objects.create(user=user, form=f"/{visibility}/", content={"title": "Hidden"})
    Job.objects.create(kind="refold", asked_by=user)


def in_the_dark(nowhere: Pair, made: Made, visibility: str) -> None:
    """Fill a pair, and with it a country, in which nothing is public."""
    nowhere.tracked_from, nowhere.tracking_basis = date(2015, 1, 1), "assumed"
    write.save(nowhere, by=write.SYSTEM)
    event(nowhere, title="Hidden there", visibility=visibility)
    session(commission(nowhere, title="Hidden there", visibility=visibility))
    agreement(nowhere, title="Hidden there", visibility=visibility)
    keep(Commitment(pair=nowhere, text="Hidden there"))
    made[Milestone] = keep(
        Milestone(pair=nowhere, title="Hidden there", kind="SUMMIT", started_on="2024", **called(Milestone, visibility))
    )
    made[Indicator] = keep(
        Indicator(pair=nowhere, what="Hidden", value="1", unit="people", date="2024", **called(Indicator, visibility))
    )


NOT_POINTED = {"Commitment.session", "Commitment.article", "Fulfilment.event", "Fulfilment.initiative"}
"""Links by which a row itself would cease to be seen, or that the database forbids."""


def point(before: dict[type[models.Model], set[Any]], made: Made) -> None:
    """Let every empty link of the rows that were there `before` lead to what is hidden: they must look empty still."""
    hidden = {kind: made[kind] for kind in (Source, Actor, Session, Event, Initiative)}
    for model, keys in before.items():
        for field in model._meta.local_fields:
            may_lead = field.many_to_one and field.null and field.related_model in hidden
            if may_lead and f"{model.__name__}.{field.name}" not in NOT_POINTED:
                rows = model._base_manager.filter(**{"pk__in": keys, field.name: None})
                rows.update(**{field.name: hidden[field.related_model]})


def keys_of_all_rows() -> dict[type[models.Model], set[Any]]:
    return {model: set(model._base_manager.values_list("pk", flat=True)) for model in apps.get_models()}
