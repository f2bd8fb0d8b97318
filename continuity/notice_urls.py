"""Addresses that stand in mails."""

from django.urls import path

from continuity import notice_views

urlpatterns = [
    path("notices/stop/<str:token>/", notice_views.stop, name="notice-stop"),
    path("notices/stop/<str:token>/one-click/", notice_views.one_click, name="notice-stop-one-click"),
]
