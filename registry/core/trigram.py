"""The trigram index behind search on PostgreSQL; SQLite scans the folded column.

One named place for what differs: a GIN index declared in `Meta` would silently become a useless b-tree on SQLite.
"""

from functools import partial
from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def trigram_index(*tables: str) -> migrations.RunPython:
    """Return the migration step that lets PostgreSQL find words in the column `folded` of `tables` by an index."""
    return migrations.RunPython(partial(_create, tables), partial(_drop, tables))


def _create(tables: tuple[str, ...], apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        for table in tables:
            schema_editor.execute(f"CREATE INDEX {table}_folded_trgm ON {table} USING gin (folded gin_trgm_ops)")


def _drop(tables: tuple[str, ...], apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for table in tables:
            schema_editor.execute(f"DROP INDEX {table}_folded_trgm")
