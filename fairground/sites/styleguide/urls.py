"""The styleguide's address."""

from django.urls import path

from fairground.sites.styleguide import views

urlpatterns = [path("styleguide", views.styleguide, name="styleguide")]
