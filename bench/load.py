"""Filling the project's own tables as fast as either database takes it."""

import io
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import connection, models

from continuity.models import Activity, Initiative
from events.models import Event
from registry.core.models import Pair


class BulkLoad:
    """Put rows into tables as fast as the database takes them: indexes and foreign keys stand aside meanwhile.

    The ledger is stored by day and not by initiative, as it grows in life.
    """

    def __enter__(self) -> "BulkLoad":
        self.defaults: dict[type[models.Model], dict[str, Any]] = {}
        with connection.cursor() as cursor:
            self._lay_aside(cursor)
            columns = ", ".join(_defaults(Activity))
            cursor.execute(f"CREATE TEMP TABLE bench_activity AS SELECT {columns} FROM continuity_activity WHERE 1 = 0")
        return self

    def __exit__(self, *_error: Any) -> None:
        columns = ", ".join(_defaults(Activity))
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO continuity_activity ({columns}) SELECT {columns} FROM bench_activity ORDER BY day"
            )
            cursor.execute("DROP TABLE bench_activity")
            for statement in self.put_back:
                cursor.execute(statement)

    def _lay_aside(self, cursor: Any) -> None:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA foreign_keys = OFF")
            self.put_back = ["PRAGMA foreign_keys = ON"]
            return
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexdef NOT LIKE '%UNIQUE%'"
            " AND (tablename LIKE 'continuity%' OR tablename LIKE 'events%')"
        )
        indexes = cursor.fetchall()
        self.put_back = [definition for _name, definition in indexes]
        for name, _definition in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        self.put_back.append("SET session_replication_role = DEFAULT")

    def put(self, model: type[models.Model], rows: Iterable[dict[str, Any]]) -> None:
        defaults = self.defaults.setdefault(model, _defaults(model))
        table = self._table(model)
        first = next(iter(rows), None)
        if first is None:
            return
        with_id = "id" in first
        columns = [name for name in ("id", *defaults) if name != "id" or with_id]
        texts = ([_text(row[name] if name in row else defaults[name]) for name in columns] for row in rows)
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                holes = ", ".join(["?"] * len(columns))
                cursor.connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({holes})", texts)
                return
            copied = io.StringIO("".join(_line(text) for text in texts))
            cursor.copy_expert(f"COPY {table} ({', '.join(columns)}) FROM STDIN", copied)

    def repeat(self, number: int, pairs: list[list[Pair]]) -> None:
        """Put all that was put once more for each further lot of pairs, each time under higher ids."""
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMP TABLE bench_lot (lot integer, one varchar(9), other varchar(9), PRIMARY KEY (lot, one))"
            )
            for at, lot in enumerate(pairs[1:], 1):
                values = [(at, one.ref, other.ref) for one, other in zip(pairs[0], lot, strict=True)]
                cursor.executemany("INSERT INTO bench_lot VALUES (%s, %s, %s)", values)
                for model in self.defaults:
                    self._repeat(cursor, model, at, at * number)
            cursor.execute("DROP TABLE bench_lot")

    def _repeat(self, cursor: Any, model: type[models.Model], lot: int, higher: int) -> None:
        table, ids = self._table(model), f"<= {higher // lot}"
        moved = {
            "initiative_id": f"initiative_id + {higher}",
            "initiative_ptr_id": f"initiative_ptr_id + {higher}",
            "parent_id": f"parent_id + {higher}",
            "origin_id": f"origin_id + {higher}",
            "evidence_id": f"evidence_id + {higher * 16}",
            "ref": f"ref || '-{lot}'",
            "pair_id": f"(SELECT other FROM bench_lot WHERE lot = {lot} AND one = pair_id)",
        }
        columns = list(self.defaults[model])
        if model in (Initiative, Event):
            columns.append("id")
            moved["id"] = f"id + {higher * (16 if model is Event else 1)}"
        owner = next(name for name in ("initiative_id", "initiative_ptr_id", "id") if name in columns)
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(moved.get(name, name) for name in columns)} "
            f"FROM {table} WHERE {owner} {ids}"
        )

    def _table(self, model: type[models.Model]) -> str:
        return "bench_activity" if model is Activity else model._meta.db_table


def _defaults(model: type[models.Model]) -> dict[str, Any]:
    """Return the columns of a table but `id`, each with what stands there if nothing is said."""
    fields = [field for field in model._meta.local_concrete_fields if field.column != "id" and not field.generated]
    return {field.column: "{}" if field.get_internal_type() == "JSONField" else field.get_default() for field in fields}


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else int(value) if isinstance(value, bool) else value


def _line(row: list[Any]) -> str:
    return "\t".join(r"\N" if value is None else str(value) for value in row) + "\n"
