from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EventsConfig(AppConfig):
    name = "events"
    verbose_name = _("Programmes and events")

    def ready(self) -> None:
        from agreements.models import Commitment
        from continuity import care, door
        from events import reports
        from events.models import Event, Output
        from registry.core.models import Pair

        door.register("event", reports.event_activities, of="initiative", model=Event)
        care.register("unreported", reports.UNREPORTED)
        for model in (Event, Output):
            Pair.publishers.append(lambda user, model=model: model.objects.visible_to(user))
        Commitment.meetings.append(reports.promised)
