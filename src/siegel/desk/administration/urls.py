"""Addresses of the administration, below /administration/."""

from django.urls import path

from siegel.desk.administration import overview

urlpatterns = [
    path("", overview.overview, name="administration"),
]
