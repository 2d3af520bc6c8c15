"""A separate app, because its table lies in the tenant plane and tenancy's own do not."""

from django.apps import AppConfig


class TenantProof(AppConfig):
    name = "siegel.tenancy.proof"
    label = "tenant_proof"
