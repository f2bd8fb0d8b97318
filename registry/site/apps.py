from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SiteConfig(AppConfig):
    name = "registry.site"
    label = "site"
    verbose_name = _("The registry as a whole")

    def ready(self) -> None:
        from registry.core import backup, clockwork, jobs
        from registry.site.models import Snapshot

        backup.LEFT_OUT.append(Snapshot)  # its files are in no backup either, and the next build makes it from them
        clockwork.schedule("snapshot", jobs.command("snapshot"), clockwork.DAY)
