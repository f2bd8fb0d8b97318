"""The world of the access matrix: of every kind of record one of each visibility, and one that was deleted."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.contrib.auth.tokens import default_token_generator
from django.core import signing
from django.core.management import call_command
from django.db import models, transaction
from django.test import Client, override_settings
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from actors.models import Actor
from agreements.models import Agreement, AgreementAction, Article, Commission, Commitment, Session
from continuity import mail
from continuity.models import (
    Activity,
    ActivityEntry,
    Initiative,
    InitiativeParticipation,
    Lapse,
    Milestone,
    Notice,
    Subscription,
    Suspension,
    TensionEpisode,
)
from continuity.sweep import sweep
from events.models import Event, EventParticipation, Fulfilment, Output, Programme
from registry.core import clockwork, tokens, write
from registry.core.models import (
    ApiToken,
    Country,
    DeskRole,
    Framework,
    Indicator,
    Pair,
    Place,
    Revision,
    Source,
    Subject,
    Term,
    User,
)
from tests.cast import COUNTRIES, agreement, commission, event, person, programme, session
from tests.everything import keep, one_of_each
from tests.safety.routes import Route

TODAY = date(2026, 11, 22)
ROLES = ("anonymous", "sardor", "nurlan", "aigul", "bakyt", "rosa")
PAIRS = {"draft": "UZ", "staff_only": "TM", "published": "TJ"}
"""Visibility → the country with which Kyrgyzstan has only records of that visibility."""
DELETED = "deleted"


def people() -> dict[str, User]:
    """Store the cast."""
    return {
        "sardor": person("sardor"),
        "nurlan": person("nurlan", "KZ", "editor"),
        "aigul": person("aigul", "KG", "editor"),
        "bakyt": person("bakyt", "KG", "approver"),
        "rosa": person("rosa", is_staff=True, is_superuser=True),
    }


def ground() -> None:
    """Store countries and vocabularies."""
    call_command("load_vocabularies", verbosity=0)
    Country.objects.bulk_create([Country(code=code) for code in COUNTRIES], ignore_conflicts=True)


@contextmanager
def kept_apart(blocker: Any) -> Iterator[None]:
    """Open the database on the day of the tests and undo at the end whatever was done there."""
    with blocker.unblock(), override_settings(CLOCK=TODAY), transaction.atomic():
        yield
        transaction.set_rollback(True)


@dataclass
class World:
    """People by name, a browser in which each has signed in, and records by visibility and kind."""

    people: dict[str, User]
    clients: dict[str, Client]
    records: dict[str, dict[type[models.Model], Any]]

    def addresses(self, route: Route) -> dict[str, str]:
        """Return the addresses of a route by visibility of the record they name; under "-" where they name none.

        Only registrars come into the administration, so there one record, a draft, says all. Raises LookupError for
        a route of which nothing is known here: tell `routes.KINDS` or `others` what it names.
        """
        if not route.parameters:
            return {"-": route.filled()}
        if values := self.others.get(route.address):
            return {"-": route.filled(**values)}
        kind = route.kind
        shown = ["draft"] if route.in_admin else list(self.records)
        found = {
            visibility: route.naming(self.records[visibility][kind])
            for visibility in shown
            if kind in self.records[visibility]
        }
        if not found:
            raise LookupError(f"{route.address}: no record of {kind} in tests/safety/world.py")
        return found

    @cached_property
    def others(self) -> dict[str, dict[str, str]]:
        """Return what to fill into the addresses that name no record."""
        sardor = self.people["sardor"]
        wish = Subscription.objects.get(user=sardor)
        token = signing.dumps([sardor.pk, [wish.pk]], salt=mail.STOP_SALT, compress=True)
        letter = Notice.objects.exclude(message_id="")[0]
        return {
            **{f"/following/<wish>/{act}": {"wish": str(wish.pk)} for act in ("", "stop/", "start/")},
            "/tokens/<token>/revoke/": {"token": str(ApiToken.objects.get(user=sardor).pk)},
            **{f"/mails/<notice>/{act}": {"notice": str(letter.pk)} for act in ("", "again/", "aside/")},
            "/notices/stop/<token>/": {"token": token},
            "/notices/stop/<token>/one-click/": {"token": token},
            "/password/reset/<uidb64>/<token>/": {
                "uidb64": urlsafe_base64_encode(force_bytes(sardor.pk)),
                "token": default_token_generator.make_token(sardor),
            },
            "/snapshots/<number>/": {"number": "1"},
            "/api/reference/<name>/": {"name": "events"},
            "/snapshots/<number>/<name>": {"number": "1", "name": "README.md"},
            "/admin/<app_label>/": {"app_label": "core"},
            "/admin/<url>": {"url": "nowhere/"},
            "/admin/r/<content_type_id>/<object_id>/": {"content_type_id": "1", "object_id": "1"},
        }


def build() -> World:
    """Store it all."""
    ground()
    cast = people()
    records = {}
    for visibility, other in PAIRS.items():
        pair = Pair.objects.between("KG", other)
        pair.tracked_from, pair.tracking_basis = date(2015, 1, 1), "assumed"
        records[visibility] = one_of_each(write.save(pair, by=write.SYSTEM), cast["rosa"], visibility) | {Pair: pair}
    records[DELETED] = deleted(Pair.objects.get(ref="KG-TJ"))
    Subscription.objects.create(user=cast["sardor"])
    tokens.make(cast["sardor"], name="Notebook", scope="read", expires_on=TODAY)
    sweep()
    Notice.objects.update(message_id="<1@example.org>", state="failed")
    for name in ("tick", "worker", "sweep"):  # or the page that says whether everything works says no
        clockwork.beat(name)
    for visibility in PAIRS:  # last, because the registry would tidy up what it has not written itself
        records[visibility] |= rest(records[visibility], cast["rosa"])
    return World(cast, {role: browser(cast.get(role)) for role in ROLES}, records)


def browser(user: User | None) -> Client:
    """Return a browser in which `user` has signed in, if any. What goes wrong in a view is an answer, 500."""
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)  # writes the last login, so once for all tests
    return client


def rest(made: dict[type[models.Model], Any], user: User) -> dict[type[models.Model], Any]:
    """Return what else stands in an address: child rows, what the registry writes by itself, what has no visibility."""
    treaty, series = made[Agreement], made[Programme]
    evidence = {"evidence_kind": "event", "evidence_id": made[Event].pk, "origin": series}
    day = {"day": date(2018, 5, 20).toordinal(), "substantive": True}
    return {
        ApiToken: ApiToken.objects.get(),
        Activity: Activity.objects.get_or_create(initiative=series, **evidence, defaults=day)[0],
        AgreementAction: treaty.actions.first(),
        Article: treaty.articles.get(),
        Country: made[Pair].b,
        DeskRole: DeskRole.objects.first(),
        EventParticipation: made[Event].participations.first(),
        Initiative: Initiative.objects.get(pk=treaty.pk),
        InitiativeParticipation: InitiativeParticipation.objects.filter(initiative__pair=made[Pair]).first(),
        Lapse: series.lapses.first() or Lapse.objects.create(initiative=series, began_on=date(2021, 1, 1)),
        Revision: last_revision(treaty),
        Suspension: made[Commission].suspensions.get(),
        Term: Term.objects.first(),
        User: user,
    }


def last_revision(record: Any) -> Revision:
    return Revision.objects.filter(model=record._meta.label, ref=record.ref).latest("pk")


def deleted(pair: Pair) -> dict[type[models.Model], Any]:
    """Delete a published record of every kind that has editing pages, and return them, with the revision of one."""
    actor = Actor(name="A former one", type="S_CENTRE", sector="STATE", country_id="KG", visibility="published")
    there = {"initiative": programme(pair), "source": keep(Source(kind="PRESS", title="A source", desk_id="KG"))}
    once = {"kind": "OTHER", "started_on": "2019"}
    kept = {"commitment": keep(Commitment(pair=pair, text="A promise")), "event": event(pair)}
    former = {
        Agreement: agreement(pair, title="A former one"),
        Session: session(commission(pair)),
        Commission: commission(pair, title="A former one"),
        Programme: programme(pair, title="A former one"),
        Event: event(pair, title="A former one"),
        Actor: keep(actor),
        Commitment: keep(Commitment(pair=pair, text="A former one")),
        Output: keep(Output(pair=pair, title="A former one", kind="FILM", visibility="published")),
        Source: keep(Source(kind="PRESS", title="A former one", desk_id="KG", visibility="published")),
        Place: keep(Place(name="A former one", country_id="KG")),
        Framework: keep(Framework(title="A former one", country_id="KG")),
        Subject: keep(Subject(labels={"en": "A former one"})),
        ActivityEntry: keep(ActivityEntry(what="A former one", started_on="2019", **there)),
        Indicator: keep(Indicator(pair=pair, what="A former one", value="1", unit="people")),
        Fulfilment: keep(Fulfilment(**kept)),
        TensionEpisode: keep(TensionEpisode(pair=pair, title="A former one", visibility="published", **once)),
        Milestone: keep(Milestone(pair=pair, title="A former one", **once | {"kind": "SUMMIT"})),
    }
    for record in former.values():
        write.delete(record, by=write.SYSTEM)
    return former | {Revision: last_revision(former[Agreement])}
