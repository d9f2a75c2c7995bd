"""Every page's address."""

from django.urls import URLPattern, URLResolver, include, path

from fairground.sites.back_office.urls import office

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("fairground.sites.storefront.urls")),
    path("", include("fairground.sites.people.urls")),
    path("", include("fairground.sites.merchant_desk.urls")),
    path("sign/", include("allauth.urls")),
    path("", include("fairground.sites.live_screen.urls")),
    path("", include("fairground.sites.api.urls")),
    path("", include("fairground.sites.styleguide.urls")),
    path("back-office/", office.urls),
]
