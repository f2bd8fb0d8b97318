"""Rows chosen at random: `sample=` says how many, `seed=` which; the same seed chooses the same of the same rows.

Each row is numbered by the MD5 of what it is permanently known by and the seed; those with the least numbers are the
sample. So both databases choose alike, and a row that comes or goes changes a sample by one row at most.
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import CharField, F, QuerySet, TextField, Value
from django.db.models.functions import MD5, Cast, Concat

from registry.core.paging import Load

MOST = 1_000


def chosen(rows: QuerySet, size: int, seed: str, known_by: Sequence[str], load: Load) -> list[Any]:
    """Return so many of the rows, in the order of their numbers; `known_by` are the paths to what each is known by.

    `load` fetches rows with the column `pk`.
    """
    parts = [part for path in known_by for part in (Cast(F(path), TextField()), Value("|"))]
    number = MD5(Concat(*parts, Value(seed), output_field=CharField()))
    keys = list(rows.order_by(number, "pk").values_list("pk", flat=True)[:size])
    place = {key: at for at, key in enumerate(keys)}
    return sorted(load(rows.filter(pk__in=keys).order_by(), ""), key=lambda row: place[row.pk])
