"""Addresses of the chat host."""

from django.urls import path

from siegel.widget import views

handler400 = "siegel.refusals.bad_request"
handler500 = "siegel.refusals.failed"
urlpatterns = [
    path("", views.chat, name="chat"),
    path("privacy/", views.privacy, name="privacy"),
    path("imprint/", views.imprint, name="imprint"),
    path("logo", views.logo, name="logo"),
    path("visit", views.visit, name="visit"),
    path("contact", views.contact, name="contact"),
    path("transcript", views.download_transcript, name="transcript"),
]
