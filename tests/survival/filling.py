"""Fill a migrated database for the long tests: `python -m tests.survival.filling READERS`, in the house's environment.

One commission that met on 12 March 2020 and is announced as active; so many readers who want to hear at once when it
becomes overdue on 13 March 2021; Aigul, who edits. The password is "a password of the test".
"""

import sys

import django

django.setup()

from django.contrib.auth.hashers import make_password  # noqa: E402
from django.core.management import call_command  # noqa: E402

from continuity import sweep  # noqa: E402
from continuity.models import Subscription  # noqa: E402
from registry.core import write  # noqa: E402
from registry.core.models import Country, DeskRole, Pair, User  # noqa: E402
from tests.cast import COUNTRIES, commission, session  # noqa: E402


def fill(readers: int) -> None:
    call_command("load_vocabularies", verbosity=0)
    Country.objects.bulk_create([Country(code=code) for code in COUNTRIES], ignore_conflicts=True)
    pair = Pair.objects.between("KG", "TJ")
    pair.tracked_from, pair.tracking_basis = "2015-01-01", "assumed"
    pair.full_clean(exclude=pair.DERIVED)
    write.save(pair, by=write.SYSTEM)
    session(commission(pair, title="Council", ref="COUNCIL", started_on="2020-01-01"))
    sweep.sweep()
    password = make_password("a password of the test")
    names = ["aigul", *(f"reader{number}" for number in range(readers))]
    people = [User(username=name, email=f"{name}@example.org", password=password) for name in names]
    aigul, *told = User.objects.bulk_create(people)
    DeskRole.objects.create(user=aigul, country_id="KG", role="editor")
    Subscription.objects.bulk_create([Subscription(user=user, every="once") for user in told])


if __name__ == "__main__":
    fill(int(sys.argv[1]))
