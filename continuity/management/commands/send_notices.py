"""manage.py send_notices"""

from typing import Any

from django.core.management.base import BaseCommand

from continuity import notices


class Command(BaseCommand):
    help = """
    Send the mails that are due, as a worker would. Needs no broker.
    News asked for at once is due at once; digests at 6 in the morning of the reader, daily, on Monday or on the first.
    """

    def handle(self, **options: Any) -> None:
        done = notices.send_notices()
        self.stdout.write(f"{done.sent} mails sent, {done.failed} given up, {done.put_back} to be tried again")
