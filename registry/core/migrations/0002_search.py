from django.db import migrations

from registry.core.trigram import trigram_index


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [
        trigram_index("core_source"),
        trigram_index("core_pair"),
        trigram_index("core_place"),
        trigram_index("core_subject"),
        trigram_index("core_framework"),
        trigram_index("core_indicator"),
        trigram_index("core_document"),
    ]
