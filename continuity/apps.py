from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ContinuityConfig(AppConfig):
    name = "continuity"
    verbose_name = _("Continuity")

    def ready(self) -> None:
        from continuity import care, door, foresight, reports, tasks
        from continuity import health as ours
        from continuity.models import Initiative, Subscription, TensionEpisode
        from registry.core import clockwork, health, jobs, merging
        from registry.core.models import Pair, Source

        Pair.reporters.append(door.pair_written)
        Pair.foresights.append(foresight.of_pair)
        Source.reporters.append(door.source_written)
        for model in (Initiative, TensionEpisode):
            Pair.publishers.append(lambda user, model=model: model.objects.visible_to(user))
        merging.FOLLOWING.append(Subscription)
        care.register("suspended", reports.SUSPENDED)
        jobs.register("rebuild_ledger", jobs.command("rebuild_ledger"))
        clockwork.schedule("sweep", tasks.swept, clockwork.TEN_MINUTES)
        clockwork.QUEUES.append(tasks.send_notices)
        health.register("sweep", _("Sweep"), ours.sweep)
        health.register("notices", _("Waiting mails"), ours.unsent)
        health.register("failed_notices", _("Failed mails"), ours.given_up)
