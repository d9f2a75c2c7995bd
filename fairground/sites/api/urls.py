"""Addresses of pages about the API, and of providers' notices; the API itself is served straight on ASGI."""

from django.urls import path

from fairground.sites.api import notices, views

urlpatterns = [
    path("payments/notices/<str:provider>", notices.notice, name="payment-notice"),
    path("problems/", views.problems, name="problems"),
    path("problems/<slug:code>", views.problem, name="problem"),
]
