"""The demonstration: real records of a sample from public pages, and accounts to look at them with."""

from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from registry.core.models import DeskRole, Pair, User
from registry.site import loader

DESKS = ("KZ", "UZ", "KG", "TJ")
ROLES = ("editor", "approver")
PASSWORD = "demonstration"  # noqa: S105 - printed beside the accounts; they exist on a local machine only
DOMAIN = "demonstration.invalid"
"""No mail can ever be delivered there (RFC 2606); by it the accounts of the demonstration are known."""


def accounts() -> list[User]:
    """Return the accounts of the demonstration that are on file."""
    return list(User.objects.filter(email__endswith=f"@{DOMAIN}").order_by("pk"))


def create_accounts() -> None:
    """Store an editor and an approver for each of the four desks, and a registrar."""
    password = make_password(PASSWORD)  # once: hashing is slow by design
    for country in DESKS:
        for role in ROLES:
            user = _account(f"{role}.{country.lower()}", password, first_name=role.title(), last_name=country)
            DeskRole.objects.create(user=user, country_id=country, role=role, lead=role == "approver")
    _account("registrar", password, first_name="Registrar", is_staff=True, is_superuser=True)


def _account(name: str, password: str, **fields: Any) -> User:
    return User.objects.create(username=name, email=f"{name}@{DOMAIN}", password=password, **fields)


class Command(BaseCommand):
    help = (
        "Fill an empty registry with the demonstration (data/central_asia: a sample from public pages, not a complete "
        "record) and its accounts. Never in production; a registry that holds records is left alone."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError(
                "The demonstration has accounts whose password everybody knows, so it is not for production "
                "(SECRET_KEY is set). Use manage.py load and first_registrar instead."
            )
        if not Pair.objects.exists():
            self._fill(options["verbosity"])
        if options["verbosity"]:
            self._tell_accounts()

    def _fill(self, verbosity: int) -> None:
        # One transaction: half a demonstration would look like a registry in use, and never be completed.
        with transaction.atomic():
            call_command("load_vocabularies", verbosity=0)
            call_command("load_countries", verbosity=0)
            report = loader.load([settings.BASE_DIR / "data" / "central_asia"])
            if report.refusals:
                raise CommandError("\n".join(["The demonstration cannot be loaded.", *report.told()]))
            create_accounts()
        if verbosity:
            self.stdout.write(
                f"The demonstration is loaded: {report.total('written')} rows of {len(report.files)} files, "
                "a sample from public pages, not a complete record."
            )

    def _tell_accounts(self) -> None:
        found = accounts()
        if not found:
            return
        self.stdout.write(f"Accounts of the demonstration, each with the password “{PASSWORD}”:")
        for user in found:
            seats = ", ".join(
                f"{seat.role} of {seat.country.name}" for seat in user.desk_roles.select_related("country")
            )
            self.stdout.write(f"  {user.username:<14}{seats or 'keeps the whole registry'}")
