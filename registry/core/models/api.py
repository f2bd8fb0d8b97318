"""What writing through the API needs to remember: tokens, and answers that may be asked for twice."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry.core import clock
from registry.core.models.people import User


class ApiToken(models.Model):
    """One token by which a program acts as its owner. The token itself is shown once and not kept.

    It is long and random, so that a plain SHA-256 of it cannot be guessed back: a slow hash, or salt, guards words that
    people think up.
    """

    class Scope(models.TextChoices):
        READ = "read", _("read: what I may see, drafts of my desk too")
        WRITE = "write", _("read and write: whatever I may do")

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="api_tokens", help_text=_("As whom a program acts that has it.")
    )
    name = models.CharField(_("what it is for"), max_length=100, help_text=_("So that you know it again in the list."))
    digest = models.CharField(
        _("digest"), max_length=64, unique=True, editable=False, help_text=_("SHA-256 of the token, in hexadecimal.")
    )
    start = models.CharField(
        _("begins with"), max_length=20, editable=False, help_text=_("How it begins; too little to use it.")
    )
    scope = models.CharField(
        _("what it may do"), max_length=5, choices=Scope, default=Scope.READ, help_text=_("Never more than its owner.")
    )
    expires_on = models.DateField(_("valid until"), help_text=_("Its last day, at most a year ahead."))
    created_at = models.DateTimeField(_("made at"), auto_now_add=True, help_text=_("When it was made (UTC)."))
    last_used_on = models.DateField(
        _("last used"), null=True, blank=True, editable=False, help_text=_("The day; empty: never.")
    )
    revoked_at = models.DateTimeField(
        _("revoked at"), null=True, blank=True, editable=False, help_text=_("Since when it does nothing any more.")
    )

    class Meta:
        verbose_name = _("API token")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(scope__in=["read", "write"]), name="api_token_scope_known"),
        ]

    @property
    def is_over(self) -> bool:
        """Whether its last day has passed."""
        return self.expires_on < clock.today()

    @property
    def works(self) -> bool:
        """Whether it still opens anything."""
        return self.revoked_at is None and not self.is_over and self.user.is_active

    def __str__(self) -> str:
        return f"{self.name} ({self.start}…)"


class Answered(models.Model):
    """One answer to a POST that bore an `Idempotency-Key`, so that the same request is answered and not done again."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", help_text=_("Who asked."))
    key = models.CharField(_("key"), max_length=200, help_text=_("The key as it was sent."))
    request = models.CharField(
        _("request"), max_length=64, help_text=_("SHA-256 of the address and the body, in hexadecimal.")
    )
    status = models.PositiveSmallIntegerField(_("status"), default=0, help_text=_("HTTP status of the answer."))
    headers = models.JSONField(_("headers"), default=dict, help_text=_("Where it is, and which version it has."))
    body = models.TextField(_("body"), blank=True, help_text=_("The answer as it was sent."))
    at = models.DateTimeField(_("at"), auto_now_add=True, help_text=_("When it was given (UTC)."))

    class Meta:
        verbose_name = _("answer given")
        indexes = [models.Index(fields=["at"], name="answered_at")]  # once.forget
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="answered_once")]

    def __str__(self) -> str:
        return f"{self.user} {self.key}"
