import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("continuity", "0003_order_of_lists"),
        ("core", "0004_changes"),
    ]

    operations = [
        migrations.AlterField(
            model_name="initiative",
            name="pair",
            field=models.ForeignKey(
                db_index=False,
                help_text="Between whom.",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="initiatives",
                to="core.pair",
                verbose_name="pair",
            ),
        ),
        migrations.AddIndex(
            model_name="initiative",
            index=models.Index(
                fields=["pair", "kind", "-sort_day", "-id"], name="continuity__pair_id_7e23c9_idx"
            ),
        ),
        # of a table that Django makes by itself no index can be declared; this one answers alone which are of a field
        migrations.RunSQL(
            "CREATE INDEX continuity_initiative_fields_of_term ON continuity_initiative_fields (term_id, initiative_id)",
            "DROP INDEX continuity_initiative_fields_of_term",
        ),
    ]
