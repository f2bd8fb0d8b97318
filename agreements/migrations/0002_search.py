from django.db import migrations

from registry.core.trigram import trigram_index


class Migration(migrations.Migration):
    dependencies = [("agreements", "0001_initial")]

    operations = [
        trigram_index("agreements_session"),
        trigram_index("agreements_commitment"),
    ]
