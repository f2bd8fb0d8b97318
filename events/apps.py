from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EventsConfig(AppConfig):
    name = "events"
    verbose_name = _("Programmes and events")

    def ready(self) -> None:
        from continuity import door
        from events import reports
        from events.models import Event
        from registry.core.models import Pair

        door.register("event", reports.event_activities, of="initiative")
        door.register_concern("unreported", reports.unreported_events)
        Pair.publishers.append(lambda user: Event.objects.visible_to(user).values("pair"))
