"""How often somebody may send a withdrawal: five times an hour for a number, and from an address."""

from allauth.core.internal import ratelimit
from django.conf import settings
from django.http import HttpRequest

from fairground.orders.rules import NUMBER_LETTERS

# Who mistypes an e-mail has four more; who guesses learns nothing, as the answer stays the same.
TRIES_AN_HOUR_MAX = 5
# Letters that a number reads as digits.
_SAME = str.maketrans("ILO", "110")
_RATES = {
    "number": f"{TRIES_AN_HOUR_MAX}/h/key",
    "address": f"{TRIES_AN_HOUR_MAX}/h/ip",
}


def count_try(request: HttpRequest, *, number: str) -> bool:
    """Count a try for a number and for the address it comes from (of IPv6 its /64); return whether it may be taken.

    Both are counted whatever the other says. Addresses are not where all come over a proxy that the operator did not
    name (`FAIRGROUND_PROXIES`): they would be one.
    """
    is_hidden = bool(settings.SITE_ADDRESS) and not settings.ALLAUTH_TRUSTED_PROXY_COUNT
    # As the number is read, so that a dash or a small letter is no other number.
    letters = number.upper().replace("-", "").replace(" ", "").translate(_SAME)[:NUMBER_LETTERS]
    by_number = ratelimit.consume(request, app="withdrawal", action="number", config=_RATES, key=letters)
    by_address = is_hidden or ratelimit.consume(request, app="withdrawal", action="address", config=_RATES)
    return bool(by_number) and bool(by_address)
