from django.db import migrations, models


def fill(apps, schema_editor):
    Initiative, Lapse = apps.get_model("continuity", "Initiative"), apps.get_model("continuity", "Lapse")
    still_open = Lapse.objects.filter(initiative=models.OuterRef("pk"), ended_on=None, void=False)
    lapsed = Initiative.objects.filter(models.Exists(still_open))
    lapsed.update(lapsed_since=models.Subquery(still_open.values("began_on")[:1]))


class Migration(migrations.Migration):

    dependencies = [
        ('continuity', '0004_the_rule_reads_an_index_alone'),
    ]

    operations = [
        migrations.AddField(
            model_name='initiative',
            name='lapsed_since',
            field=models.DateField(editable=False, help_text='Stored: first day of the lapse that is open on file.', null=True),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
