"""Addresses of a tenant's own host; those of its chat host are in siegel.widget.urls."""

from allauth.account.views import account_inactive, login, logout
from django.urls import include, path

handler400 = "siegel.refusals.bad_request"
handler500 = "siegel.refusals.failed"
urlpatterns = [
    path("sign-in/", login, name="account_login"),
    path("sign-out/", logout, name="account_logout"),
    path("switched-off/", account_inactive, name="account_inactive"),
    path("trust/", include("siegel.trust.urls")),
    path("", include("siegel.desk.urls")),
]
