"""An index for `updated_since`; and search texts now hold each name in one piece, so what is on file is folded anew."""

from typing import Any

from django.db import migrations, models


def ask_for_folding(apps: Any, schema_editor: Any) -> None:
    """Leave the work to the next worker or `manage.py run_jobs`: till then a search finds the same, unranked."""
    if apps.get_model("core", "Revision").objects.exists():
        apps.get_model("core", "Job").objects.create(kind="refold")


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="revision",
            index=models.Index(fields=["model", "at", "ref"], name="revision_when"),
        ),
        migrations.RunPython(ask_for_folding, migrations.RunPython.noop),
    ]
