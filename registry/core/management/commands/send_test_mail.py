"""manage.py send_test_mail ADDRESS"""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email


class Command(BaseCommand):
    help = "Send one mail to ADDRESS with the settings that notices use, and say where it went."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", metavar="ADDRESS", help="To whom, as name@example.org.")

    def handle(self, address: str, **options: Any) -> None:
        try:
            validate_email(address)
        except ValidationError:
            raise CommandError(f"{address!r} is no e-mail address. Write it like name@example.org.") from None
        message = EmailMessage(
            subject="Concord: test mail",
            body=f"Concord at {settings.SITE_URL} can send mail. Notices will come from this address.\n",
            to=[address],
        )
        try:
            message.send()
        except Exception as error:
            raise CommandError(
                f"{self._where()} did not take the mail from {settings.DEFAULT_FROM_EMAIL} to {address}: "
                f"{type(error).__name__}: {error}. Check EMAIL_URL and DEFAULT_FROM."
            ) from error
        self.stdout.write(f"{self._where()} took the mail from {settings.DEFAULT_FROM_EMAIL} to {address}.")

    def _where(self) -> str:
        if settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
            return f"The mail server {settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
        if settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
            return f"The folder {settings.VAR}/mail (no EMAIL_URL is set, so no mail leaves this machine)"
        return settings.EMAIL_BACKEND
