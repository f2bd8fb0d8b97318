from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ContinuityConfig(AppConfig):
    name = "continuity"
    verbose_name = _("Continuity")

    def ready(self) -> None:
        from continuity import door, foresight, reports
        from continuity.models import Initiative, TensionEpisode
        from registry.core import jobs
        from registry.core.models import Pair, Source

        Pair.reporters.append(door.pair_written)
        Pair.foresights.append(foresight.of_pair)
        Source.reporters.append(door.source_written)
        for model in (Initiative, TensionEpisode):
            Pair.publishers.append(lambda user, model=model: model.objects.visible_to(user).values("pair"))
        door.register_concern("suspended", reports.long_suspensions, reports.SUSPENDED)
        jobs.register("rebuild_ledger", jobs.command("rebuild_ledger"))
