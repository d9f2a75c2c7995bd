"""Addresses of a person's own pages; those of signing in are django-allauth's, below /sign/."""

from django.urls import path
from django.views.generic import RedirectView

from fairground.sites.people import demo_letters, profile

urlpatterns = [
    path("me/", profile.profile, name="profile"),
    path("me/sessions", RedirectView.as_view(pattern_name="usersessions_list"), name="my-sessions"),
    path("demo/mail", demo_letters.letters, name="demo-letters"),
]
