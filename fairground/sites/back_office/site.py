"""The admin's site: who may enter, with which policy a browser reads its pages, and its own pages beside the tables."""

from collections.abc import Callable, Mapping
from functools import update_wrapper
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST
from unfold.sites import UnfoldAdminSite

from fairground.sites.headers import CONTENT_SECURITY_POLICY
from fairground.sites.staff import is_of_the_staff

Page = Callable[..., HttpResponseBase]

# Looser than the shop's in two points and no more. The theme's scripts are Alpine.js, which makes functions of the
# attributes in its templates ('unsafe-eval'); there is no inline script, and markup from outside is always escaped.
# Colours, heights and what a script hides are styles in the page ('unsafe-inline'), and arrows of lists are `data:`.
OFFICE_POLICY = (
    CONTENT_SECURITY_POLICY.replace("script-src 'self'", "script-src 'self' 'unsafe-eval'")
    .replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
    .replace("img-src 'self'", "img-src 'self' data:")
)


class OfficeSite(UnfoldAdminSite):
    """The tables that are registered, and the pages that `add_page` names."""

    def __init__(self) -> None:
        super().__init__(name="admin")
        self._pages: list[tuple[str, str, Page]] = []

    def add_page(self, route: str, name: str, page: Page) -> None:
        """Serve a page of our own at a route below the site's address; staff only, what else it asks is its own."""
        self._pages.append((route, name, page))

    def extra_urls(self) -> list[Any]:
        """Return the addresses of our own pages, before the admin's."""
        own = [path(route, self.admin_view(page), name=name) for route, name, page in self._pages]
        return [path("language/", self.admin_view(_choose_language), name="language"), *own]

    def has_permission(self, request: HttpRequest) -> bool:
        """Return whether somebody may enter: staff, and in a demo only who sits at its machine."""
        return is_of_the_staff(request)

    def admin_view(self, view: Page, cacheable: bool = False) -> Page:
        """Return the view for staff only, with the back office's own policy for browsers."""
        checked = super().admin_view(view, cacheable)

        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return _with_policy(checked(request, *args, **kwargs))

        return update_wrapper(answer, checked)

    def login(self, request: HttpRequest, extra_context: Mapping[str, Any] | None = None) -> HttpResponse:
        """Lead to the site's own sign-in, where attempts are counted; where it has none, ask here.

        :raises PermissionDenied: somebody signed in who is not of the staff
        """
        if request.user.is_authenticated and request.method == "GET":
            if not self.has_permission(request):
                raise PermissionDenied
            return HttpResponseRedirect(reverse("admin:index"))
        wanted = request.GET.get("next") or reverse("admin:index")
        try:
            address = reverse("account_login")
        except NoReverseMatch:
            return _with_policy(super().login(request, extra_context))
        return HttpResponseRedirect(f"{address}?{urlencode({'next': wanted})}")


def _with_policy(response: HttpResponseBase) -> Any:
    response.headers["Content-Security-Policy"] = OFFICE_POLICY
    return response


@require_POST
def _choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the chosen language as the shop does, and lead back."""
    wanted = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}):
        wanted = reverse("admin:index")
    response = HttpResponseRedirect(wanted)
    if request.POST.get("language") in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            request.POST["language"],
            max_age=settings.CHOICE_KEPT_S,
            secure=request.is_secure(),
            httponly=True,
            samesite="Lax",
        )
    return response


office = OfficeSite()


def show_page(request: HttpRequest, template: str, context: Mapping[str, object], *, status: int = 200) -> HttpResponse:
    """Return a page of our own in the frame of the back office; `context` has its `title`."""
    request.current_app = office.name
    return render(request, template, {**office.each_context(request), **context}, status=status)


def attached(answer: HttpResponseBase, name: str) -> HttpResponseBase:
    """Return an answer that a browser keeps as a file of this name."""
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def require(request: HttpRequest, permission: str) -> None:
    """Return where whoever asks has a permission (`app.verb_model`).

    :raises PermissionDenied: they have not
    """
    user: Any = request.user
    if not user.has_perm(permission):
        raise PermissionDenied
