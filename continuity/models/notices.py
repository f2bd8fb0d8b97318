"""What has changed, what needs care, who asked to be told, and the mails that tell them."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from continuity.models.initiative import Initiative
from registry.core.models import Country, Pair, Term


class Transition(models.Model):
    """One announced change of state of one initiative; written by the sweep alone."""

    initiative = models.ForeignKey(
        Initiative, on_delete=models.CASCADE, related_name="transitions", help_text=_("What changed.")
    )
    number = models.PositiveIntegerField(_("number"), help_text=_("Runs from 1 for each initiative."))
    from_state = models.CharField(_("from"), max_length=10, blank=True, help_text=_("Empty: first ever announced."))
    to_state = models.CharField(_("to"), max_length=10, help_text=_("The state it is in now."))
    changed_on = models.DateField(_("changed on"), help_text=_("The day the state truly changed."))
    swept_on = models.DateField(_("announced on"), help_text=_("The day the sweep announced it."))

    class Meta:
        verbose_name = _("transition")
        ordering = ["-swept_on", "-changed_on", "-id"]
        constraints = [models.UniqueConstraint(fields=["initiative", "number"], name="transition_once")]
        indexes = [models.Index(fields=["-swept_on", "-changed_on", "-id"])]  # latest changes on the home page

    def __str__(self) -> str:
        return f"{self.initiative} {self.from_state} → {self.to_state}"


class Concern(models.Model):
    """One thing besides a change of state that needs somebody's care, as an unreported event; raised by the sweep."""

    kind = models.CharField(_("kind"), max_length=24, help_text=_("Name of a registered kind of concern."))
    key = models.CharField(_("key"), max_length=100, help_text=_("What makes it this one: raised once for each key."))
    pair = models.ForeignKey(Pair, on_delete=models.CASCADE, related_name="concerns", help_text=_("Whose it is."))
    initiative = models.ForeignKey(
        Initiative, null=True, on_delete=models.CASCADE, related_name="concerns", help_text=_("Where there is one.")
    )
    title = models.CharField(_("title"), max_length=600, help_text=_("What it is about."))
    path = models.CharField(_("path"), max_length=300, help_text=_("Address of the record on this site."))
    since = models.DateField(_("since"), help_text=_("The first day on which it was so."))
    raised_on = models.DateField(_("raised on"), help_text=_("The day the sweep raised it."))
    settled_on = models.DateField(_("settled on"), null=True, help_text=_("The day the sweep found it gone."))

    class Meta:
        verbose_name = _("concern")
        ordering = ["-since", "-id"]
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="concern_once")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.title}"


class Subscription(models.Model):
    """One person's wish to be told: of everything, of one country, pair, field or initiative, and how often."""

    class Every(models.TextChoices):
        ONCE = "once", _("at once")
        DAY = "day", _("daily")
        WEEK = "week", _("weekly")
        MONTH = "month", _("monthly")

    SCOPES = ("country", "pair", "field", "initiative")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="subscriptions", help_text=_("Who is told.")
    )
    country = models.ForeignKey(
        Country, null=True, blank=True, on_delete=models.CASCADE, related_name="+", help_text=_("All its pairs.")
    )
    pair = models.ForeignKey(
        Pair, null=True, blank=True, on_delete=models.CASCADE, related_name="+", help_text=_("One pair.")
    )
    field = models.ForeignKey(
        Term,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        limit_choices_to={"vocabulary": "field"},
        help_text=_("All initiatives of this field."),
    )
    initiative = models.ForeignKey(
        Initiative, null=True, blank=True, on_delete=models.CASCADE, related_name="+", help_text=_("One initiative.")
    )
    states = models.JSONField(
        _("states"), default=list, blank=True, help_text=_("Codes of states to be told of; empty: due and worse.")
    )
    concerns = models.BooleanField(_("concerns"), default=True, help_text=_("Also unreported events and the like."))
    every = models.CharField(
        _("how often"), max_length=5, choices=Every, default=Every.WEEK, help_text=_("How mails are gathered.")
    )
    active = models.BooleanField(_("active"), default=True, help_text=_("False: stopped by the reader."))

    class Meta:
        verbose_name = _("subscription")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(every__in=["once", "day", "week", "month"]), name="subscription_every_known"
            ),
        ]

    def clean(self) -> None:
        if sum(getattr(self, f"{scope}_id") is not None for scope in self.SCOPES) > 1:
            raise ValidationError(_("Choose one of country, pair, field and initiative, or none for everything."))

    def __str__(self) -> str:
        scope = next((getattr(self, s) for s in self.SCOPES if getattr(self, f"{s}_id")), _("everything"))
        return f"{self.user}: {scope}, {self.get_every_display()}"


