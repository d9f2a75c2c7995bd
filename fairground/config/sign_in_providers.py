"""Who else may say who somebody is: the OpenID Connect providers that the operator names."""

import json
from urllib.parse import urlsplit

_WANTED = {"id", "name", "issuer", "client_id", "client_secret"}


def sign_in_providers(text: str) -> list[dict[str, object]]:
    """Return the providers that `FAIRGROUND_OIDC` names, as django-allauth wants them; none for an empty text.

    It is a JSON list of objects with `id` (a word in addresses), `name` (on the button), `issuer`, `client_id` and
    `client_secret`. The issuer's `/.well-known/openid-configuration` tells the rest when somebody signs in.

    :raises ValueError: it is no such list
    """
    if not text:
        return []
    named = json.loads(text)
    if not isinstance(named, list) or not all(isinstance(one, dict) and one.keys() == _WANTED for one in named):
        raise ValueError(f"FAIRGROUND_OIDC is a JSON list of objects, each with {', '.join(sorted(_WANTED))}")
    return [
        {
            "provider_id": one["id"],
            "name": one["name"],
            "client_id": one["client_id"],
            "secret": one["client_secret"],
            "settings": {"server_url": _https(one["issuer"]).rstrip("/")},
        }
        for one in named
    ]


def origins_of(providers: list[dict[str, object]]) -> list[str]:
    """Return the origins of the providers, to which our form leads a browser that wants to sign in."""
    issuers = [str(settings["server_url"]) for one in providers if isinstance(settings := one["settings"], dict)]
    return sorted({f"https://{urlsplit(issuer).netloc}" for issuer in issuers})


def _https(issuer: str) -> str:
    if urlsplit(issuer).scheme != "https":
        raise ValueError(f"an issuer is reached by HTTPS: not {issuer}")
    return issuer
