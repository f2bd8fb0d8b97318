from django.db import migrations

from registry.core.trigram import trigram_index


class Migration(migrations.Migration):
    dependencies = [("continuity", "0001_initial")]

    operations = [
        trigram_index("continuity_initiative"),
        trigram_index("continuity_tensionepisode"),
        trigram_index("continuity_milestone"),
    ]
