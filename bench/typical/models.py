"""Concord's tables, as far as the measures read them: fewer columns than a build of its own would have."""

import secrets
from datetime import date

from django.db import models

PUBLISHED = "published"


def new_ref() -> str:
    """Return a fresh reference."""
    return "N" + secrets.token_hex(8)


class Table(models.Model):
    """A table that is there."""

    class Meta:
        abstract = True
        managed = False


class Pair(Table):
    ref = models.CharField(max_length=9, primary_key=True)
    a = models.CharField(max_length=4, db_column="a_id")
    b = models.CharField(max_length=4, db_column="b_id")

    class Meta(Table.Meta):
        db_table = "core_pair"


class Term(Table):
    vocabulary = models.CharField(max_length=40)
    code = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField()

    class Meta(Table.Meta):
        db_table = "core_term"
        ordering = ["vocabulary", "position"]


class Actor(Table):
    name = models.CharField(max_length=400)
    visibility = models.CharField(max_length=32)

    class Meta(Table.Meta):
        db_table = "actors_actor"


class InitiativeField(Table):
    initiative = models.ForeignKey("Initiative", models.CASCADE)
    term = models.ForeignKey(Term, models.CASCADE)

    class Meta(Table.Meta):
        db_table = "continuity_initiative_fields"


class Initiative(Table):
    ref = models.CharField(max_length=40)
    title = models.CharField(max_length=600)
    titles = models.JSONField()
    visibility = models.CharField(max_length=32)
    pair = models.ForeignKey(Pair, models.CASCADE)
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")
    fields = models.ManyToManyField(Term, through=InitiativeField)
    started_on = models.CharField(max_length=11)
    ended_on = models.CharField(max_length=11)
    sort_day = models.DateField()

    class Meta(Table.Meta):
        db_table = "continuity_initiative"


class Agreement(Initiative):
    type = models.CharField(max_length=32)
    declared_status = models.CharField(max_length=32)
    signed_on = models.CharField(max_length=11)
    in_force_on = models.CharField(max_length=11)

    class Meta(Table.Meta):
        db_table = "agreements_agreement"


class Commission(Initiative):
    type = models.CharField(max_length=32)

    class Meta(Table.Meta):
        db_table = "agreements_commission"


class Event(Table):
    ref = models.CharField(max_length=40)
    title = models.CharField(max_length=600)
    visibility = models.CharField(max_length=32)
    pair = models.ForeignKey(Pair, models.CASCADE)
    initiative = models.ForeignKey(Initiative, models.CASCADE, null=True, related_name="events")
    kind = models.CharField(max_length=32)
    planned_on = models.CharField(max_length=11)
    started_on = models.CharField(max_length=11)
    ended_on = models.CharField(max_length=11)
    level = models.CharField(max_length=32)
    format = models.CharField(max_length=32)
    outcome = models.CharField(max_length=32)
    country = models.CharField(max_length=4, null=True, db_column="country_id")  # noqa: DJ001
    sort_day = models.DateField()

    class Meta(Table.Meta):
        db_table = "events_event"

    @property
    def shown_initiative(self) -> Initiative | None:
        """The initiative, where it is public."""
        return self.initiative if self.initiative and self.initiative.visibility == PUBLISHED else None


class NewEvent(Table):
    """The same table with every column that must be filled, for a row that is new."""

    ref = models.CharField(max_length=40, default=new_ref)
    version = models.PositiveIntegerField(default=1)
    folded = models.TextField(default="")
    note = models.TextField(default="")
    visibility = models.CharField(max_length=32, default=PUBLISHED)
    title = models.CharField(max_length=600)
    title_language = models.CharField(max_length=16, default="en")
    titles = models.JSONField(default=dict)
    pair = models.ForeignKey(Pair, models.CASCADE)
    initiative = models.ForeignKey(Initiative, models.CASCADE)
    kind = models.CharField(max_length=32)
    planned_on = models.CharField(max_length=11, default="")
    planned_until = models.CharField(max_length=11, default="")
    started_on = models.CharField(max_length=11)
    ended_on = models.CharField(max_length=11, default="")
    planned_level = models.CharField(max_length=32, default="")
    level = models.CharField(max_length=32, default="")
    format = models.CharField(max_length=32)
    outcome = models.CharField(max_length=32)
    outcome_reason = models.CharField(max_length=32, default="")
    border = models.CharField(max_length=32, default="UNKNOWN")
    occasion = models.CharField(max_length=32, default="UNKNOWN")
    occasion_note = models.CharField(max_length=300, default="")
    informal = models.CharField(max_length=32, default="UNKNOWN")
    sort_day = models.DateField(default=date(1, 1, 1))

    class Meta(Table.Meta):
        db_table = "events_event"


class Participation(Table):
    event = models.ForeignKey(Event, models.CASCADE, related_name="participations")
    actor = models.ForeignKey(Actor, models.CASCADE)
    role = models.CharField(max_length=32)

    class Meta(Table.Meta):
        db_table = "events_eventparticipation"
        ordering = ["id"]
