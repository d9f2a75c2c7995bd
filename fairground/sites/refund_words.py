"""What a refund gave back, in words, the same on every page."""

from django.utils.translation import gettext


def charge_words(line_no: int) -> str:
    """Return what a refund's line is of that is of no goods: below 0 a duty, 0 shipping; "" for goods."""
    if line_no > 0:
        return ""
    return gettext("Import duty") if line_no else gettext("Shipping")
