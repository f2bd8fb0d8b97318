"""Create the first registrar of a new installation."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from registry.core.models import User


class Command(BaseCommand):
    help = "Create the first registrar and print the link with which a password is chosen."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="the name to sign in with")
        parser.add_argument("email", help="where notices and password links go")
        parser.add_argument("--another", action="store_true", help="although there is a registrar already")

    def handle(self, *args: Any, username: str, email: str, another: bool, **options: Any) -> None:
        registrar = User.objects.filter(is_superuser=True, is_active=True).first()
        if registrar and not another:
            raise CommandError(
                f"There is a registrar already: {registrar.username}. Let that one enter others in the administration, "
                "or add --another."
            )
        user = User(username=username, email=email, is_staff=True, is_superuser=True)
        user.set_unusable_password()
        try:
            user.full_clean()
        except ValidationError as error:
            wrong = "; ".join(f"{field}: {' '.join(texts)}" for field, texts in error.message_dict.items())
            raise CommandError(f"{wrong} Give another one.") from error
        user.save()
        path = reverse(
            "password_reset_confirm",
            kwargs={
                "uidb64": urlsafe_base64_encode(force_bytes(user.pk)),
                "token": default_token_generator.make_token(user),
            },
        )
        self.stdout.write(f"{username} is a registrar. The password is chosen here, once, within three days:")
        self.stdout.write(f"{settings.SITE_URL}{path}")
