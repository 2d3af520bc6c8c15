"""Addresses of one's own account, below /account/."""

from django.urls import path

from siegel.desk.account import confirm, devices, factors, password

urlpatterns = [
    path("", devices.account, name="my-account"),
    path("confirm/", confirm.confirm, name="confirm"),
    path("factors/", factors.factors, name="my-factors"),
    path("factors/app/", factors.add_app, name="add-app"),
    path("factors/passkey/", factors.add_passkey, name="add-passkey"),
    path("factors/recovery-codes/", factors.recovery_codes, name="recovery-codes"),
    path("factors/<uuid:factor>/rename/", factors.rename, name="rename-factor"),
    path("factors/<uuid:factor>/remove/", factors.remove, name="remove-factor"),
    path("factors/trusted/<uuid:device>/forget/", factors.forget, name="forget-device"),
    path("password/", password.password, name="account-password"),
    path("password/judged/", password.judged, name="judge-my-password"),
    path("devices/", devices.devices, name="my-devices"),
    path("devices/end-others/", devices.end_others, name="end-my-others"),
    path("devices/<uuid:session>/end/", devices.end, name="end-my-session"),
]
