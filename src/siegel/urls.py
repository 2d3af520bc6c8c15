"""Addresses of a tenant's own host; those of its chat host are in siegel.widget.urls."""

from allauth.account.views import login, logout
from django.urls import include, path

urlpatterns = [
    path("sign-in/", login, name="account_login"),
    path("sign-out/", logout, name="account_logout"),
    path("", include("siegel.desk.urls")),
]
