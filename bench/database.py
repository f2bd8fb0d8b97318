"""A database of its own for a benchmark, dropped when it ends unless it is to be kept."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


@contextmanager
def own_database(name: str, server: str, keep: str | None = None) -> Iterator[str]:
    """Create and migrate a database on `server` and in the end drop it; yield its address. Django is set up on it.

    With `keep` it stays under that name, and one that is there is used again.
    """
    var = Path(tempfile.mkdtemp(prefix=f"{name}_"))
    try:
        url, drop = _create(server, f"{name}_{keep or os.getpid()}", Path(tempfile.gettempdir()) if keep else var)
        os.environ |= {"DATABASE_URL": url, "VAR": str(var), "DJANGO_SETTINGS_MODULE": "registry.settings"}
        import django
        from django.core.management import call_command

        django.setup()
        from django.db import connection

        try:
            call_command("migrate", verbosity=0)
            yield url
        finally:
            connection.close()
            if not keep:
                drop()
    finally:
        shutil.rmtree(var)


def address(server: str, name: str) -> str:
    """Return the address of the database `name` on a PostgreSQL server."""
    return urlsplit(server)._replace(path=f"/{name}").geturl()


def _create(server: str, name: str, folder: Path) -> tuple[str, Callable[[], None]]:
    if server.startswith("sqlite"):
        path = folder / f"{name}.sqlite3"
        return f"sqlite:///{path}", path.unlink
    import psycopg2

    def on_server(sql: str) -> list[Any]:
        there = psycopg2.connect(server)
        there.autocommit = True
        with there.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []

    if not on_server(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
        on_server(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    return address(server, name), lambda: on_server(f"DROP DATABASE {name}") and None


def tidy() -> None:
    """Let the database know what it holds."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
