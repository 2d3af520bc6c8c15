"""Registers the checks of this room."""

from django.apps import AppConfig
from django.core import checks


class Files(AppConfig):
    name = "siegel.files"

    def ready(self) -> None:
        from siegel.files.checks import scanner_answers
        from siegel.tenancy.checks import INSTALLATION

        checks.register(scanner_answers, INSTALLATION, deploy=True)
