"""Write access.csv anew: python -m tests.safety.write_table. Read what has changed before you commit it."""

import logging
import os

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()

from django.db import connection, transaction  # noqa: E402
from django.test.utils import override_settings, setup_test_environment  # noqa: E402

from tests.safety import access, world  # noqa: E402


def main() -> None:
    setup_test_environment()
    logging.disable(logging.WARNING)  # every refusal is one; what breaks is an error and is told
    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0)
    try:
        with override_settings(CLOCK=world.TODAY), transaction.atomic():
            made = world.build()
            number = access.write({role: access.answers(made, role) for role in world.ROLES})
            transaction.set_rollback(True)
        print(f"{number} rows in {access.TABLE}")
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    main()
