"""What `manage.py check` finds wrong with an installation, before its readers do."""

import json
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connection

from registry.core import vocabularies
from registry.core.vocabularies import VocabularyField


@register(Tags.models)
def every_list_is_on_file(**kwargs: Any) -> list[CheckMessage]:
    """core.E001: a field takes its codes from a list that data/vocabularies.json does not have."""
    return [
        Error(
            f"{model._meta.label}.{field.name} takes its codes from “{field.vocabulary}”, which is no list.",
            hint="Put back Concord's own data/vocabularies.json, or correct the name of the list.",
            obj=model,
            id="core.E001",
        )
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, VocabularyField) and field.vocabulary not in vocabularies.lists()
    ]


@register()
def countries_are_on_file(**kwargs: Any) -> list[CheckMessage]:
    """core.E002: the file that countries are loaded from is missing or damaged."""
    path = settings.BASE_DIR / "data" / "countries.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["countries"]
    except (OSError, ValueError, KeyError) as error:
        hint = "Put back the file that comes with Concord."
        return [Error(f"{path} cannot be read ({error}).", hint=hint, id="core.E002")]
    return [] if found else [Error(f"{path} names no country.", id="core.E002")]


@register(Tags.database)
def tables_are_up_to_date_with_files(**kwargs: Any) -> list[CheckMessage]:
    """core.W001, core.W002: terms or countries of the files are not in the database (`check --database default`)."""
    return list(_behind(kwargs.get("databases") or ()))


def _behind(databases: Any) -> Iterator[CheckMessage]:
    from registry.core.models import Country, Term

    if "default" not in databases or Term._meta.db_table not in connection.introspection.table_names():
        return
    on_file = {(name, code) for name, terms in vocabularies.lists().items() for code in terms}
    missing = on_file - set(Term.objects.values_list("vocabulary", "code"))
    if missing:
        hint = "Run manage.py load_vocabularies."
        yield Warning(f"{len(missing)} terms of data/vocabularies.json are not loaded.", hint=hint, id="core.W001")
    if not Country.objects.exists():
        yield Warning("No country is loaded.", hint="Run manage.py load_countries.", id="core.W002")
