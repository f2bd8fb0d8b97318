"""manage.py take_bounce < bounce"""

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from continuity import bounces, delivery


class Command(BaseCommand):
    help = """
    Read one delivery status notification (RFC 3464, a bounce) from standard input and note it on the mail it tells of.
    A mail that did not arrive then stands among the failed ones. Made for a pipe of the mail server or a fetch by cron.
    Exit code 0: noted; 65: it is no bounce; 67: it tells of no mail of ours. Neither changes anything.
    """

    def handle(self, **options: Any) -> None:
        try:
            bounce = bounces.read(sys.stdin.buffer.read(bounces.MOST + 1))
            self.stdout.write(delivery.take_bounce(bounce))
        except bounces.NotABounce as error:
            raise CommandError(str(error), returncode=os.EX_DATAERR) from error
        except LookupError as error:
            sentence = f"No mail of this registry has the Message-ID {error.args[0]}; nothing was changed."
            raise CommandError(sentence, returncode=os.EX_NOUSER) from error