class Notice(models.Model):
    """One piece of news for one person. The row is the queue: a mail gathers the notices that are due together."""

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        SENDING = "sending", _("sending")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        ASIDE = "aside", _("set aside")

    class Role(models.TextChoices):
        """As whom somebody is told: of their own wish, or because a reader has not answered."""

        READER = "", _("reader")
        DEPUTY = "deputy", _("deputy")
        LEAD = "lead", _("lead of the desk")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices", help_text=_("Who is told.")
    )
    subscription = models.ForeignKey(
        Subscription, null=True, on_delete=models.SET_NULL, related_name="notices", help_text=_("By what wish.")
    )
    transition = models.ForeignKey(
        Transition, null=True, on_delete=models.CASCADE, related_name="notices", help_text=_("Of what change.")
    )
    concern = models.ForeignKey(
        Concern, null=True, on_delete=models.CASCADE, related_name="notices", help_text=_("Of what concern.")
    )
    role = models.CharField(
        _("as whom"), max_length=6, choices=Role, blank=True, default="", db_default="", help_text=_("Who is told.")
    )
    next_role = models.CharField(
        _("told next"),
        max_length=6,
        choices=Role,
        blank=True,
        default="",
        db_default="",
        help_text=_("Who is told next if this stays unanswered; empty: it rests."),
    )
    unanswered = models.ForeignKey(
        "self", null=True, on_delete=models.CASCADE, related_name="+", help_text=_("The notice that was not answered.")
    )
    digest = models.CharField(
        _("digest"), max_length=10, choices=Subscription.Every, help_text=_("With which mail it goes out.")
    )
    state = models.CharField(
        _("state"), max_length=8, choices=State, default=State.QUEUED, help_text=_("How far it has come.")
    )
    due_at = models.DateTimeField(_("due at"), help_text=_("Not sent before (UTC)."))
    leased_until = models.DateTimeField(_("leased until"), null=True, help_text=_("Until when a sender holds it."))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0, help_text=_("How often it was tried."))
    message_id = models.CharField(
        _("Message-ID"), max_length=200, blank=True, help_text=_("Fixed before the first try, the same at every try.")
    )
    subject = models.CharField(
        _("subject"), max_length=1000, blank=True, default="", db_default="", help_text=_("Of the mail as last tried.")
    )
    sent_at = models.DateTimeField(_("sent at"), null=True, help_text=_("When the mail server took it."))
    bounced_at = models.DateTimeField(_("came back at"), null=True, help_text=_("When a bounce told of it."))
    error = models.TextField(_("error"), blank=True, help_text=_("What the mail server answered."))

    class Meta:
        verbose_name = _("notice")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["transition", "user", "role"],
                condition=models.Q(concern=None),
                name="notice_of_transition_once",
            ),
            models.UniqueConstraint(
                fields=["concern", "user", "role"],
                condition=models.Q(transition=None),
                name="notice_of_concern_once",
            ),
            models.CheckConstraint(
                condition=models.Q(transition=None, concern__isnull=False)
                | models.Q(transition__isnull=False, concern=None),
                name="notice_of_one_thing",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["queued", "sending", "sent", "failed", "aside"]),
                name="notice_state_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["user", "digest", "due_at"],
                condition=models.Q(state__in=["queued", "sending"]),
                name="notice_waiting",
            ),  # send_notices
            models.Index(
                fields=["next_role", "sent_at"], condition=~models.Q(next_role=""), name="notice_unanswered"
            ),  # escalation
            models.Index(fields=["message_id"], condition=~models.Q(message_id=""), name="notice_mail"),  # bounces
            models.Index(fields=["state"], condition=models.Q(state="failed"), name="notice_failed"),  # the header
        ]

    @property
    def is_answered(self) -> bool:
        """Whether what it tells is no longer so: a newer change is announced, or the concern is settled."""
        if self.transition is not None:
            return self.transition.number != self.transition.initiative.announced_number
        return self.concern is None or self.concern.settled_on is not None

    @property
    def pair_id(self) -> str:
        """The pair that it tells of."""
        told = self.transition.initiative if self.transition is not None else self.concern
        return told.pair_id if told is not None else ""

    def __str__(self) -> str:
        return f"{self.user}: {self.transition or self.concern}"
