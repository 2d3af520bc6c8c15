"""Public addresses of the trust page, on a tenant's own host."""

from django.urls import path

from siegel.trust import views

app_name = "trust"
urlpatterns = [
    path("", views.page, name="trust"),
    path("claims.json", views.claims, name="claims"),
    path("claims/<slug:claim>.json", views.claim, name="claim"),
    path("feed.atom", views.feed, name="feed"),
    path("heads", views.heads, name="heads"),
    path("evidence", views.evidence, name="evidence"),
    path("verify.py", views.verifier, name="verifier"),
]
