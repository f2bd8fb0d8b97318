"""The log of every write, unsaved forms, long work as rows, and signs of life."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from registry.core.models.people import User


class Revision(models.Model):
    """One write of one record: who, when, why, and what a person could edit as it stood afterwards."""

    class Kind(models.TextChoices):
        CREATED = "created", _("created")
        CHANGED = "changed", _("changed")
        DELETED = "deleted", _("deleted")
        RESTORED = "restored", _("restored")

    model = models.CharField(_("kind of record"), max_length=60, help_text=_("Label of the model, as events.Event."))
    ref = models.CharField(_("reference"), max_length=40, help_text=_("Permanent reference of the record."))
    version = models.PositiveIntegerField(_("version"), help_text=_("The version this write made."))
    kind = models.CharField(_("kind of write"), max_length=10, choices=Kind, help_text=_("What was done."))
    by = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="revisions",
        help_text=_("Who did it; empty: the system itself, as when a file is loaded."),
    )
    at = models.DateTimeField(_("at"), auto_now_add=True, help_text=_("When it was done (UTC)."))
    why = models.CharField(_("why"), max_length=300, blank=True, help_text=_("The reason given."))
    title = models.CharField(_("title"), max_length=600, blank=True, help_text=_("What the record was called then."))
    visibility = models.CharField(
        _("visibility"), max_length=12, blank=True, help_text=_("Who could see the record after this write.")
    )
    into = models.CharField(
        _("merged into"), max_length=40, blank=True, help_text=_("Reference of the record that goes on for this one.")
    )
    content = models.JSONField(_("content"), help_text=_("Every edited field and child row after this write."))

    class Meta:
        verbose_name = _("revision")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["model", "ref", "-id"], name="revision_history"),  # the history page
            models.Index(fields=["model", "at", "ref"], name="revision_when"),  # `updated_since`, which reads no more
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["created", "changed", "deleted", "restored"]), name="revision_kind_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.ref} v{self.version}"


class Change(models.Model):
    """One thing that happened to what everyone may see: a row of the changes feed (`registry.core.changes`).

    Nothing stands here of a draft that was never public, and nothing but kind and reference of what is gone.
    """

    class What(models.TextChoices):
        CREATED = "created", _("created")
        CHANGED = "changed", _("changed")
        PUBLISHED = "published", _("published")
        RESTORED = "restored", _("restored")
        WITHDRAWN = "withdrawn", _("withdrawn")
        MERGED = "merged", _("merged")
        DELETED = "deleted", _("deleted")

    GONE = (What.WITHDRAWN, What.MERGED, What.DELETED)
    """After these nobody but a desk sees the record."""

    sequence = models.BigIntegerField(
        _("sequence"),
        null=True,
        unique=True,
        help_text=_("Place in the feed, in the order of commits; given as soon as the write is committed."),
    )
    at = models.DateTimeField(_("at"), null=True, help_text=_("When it came into the feed (UTC)."))
    kind = models.CharField(_("kind"), max_length=40, help_text=_("Kind of the record, as `agreement`."))
    ref = models.CharField(_("reference"), max_length=40, help_text=_("Permanent reference of the record."))
    version = models.PositiveIntegerField(
        _("version"), null=True, help_text=_("The version that everyone sees since; null where it is gone.")
    )
    what = models.CharField(_("what"), max_length=10, choices=What, help_text=_("What happened."))
    into = models.CharField(
        _("merged into"), max_length=40, blank=True, help_text=_("Reference of the record that goes on for it.")
    )
    pair = models.CharField(_("pair"), max_length=9, blank=True, help_text=_("Pair of the record; empty: it has none."))
    country = models.CharField(
        _("country"), max_length=4, blank=True, help_text=_("Country of the record, where it has no pair.")
    )

    class Meta:
        verbose_name = _("change")
        ordering = ["id"]
        indexes = [
            models.Index(fields=["kind", "ref", "-id"]),  # what became of a record
            models.Index(fields=["pair", "sequence"]),  # the feed of a pair
            models.Index(fields=["at", "sequence"]),  # the feed since a moment
            models.Index(fields=["id"], condition=models.Q(sequence=None), name="change_without_place"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    what__in=["created", "changed", "published", "restored", "withdrawn", "merged", "deleted"]
                ),
                name="change_what_known",
            )
        ]

    @property
    def is_gone(self) -> bool:
        """Whether the record is not to be seen by everyone since."""
        return self.what in self.GONE

    def __str__(self) -> str:
        return f"{self.ref} {self.what}"


class FormDraft(models.Model):
    """What somebody has typed into a form and not yet saved; never the record itself."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="form_drafts", help_text=_("Who typed it."))
    form = models.CharField(_("form"), max_length=200, help_text=_("Address of the form."))
    content = models.JSONField(_("content"), help_text=_("Field names to what was typed."))
    saved_at = models.DateTimeField(_("saved at"), auto_now=True, help_text=_("When it was last kept."))

    class Meta:
        verbose_name = _("form draft")
        constraints = [models.UniqueConstraint(fields=["user", "form"], name="form_draft_once")]

    def __str__(self) -> str:
        return f"{self.user} {self.form}"


class Job(models.Model):
    """One piece of work. The row is the queue: losing the broker or a worker loses nothing.

    With a window it is work that falls due by itself, once in each window of time; without one somebody asked for it.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    kind = models.CharField(_("kind"), max_length=40, help_text=_("Name under which the work is registered."))
    arguments = models.JSONField(_("arguments"), default=dict, blank=True, help_text=_("What it is done with."))
    window = models.DateTimeField(
        _("window"),
        null=True,
        blank=True,
        help_text=_("Start (UTC) of the time it falls due in, once; empty: somebody asked for it."),
    )
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.QUEUED, help_text=_("How far it has come.")
    )
    asked_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", help_text=_("Who asked for it.")
    )
    asked_at = models.DateTimeField(_("asked at"), auto_now_add=True, help_text=_("When it was asked for."))
    leased_until = models.DateTimeField(
        _("leased until"),
        null=True,
        blank=True,
        help_text=_("Until when a worker holds it, or it waits to be tried again; then it is free."),
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0, help_text=_("How often it was begun."))
    report = models.TextField(_("report"), blank=True, help_text=_("What came of it."))

    class Meta:
        verbose_name = _("job")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(state__in=["queued", "running"]), name="job_waiting")
        ]  # run_jobs
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["queued", "running", "done", "failed"]), name="job_state_known"
            ),
            models.UniqueConstraint(
                fields=["kind", "window"], condition=models.Q(window__isnull=False), name="job_window_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.window:%Y-%m-%d %H:%M}" if self.window else f"{self.kind} {self.pk}"


class Heartbeat(models.Model):
    """When one part of the clockwork was last heard, written by that part itself; in real time, whatever CLOCK says."""

    name = models.CharField(_("name"), max_length=20, primary_key=True, help_text=_("Who: worker, tick, sweep."))
    at = models.DateTimeField(_("at"), help_text=_("When it was last heard (UTC)."))

    class Meta:
        verbose_name = _("heartbeat")

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M:%S}"
