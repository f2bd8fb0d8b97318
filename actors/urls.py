"""Addresses of the pages of actors."""

from django.urls import path

from actors import views
from actors.forms import ActorForm
from registry.core import editing

urlpatterns = [
    *editing.urls("actors", ActorForm),
    path("actors/", views.ActorList.as_view(), name="actor-list"),
    path("actors/<slug:ref>/", views.ActorPage.as_view(), name="actor-detail"),
]
