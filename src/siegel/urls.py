"""Addresses of a tenant's own host; those of its chat host are in siegel.widget.urls."""

from allauth.account.views import account_inactive, logout
from django.urls import include, path

from siegel.desk.account.second_step import passkey, second_step
from siegel.desk.sign_in import sign_in

handler400 = "siegel.refusals.bad_request"
handler500 = "siegel.refusals.failed"
urlpatterns = [
    path("sign-in/", sign_in, name="account_login"),
    path("sign-in/second-step/", second_step, name="mfa_authenticate"),
    path("sign-in/passkey/", passkey, name="sign-in-passkey"),
    path("sign-out/", logout, name="account_logout"),
    path("switched-off/", account_inactive, name="account_inactive"),
    path("trust/", include("siegel.trust.urls")),
    path("", include("siegel.desk.urls")),
]
