"""One record of every kind, with every sort of child row, link and attachment: for tests that must leave none out."""

from datetime import date
from typing import Any

from django.core.files.base import ContentFile
from django.db import models

from actors.models import Actor
from agreements.models import Commitment
from continuity import door
from continuity.models import (
    ActivityEntry,
    Concern,
    Lapse,
    Milestone,
    Notice,
    Relation,
    Subscription,
    TensionEpisode,
    Transition,
)
from events.models import Fulfilment, Output
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
    source = note(keep(Source(kind="OFFICIAL_PAGE", publisher="Gazette", address="https://example.org/1", **shown)))
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
        actor.identifiers.create(scheme="WIKIDATA", value="Q42")

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
        Citation.objects.create(record=treaty, source=source, field="signed_on", value="2016-01-10", locator="p. 1")
    note(Citation.objects.get())
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
    note(Relation.objects.create(source=days, kind="IMPLEMENTS", target=treaty))
    note(Alias.objects.create(form="teatr", canonical="theatre"))
    note(FormDraft.objects.create(user=user, form="/agreements/new/", content={"title": "Unsaved"}))
    note(Job.objects.create(kind="refold", asked_by=user))
    subscription = note(Subscription.objects.create(user=user, pair=pair, field=culture))
    lapse = Lapse.objects.first()
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
    note(
        Concern.objects.create(
            kind="unreported", key="X", pair=pair, initiative=days, title="X", path="/", since="2020-01-01",
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
