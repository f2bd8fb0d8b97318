from django.urls import include, path
from rest_framework.routers import SimpleRouter

from bench.typical import api, floor

router = SimpleRouter()
router.register("events", api.EventViewSet, basename="event")
router.register("search", api.SearchViewSet, basename="search")
router.register("agreements", api.AgreementViewSet, basename="agreement")

urlpatterns = [
    path("events.csv", api.events_csv),
    path("floor/<str:name>/<path:address>", floor.pass_on),
    path("", include(router.urls)),
]
