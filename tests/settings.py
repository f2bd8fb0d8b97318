"""Settings of the test suite: the project's own, on a fresh folder, with the database and broker of the caller.

DATABASE_URL and REDIS_URL choose what is tested; anything else the caller's shell has set must not change a result.
"""

import atexit
import os
import shutil
import tempfile

for _name in ("SECRET_KEY", "CLOCK", "DEBUG", "SITE_URL", "EMAIL_URL", "DEFAULT_FROM", "OPERATOR", "PORT"):
    os.environ.pop(_name, None)
os.environ["VAR"] = tempfile.mkdtemp(prefix="concord-test-")
atexit.register(shutil.rmtree, os.environ["VAR"], ignore_errors=True)

from registry.settings import *  # noqa: E402, F403
from registry.settings import DATABASES, STORAGES, VAR  # noqa: E402

(VAR / "static").mkdir(exist_ok=True)  # WhiteNoise wants to see it, though the tests serve from the sources

# A name of its own for each run, so that two runs on one machine do not meet. SQLite is a file and not memory: the live
# server, other threads and other processes must see the same rows.
_run = os.environ.get("TEST_DB_NAME") or str(os.getpid())
_sqlite = DATABASES["default"]["ENGINE"].endswith("sqlite3")
if _sqlite:
    DATABASES["default"]["TEST"] = {"NAME": str(VAR / f"test_{_run}.sqlite3")}
else:
    # Said outright, because a server set up without a locale makes databases that know no Cyrillic.
    DATABASES["default"]["TEST"] = {"NAME": f"test_concord_{_run}", "CHARSET": "UTF8", "TEMPLATE": "template0"}
    # A test database need not survive a power cut, and waiting for the disk is most of what a flush costs.
    DATABASES["default"]["OPTIONS"] = {"options": "-c synchronous_commit=off"}
DATABASES["default"]["CONN_MAX_AGE"] = 0

if "REDIS_URL" in os.environ:
    CACHES["default"]["KEY_PREFIX"] = f"test-{_run}"  # noqa: F405
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
RATE_LIMIT = 0  # one test asks more often than any reader
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
