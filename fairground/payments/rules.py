"""The ledger addresses of wallets and of the money that came in."""


def wallet_address(shopper_id: int, currency: str) -> str:
    """Return the address of a shopper's wallet: what the platform owes the shopper."""
    return f"shopper:{shopper_id}:wallet:{currency}"


def funding_address(currency: str) -> str:
    """Return the address of the money that came in from outside, one slice a lane."""
    return f"platform:funding:{currency}"
