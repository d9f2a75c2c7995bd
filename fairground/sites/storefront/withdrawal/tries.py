"""How often somebody may send a withdrawal: five times an hour for a number, and from an address."""

from django.http import HttpRequest

from fairground.orders.rules import NUMBER_LETTERS
from fairground.sites.throttles import may_try

# Who mistypes an e-mail has four more; who guesses learns nothing, as a try counts whether or not anything matches.
TRIES_AN_HOUR_MAX = 5
# Letters that a number reads as digits.
_SAME = str.maketrans("ILO", "110")


def count_try(request: HttpRequest, *, number: str) -> bool:
    """Count a try for a number and for the address it comes from (of IPv6 its /64); return whether it may be taken.

    Both are counted whatever the other says.
    """
    # As the number is read, so that a dash or a small letter is no other number.
    letters = number.upper().replace("-", "").replace(" ", "").translate(_SAME)[:NUMBER_LETTERS]
    by_number = may_try(request, app="withdrawal", action="number", rates=f"{TRIES_AN_HOUR_MAX}/h/key", key=letters)
    by_address = may_try(request, app="withdrawal", action="address", rates=f"{TRIES_AN_HOUR_MAX}/h/ip")
    return by_number and by_address
