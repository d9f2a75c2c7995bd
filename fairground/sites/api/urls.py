"""Addresses of pages about the API; the API itself is served straight on ASGI."""

from django.urls import path

from fairground.sites.api import views

urlpatterns = [
    path("problems/", views.problems, name="problems"),
    path("problems/<slug:code>", views.problem, name="problem"),
]
