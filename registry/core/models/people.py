"""Users and the desks they sit at."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from registry.core.access import EDITORS, desks, is_registrar
from registry.core.vocabularies import VocabularyField


class User(AbstractUser):
    """One person who signs in: staff of a desk, a subscriber to mails, or a registrar (a superuser)."""

    email = models.EmailField(_("e-mail address"), unique=True, help_text=_("Where notices and password links go."))
    language = models.CharField(
        _("language"), max_length=8, default="en", help_text=_("Language of pages and mails, as a BCP 47 tag.")
    )
    time_zone = models.CharField(
        _("time zone"), max_length=40, default="UTC", help_text=_("IANA name; used only for the hour of sending.")
    )
    deputy = models.ForeignKey(
        "self",
        verbose_name=_("deputy"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="stands_in_for",
        help_text=_("Who is written to when a notice stays unanswered for 30 days."),
    )

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(condition=~models.Q(deputy=models.F("id")), name="user_not_own_deputy"),
        ]

    @property
    def is_registrar(self) -> bool:
        """Whether this person keeps the whole registry."""
        return is_registrar(self)

    @property
    def edits(self) -> bool:
        """Whether there is any record this person may edit."""
        return self.is_registrar or bool(desks(self, EDITORS))

    def __str__(self) -> str:
        return self.get_full_name() or self.username


class DeskRole(models.Model):
    """One seat of one person at the desk of one country."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="desk_roles", help_text=_("Who sits at the desk.")
    )
    country = models.ForeignKey(
        "core.Country", on_delete=models.PROTECT, related_name="desk_roles", help_text=_("Whose desk it is.")
    )
    role = VocabularyField("desk_role", help_text=_("Reader sees drafts, editor edits, approver also publishes."))
    lead = models.BooleanField(
        _("lead of the desk"), default=False, help_text=_("Written to when a notice stays unanswered for 60 days.")
    )

    class Meta:
        verbose_name = _("desk role")
        constraints = [
            models.UniqueConstraint(fields=["user", "country"], name="desk_role_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=["reader", "editor", "approver"]), name="desk_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} – {self.country_id} {self.role}"
