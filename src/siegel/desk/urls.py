"""Addresses of the desk."""

from django.urls import include, path

from siegel.desk import views

app_name = "desk"
urlpatterns = [
    path("", views.home, name="home"),
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/list/", views.conversation_list, name="list"),
    path("inbox/<uuid:identifier>/", views.conversation, name="conversation"),
    path("inbox/<uuid:identifier>/header/", views.header, name="header"),
    path("inbox/<uuid:identifier>/context/", views.context, name="context"),
    path("inbox/<uuid:identifier>/assign/", views.assign, name="assign"),
    path("inbox/<uuid:identifier>/resolve/", views.resolve, name="resolve"),
    path("inbox/<uuid:identifier>/reopen/", views.reopen, name="reopen"),
    path("inbox/<uuid:identifier>/transcript/", views.download_transcript, name="transcript"),
    path("administration/", include("siegel.desk.administration.urls")),
    path("socket-ticket/", views.socket_ticket, name="ticket"),
    path("language/", views.language, name="language"),
]
