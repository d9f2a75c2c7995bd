"""Addresses of a person's own pages; those of signing in are django-allauth's, below /sign/."""

from django.urls import path
from django.views.generic import RedirectView

from fairground.sites.people import data_rights, demo_letters, profile

urlpatterns = [
    path("me/", profile.profile, name="profile"),
    path("me/sessions", RedirectView.as_view(pattern_name="usersessions_list"), name="my-sessions"),
    path("me/data", data_rights.own_data, name="my-data"),
    path("me/data/export", data_rights.export_data, name="export-data"),
    path("me/data/erase", data_rights.erase_data, name="erase-data"),
    path("me/erased", data_rights.erased, name="erased"),
    path("demo/mail", demo_letters.letters, name="demo-letters"),
]
