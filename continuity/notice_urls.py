"""Addresses that stand in mails, of what somebody follows, and of the log of mails."""

from django.urls import path

from continuity import delivery_views, following, notice_views

urlpatterns = [
    path("notices/stop/<str:token>/", notice_views.stop, name="notice-stop"),
    path("notices/stop/<str:token>/one-click/", notice_views.one_click, name="notice-stop-one-click"),
    path("following/", following.following, name="following"),
    path("following/<int:wish>/", following.change, name="following-change"),
    path("following/<int:wish>/stop/", following.stop, name="following-stop"),
    path("following/<int:wish>/start/", following.start, name="following-start"),
    path("mails/", delivery_views.MailList.as_view(), name="mail-list"),
    path("mails/failed/", delivery_views.failed, name="mails-failed"),
    path("mails/<int:notice>/", delivery_views.mail_page, name="mail-detail"),
    path("mails/<int:notice>/again/", delivery_views.send_again, name="mail-again"),
    path("mails/<int:notice>/aside/", delivery_views.set_aside, name="mail-aside"),
]
