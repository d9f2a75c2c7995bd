"""Who is of the staff: on the pages of the back office, and on those of the shop that only the staff sees."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from fairground.sites.private_demo import is_private_demo


def is_of_the_staff(request: HttpRequest) -> bool:
    """Return whether somebody of the staff asks, in a demo only who sits at its machine."""
    user: Any = request.user
    return bool(user.is_active and user.is_staff and (not settings.REALM.is_demo or is_private_demo(request)))
