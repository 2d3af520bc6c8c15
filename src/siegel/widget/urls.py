"""Addresses of the chat host."""

from django.urls import path

from siegel.widget import clients, continuing, passkey_views, proving, views

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
    path("recognise", clients.recognise, name="recognise"),
    path("devices", clients.own_devices, name="devices"),
    path("devices/end", clients.end_own_device, name="end-device"),
    path("links", continuing.ask_for_link, name="links"),
    path("links/open", continuing.open_link, name="open-link"),
    path("continue", continuing.opening, name="continue"),
    path("join", continuing.decide, name="join"),
    path("passkeys/new", passkey_views.begin_adding, name="new-passkey"),
    path("passkeys/keep", passkey_views.finish_adding, name="keep-passkey"),
    path("passkeys/remove", passkey_views.remove, name="remove-passkey"),
    path("passkeys/ask", passkey_views.begin_showing, name="ask-passkey"),
    path("passkeys/show", passkey_views.finish_showing, name="show-passkey"),
    path("proof", proving.prove, name="proof"),
    path("sign-out", clients.sign_out, name="sign-out"),
]
