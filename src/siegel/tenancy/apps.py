"""Installs the connection handler before the first query."""

from django.apps import AppConfig


class Tenancy(AppConfig):
    name = "siegel.tenancy"

    def ready(self) -> None:
        from siegel.tenancy import checks, handler

        handler.install()
        checks.register()
