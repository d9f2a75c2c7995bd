"""Addresses of the live screen; its stream is served straight on ASGI."""

from django.urls import path

from fairground.sites.live_screen import views

urlpatterns = [path("live", views.screen, name="live")]
