"""The ledger addresses of wallets, of the money that came in, and of what was given away."""


def wallet_address(shopper_id: int, currency: str) -> str:
    """Return the address of a shopper's wallet: what the platform owes the shopper."""
    return f"shopper:{shopper_id}:wallet:{currency}"


def funding_address(currency: str) -> str:
    """Return the address of the money that came in from outside, one slice a lane."""
    return f"platform:funding:{currency}"


def prizes_address(currency: str) -> str:
    """Return the address of what the platform gave away as prizes, one slice a lane."""
    return f"platform:prizes:{currency}"
