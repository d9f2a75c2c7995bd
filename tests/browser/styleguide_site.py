"""The styleguide for a browser: its page by Django, its files from the package, without a process and its database."""

import mimetypes
from urllib.parse import urlsplit

from django.test import Client
from playwright.sync_api import Page, Route

from fairground.sites.static_files import STATIC, STATIC_PREFIX

STYLEGUIDE = "http://127.0.0.1:8000/styleguide"


def serve_styleguide(page: Page) -> None:
    """Answer what the page asks for as the shop would, with its headers; the settings must be a private demo's."""
    page.route("http://127.0.0.1:8000/**", _answer)


def _answer(route: Route) -> None:
    address = urlsplit(route.request.url)
    if address.path.startswith(STATIC_PREFIX):
        file = STATIC / address.path.removeprefix(STATIC_PREFIX)
        route.fulfill(body=file.read_bytes(), content_type=mimetypes.guess_type(file.name)[0] or "")
    else:
        shown = Client(SERVER_NAME="127.0.0.1", SERVER_PORT="8000").get(f"{address.path}?{address.query}")
        route.fulfill(status=shown.status_code, body=shown.content, headers=dict(shown.headers))
