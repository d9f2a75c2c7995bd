"""How often something may be tried: by a key, and by the address that it comes from where that says something."""

from allauth.core.internal import ratelimit
from django.conf import settings
from django.http import HttpRequest

_BY_ADDRESS = "/ip"


def may_try(request: HttpRequest, *, app: str, action: str, rates: str, key: str = "", reads: bool = False) -> bool:
    """Count a try and return whether it may be taken; `rates` as in 10/10m/key,60/h/ip (of IPv6 the /64).

    Addresses are not counted where all come over a proxy that the operator did not name (`FAIRGROUND_PROXIES`): they
    would be one. A GET is counted where it is said that it `reads` something dear.
    """
    is_hidden = bool(settings.SITE_ADDRESS) and not settings.ALLAUTH_TRUSTED_PROXY_COUNT
    counted = [one for one in rates.split(",") if not (is_hidden and one.endswith(_BY_ADDRESS))]
    config = {action: ",".join(counted)}
    return ratelimit.consume(request, app=app, action=action, config=config, key=key, limit_get=reads) is not None
