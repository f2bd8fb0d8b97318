"""Addresses of the pages of programmes, events and outputs."""

from django.urls import path

from events import views
from events.forms import EventForm, FulfilmentForm, OutputForm, ProgrammeForm
from events.indices import pages
from registry.core import editing

urlpatterns = [
    *editing.urls("programmes", ProgrammeForm),
    *editing.urls("events", EventForm),
    *editing.urls("outputs", OutputForm),
    *editing.urls("fulfilments", FulfilmentForm),
    path("programmes/", views.ProgrammeList.as_view(), name="programme-list"),
    path("programmes/<slug:ref>/", views.ProgrammePage.as_view(), name="programme-detail"),
    path("events/", views.EventList.as_view(), name="event-list"),
    path("events/<slug:ref>/", views.EventPage.as_view(), name="event-detail"),
    path("indices/", pages.indices, name="indices"),
    path("pairs/<slug:ref>/indices/", pages.pair_indices, name="pair-indices"),
    path("outputs/", views.OutputList.as_view(), name="output-list"),
    path("outputs/<slug:ref>/", views.OutputPage.as_view(), name="output-detail"),
    path("fulfilments/<slug:ref>/", views.FulfilmentPage.as_view(), name="fulfilment-detail"),
]
