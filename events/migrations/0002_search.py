from django.db import migrations

from registry.core.trigram import trigram_index


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]

    operations = [
        trigram_index("events_event"),
        trigram_index("events_output"),
    ]
