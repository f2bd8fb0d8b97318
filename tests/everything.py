"""One record of every kind, with every sort of child row, link and attachment: for tests that must leave none out."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile
from django.db import models

from actors.models import Actor, ActorName
from agreements.models import Agreement, AgreementAction, Article, Chair, Commission, Commitment, Session
from continuity import door
from continuity.models import (
    ActivityEntry,
    Concern,
    Initiative,
    InitiativeParticipation,
    Lapse,
    Milestone,
    Notice,
    Relation,
    Subscription,
    Suspension,
    TensionEpisode,
    Transition,
)
from events.models import BudgetLine, Event, EventParticipation, Fulfilment, Output, Programme, Sent
from registry.core import clock, write
from registry.core.models import (
    Alias,
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
    Source,
    Subject,
    Term,
    User,
)
from tests.cast import agreement, commission, event, programme, session


def keep(record: Any, **links: Any) -> Any:
    record.full_clean(exclude=record.DERIVED)
    return write.save(record, by=write.SYSTEM, links=links)


def one_of_each(pair: Pair, user: User, visibility: str = "published") -> dict[type[models.Model], Any]:
    """Store them, all of `pair`; return kind → record. What has a visibility has this one."""
    made: dict[type[models.Model], Any] = {}

    def note(record: Any) -> Any:
        made[type(record)] = record
        return record

    shown = {"visibility": visibility}
    culture, theatre = Term.objects.filter(vocabulary="field")[:2]
    address = f"https://example.org/{pair.ref}"
    source = note(keep(Source(kind="OFFICIAL_PAGE", publisher="Gazette", address=address, desk_id="KG", **shown)))
    subject = note(keep(Subject(labels={"en": "Theatre", "ru": "Театр"})))
    place = note(keep(Place(name="Osh", country_id="KG", latitude=40.5283, longitude=72.7985), border_of=[pair]))
    framework = note(keep(Framework(title="Culture 2030", country_id="KG", started_on="2020", source=source)))
    note(keep(Indicator(pair=pair, what="Students", value="6721.5", unit="people", date="2019", source=source)))
    actor = note(
        keep(Actor(name="Театр", type="S_CENTRE", sector="STATE", country_id="KG", **shown), subjects=[subject])
    )
    with write.change(actor, by=write.SYSTEM):
        actor.save()
        actor.other_names.create(name="Theatre", language="en", valid_from="1994~")
        actor.identifiers.create(scheme="WIKIDATA", value=f"Q42-{pair.ref}")

    treaty = note(agreement(pair, signed_place=place, titles={"ru": "Договор"}, level="GOVERNMENT", **shown))
    with write.change(treaty, by=write.SYSTEM, why="its text"):
        treaty.save()
        treaty.fields.set([culture, theatre])
        treaty.frameworks.set([framework])
        article = treaty.articles.create(number=1, heading="Festivals", text="A festival every year.")
        article.fields.set([culture])
        treaty.registrations.create(scheme="UNTS", number="12345")
        treaty.actions.create(action="SUSPEND", acted_on="2017-05", source=source)
        treaty.actions.create(action="RESUME", acted_on="2018-02-01", party_id="KG")
        treaty.participations.create(actor=actor, side_id="KG", role="ORGANISER")
        cited = {"field": "signed_on", "value": "2016-01-10", "locator": "p. 1"}
        note(Citation.objects.create(record=treaty, source=source, **cited))
    body = note(commission(pair, parent=treaty, cadence=365, **shown))
    with write.change(body, by=write.SYSTEM):
        body.save()
        body.chairs.create(side_id="KG", actor=actor, office="Minister", on_file_on="2019")
        body.suspensions.create(started_on="2018-01-01", ended_on="2018-03", why="Elections", source=source)
    met = note(session(body, number=1, started_on="2017-03-12", place=place, **shown))
    with write.change(met, by=write.SYSTEM):
        met.save()
        met.agenda.create(number=1, text="Festivals").fields.set([culture])
        met.agenda_fields.set([culture])
    days = note(programme(pair, parent=body, **shown))
    with write.change(days, by=write.SYSTEM):
        days.save()
        days.budget.create(year=2018, amount="1000.50", currency="USD", funder=actor)
        note(days.relations_from.create(kind="IMPLEMENTS", target=treaty))
    promise = note(keep(Commitment(pair=pair, session=met, text="A festival", promised_on="2017-03-12", due_on="2018")))
    concert = note(
        event(pair, initiative=days, session=met, started_on="2018-05", reported_on=date(2018, 5, 20), **shown)
    )
    with write.change(concert, by=write.SYSTEM):
        concert.save()
        concert.places.set([place])
        concert.fields.set([culture])
        concert.also_involved.set(Country.objects.filter(code="KZ"))
        concert.participations.create(actor=actor, side_id="KG", role="COORDINATOR")
        concert.sent.create(country_id="KG", people=40)
    book = note(keep(Output(pair=pair, event=concert, title="Book", kind="PUBLICATION", published_on="2019", **shown)))
    with write.change(book, by=write.SYSTEM):
        book.save()
        book.stances.create(coder=user, stance="NEUTRAL", coded_on=date(2020, 1, 2))
    note(keep(Fulfilment(commitment=promise, event=concert, fulfilled_on="2018-05-02", source=source)))
    note(keep(TensionEpisode(pair=pair, title="Closure", kind="BORDER_CLOSURE", started_on="2021-05", **shown)))
    note(keep(Milestone(pair=pair, title="Reopening", kind="REOPENING", started_on="2025-03-13", place=place)))
    note(keep(ActivityEntry(initiative=days, what="A tour", started_on="2019-06-01", source=source)))
    document = Document(record=treaty, kind="TEXT", title="Scan", **shown)
    document.file.save("scan.txt", ContentFile(b"Article 1"), save=False)
    note(keep(document))
    note(Comment.objects.create(record=treaty, author=user, text="Ask the archive."))
    note(Confirmation.objects.create(record=treaty, side_id="KG", by=user, version=2, day=clock.today()))
    note(Alias.objects.get_or_create(form="teatr", canonical="theatre")[0])
    note(FormDraft.objects.create(user=user, form=f"/agreements/new/?pair={pair.ref}", content={"title": "Unsaved"}))
    note(Job.objects.create(kind="refold", asked_by=user))
    subscription = note(Subscription.objects.create(user=user, pair=pair, field=culture))
    lapse = Lapse.objects.filter(initiative__pair=pair).first()
    if lapse is not None:
        lapse.cause = "A pandemic"
        note(write.save(lapse, by=write.SYSTEM))
    transition = note(
        Transition.objects.create(
            initiative=days,
            number=1,
            from_state="overdue",
            to_state="dormant",
            changed_on=date(2020, 12, 1),
            swept_on=date(2020, 12, 2),
        )
    )
    Initiative.objects.filter(pk=days.pk).update(announced_state="dormant", announced_number=1)
    note(
        Concern.objects.create(
            kind="unreported", key=pair.ref, pair=pair, initiative=days, title="X", path="/", since="2020-01-01",
            raised_on="2020-01-02",
        )
    )  # fmt: skip
    note(
        Notice.objects.create(
            user=user, subscription=subscription, transition=transition, digest="week", due_at=clock.now()
        )
    )
    assert door.rebuild() == 0
    return made


def records(made: dict[type[models.Model], Any]) -> list[Record]:
    """Return those of them that are records."""
    return [record for record in made.values() if isinstance(record, Record)]


def everything(pair: Pair, mark: str, **fields: Any) -> dict[str, Any]:
    """Store one record of every kind for `pair`, with `mark` in reference and title of each; `fields` as visibility.

    Returns them by the name of their list in the API. Where a kind has no visibility, it is seen with what it is tied
    to. Call it at a day on which a commission founded in 2016 has lapsed.
    """

    def save(model: type, ref: str, **more: Any) -> Any:
        has_visibility = any(field.name == "visibility" for field in model._meta.fields)
        record = model(ref=f"{mark}-{ref}", **(fields if has_visibility else {}), **more)
        return write.save(record, by=write.SYSTEM)

    def called(what: str) -> str:
        return f"{mark} {what}"

    subject = save(Subject, "SUBJECT", labels={"en": "Subject"})
    place = save(Place, "PLACE", name="Town", country_id=pair.a_id)
    source = save(Source, "SOURCE", kind="PRESS", title=called("source"), desk_id=pair.a_id)
    framework = save(Framework, "FRAMEWORK", title="Framework", country_id=pair.a_id, source=source)
    state = {"type": "S_MIN_CULT", "sector": "STATE", "country_id": pair.a_id}
    former = save(Actor, "FORMER", name=called("committee"), **state)
    ministry = save(Actor, "ACTOR", name=called("ministry"), parent=former, predecessor=former, **state)
    ActorName.objects.create(actor=ministry, name="Вазорат", language="tg")
    agreement = save(
        Agreement, "AGREEMENT", pair=pair, title=called("agreement"), type="IGA", signed_on="2015-05-05",
        signed_place=place, rhythm="irregular", meeting_clause_days=400,
    )  # fmt: skip
    agreement.fields.set(Term.objects.filter(vocabulary="field", code__in=["HERITAGE", "TOURISM"]))
    agreement.frameworks.set([framework])
    agreement.subjects.set([subject])
    article = Article.objects.create(agreement=agreement, number=1, text=called("article"))
    action = AgreementAction.objects.create(agreement=agreement, action="RATIFY", acted_on="2015-06", source=source)
    commission = save(
        Commission, "COMMISSION", pair=pair, title=called("commission"), type="JOINT_CULT", rhythm="regular",
        started_on="2016-01-01", parent=agreement,
    )  # fmt: skip
    Chair.objects.create(commission=commission, side_id=pair.a_id, actor=ministry, office="Minister")
    in_initiative = InitiativeParticipation.objects.create(initiative=commission, actor=ministry, role="COORDINATOR")
    suspension = Suspension.objects.create(
        initiative=commission, started_on="2016-02-01", ended_on="2016-02-10", source=source
    )
    session = save(
        Session, "SESSION", commission=commission, number=1, started_on="2017-03-01", outcome="HELD", place=place
    )
    programme = save(
        Programme, "PROGRAMME", pair=pair, title=called("programme"), programme_kind="DAYS", rhythm="regular",
        started_on="2016-01-01", parent=agreement,
    )  # fmt: skip
    BudgetLine.objects.create(programme=programme, amount=100, currency="EUR", funder=ministry)
    event = save(
        Event, "EVENT", pair=pair, title=called("event"), kind="CONCERT", format="ONSITE", outcome="HELD",
        started_on="2018-04~", initiative=programme, session=session,
    )  # fmt: skip
    event.places.set([place])
    in_event = EventParticipation.objects.create(event=event, actor=ministry, role="ORGANISER", side_id=pair.a_id)
    Sent.objects.create(event=event, country_id=pair.b_id, people=12)
    commitment = save(Commitment, "COMMITMENT", pair=pair, text=called("promise"), session=session, due_on="2019")
    commitment.responsible_a.set([ministry])
    by_article = save(Commitment, "COMMITMENT-2", pair=pair, text=called("promise"), article=article)
    records = {
        "subjects": subject,
        "places": place,
        "sources": source,
        "frameworks": framework,
        "actors": ministry,
        "agreements": agreement,
        "actions": action,
        "initiative-participations": in_initiative,
        "event-participations": in_event,
        "initiatives": Initiative.objects.get(pk=commission.pk),
        "commissions": commission,
        "suspensions": suspension,
        "sessions": session,
        "programmes": programme,
        "events": event,
        "commitments": by_article,
        "outputs": save(Output, "OUTPUT", pair=pair, event=event, title=called("book"), kind="PUBLICATION"),
        "fulfilments": save(Fulfilment, "FULFILMENT", commitment=commitment, event=event, fulfilled_on="2018-04"),
        "relations": Relation.objects.create(
            ref=f"{mark}-RELATION", source=programme, kind="IMPLEMENTS", target=agreement
        ),
        "tension-episodes": save(
            TensionEpisode, "EPISODE", pair=pair, title=called("episode"), kind="OTHER", started_on="2019"
        ),
        "milestones": save(Milestone, "MILESTONE", pair=pair, title=called("visit"), kind="SUMMIT", started_on="2020"),
        "indicators": save(
            Indicator, "INDICATOR", pair=pair, what="students", value=Decimal(7), unit="people", source=source
        ),
        "entries": save(
            ActivityEntry, "ENTRY", initiative=commission, what=called("letter"), started_on="2018", source=source
        ),
        "citations": Citation.objects.create(record=event, source=source, field="started_on", value=called("day")),
        "documents": save(
            Document,
            "DOCUMENT",
            record=event,
            kind="REPORT",
            title=called("report"),
            address="https://example.org/report",
        ),
        "pairs": pair,
    }
    if lapse := Lapse.objects.filter(initiative=commission).first():
        lapse.source = source
        records["lapses"] = write.save(lapse, by=write.SYSTEM)
    if activity := commission.activities.first():
        records["activities"] = activity
    return records
