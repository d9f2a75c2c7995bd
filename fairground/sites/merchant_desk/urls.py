"""Addresses of what merchants reach by the links of letters."""

from django.urls import path

from fairground.sites.merchant_desk import views

urlpatterns = [
    path("merchant/cases/<str:token>", views.case, name="merchant-case"),
    path("merchant/cases/<str:token>/label", views.label, name="merchant-case-label"),
    path("merchant/cases/<str:token>/pictures/<int:position>", views.picture, name="merchant-case-picture"),
]
