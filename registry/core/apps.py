from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "registry.core"
    label = "core"
    verbose_name = _("Common ground")

    def ready(self) -> None:
        from django.db.backends.signals import connection_created
        from django.db.models.signals import post_migrate

        from registry.core import (  # noqa: F401 - the checks register themselves
            checks,
            clockwork,
            health,
            jobs,
            kept,
            once,
            patience,
            self_test,
            tasks,
        )

        connection_created.connect(patience.watch)
        post_migrate.connect(kept.forget)
        jobs.register("refold", jobs.command("refold"))
        clockwork.QUEUES.append(tasks.run_jobs)
        clockwork.schedule("prune_jobs", clockwork.prune, clockwork.DAY)
        clockwork.schedule("forget_answers", once.forget, clockwork.DAY)
        clockwork.schedule("self_test", self_test.send, clockwork.WEEK, self_test.week_of)
        health.register("tick", _("Clockwork"), health.tick)
        health.register("worker", _("Worker"), health.worker)
        health.register("jobs", _("Waiting jobs"), health.waiting_jobs)
        health.register("failed_jobs", _("Failed jobs"), health.failed_jobs)
