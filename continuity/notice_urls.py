"""Addresses that stand in mails, and those of the log of mails."""

from django.urls import path

from continuity import delivery_views, notice_views

urlpatterns = [
    path("notices/stop/<str:token>/", notice_views.stop, name="notice-stop"),
    path("notices/stop/<str:token>/one-click/", notice_views.one_click, name="notice-stop-one-click"),
    path("mails/", delivery_views.MailList.as_view(), name="mail-list"),
    path("mails/failed/", delivery_views.failed, name="mails-failed"),
    path("mails/<int:notice>/", delivery_views.mail_page, name="mail-detail"),
    path("mails/<int:notice>/again/", delivery_views.send_again, name="mail-again"),
    path("mails/<int:notice>/aside/", delivery_views.set_aside, name="mail-aside"),
]
