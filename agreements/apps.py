from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AgreementsConfig(AppConfig):
    name = "agreements"
    verbose_name = _("Agreements and commissions")

    def ready(self) -> None:
        from agreements import reports
        from agreements.models import Agreement, Session
        from continuity import care, door

        door.register("session", reports.session_activities, of="commission", model=Session)
        door.register("agreement", reports.signature_activities, of="parent", model=Agreement)
        care.register("ending", reports.ENDING)
        care.register("notice", reports.NOTICE)
        care.register("commitment", reports.OVERDUE)
