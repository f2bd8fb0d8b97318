from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "registry.core"
    label = "core"
    verbose_name = _("Common ground")

    def ready(self) -> None:
        from registry.core import checks, jobs  # noqa: F401 - the checks register themselves

        jobs.register("refold", jobs.command("refold"))
