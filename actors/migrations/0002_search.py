from django.db import migrations

from registry.core.trigram import trigram_index


class Migration(migrations.Migration):
    dependencies = [("actors", "0001_initial")]

    operations = [
        trigram_index("actors_actor"),
    ]
