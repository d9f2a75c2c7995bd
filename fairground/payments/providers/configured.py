"""The payment providers that the operator set up; none: the wallet alone pays."""

from collections.abc import Mapping

from fairground.payments.providers.provider import Provider


def configured_providers() -> Mapping[str, Provider]:
    """Return the providers that may be asked, by their codes, in the order in which pages offer them."""
    return {}
