"""The ledger addresses of the money of merchants, and of what the platform takes and gives with it.

Each is one slice a lane: that of the merchant, so that releasing an order touches no other lane.
"""


def escrow_address(merchant_id: int, currency: str) -> str:
    """Return the ledger address of the money kept for a merchant until the goods are received."""
    return f"merchant:{merchant_id}:escrow:{currency}"


def payable_address(merchant_id: int, currency: str) -> str:
    """Return the address of what a merchant is owed; below nothing, what it owes after refunds."""
    return f"merchant:{merchant_id}:payable:{currency}"


def reserve_address(merchant_id: int, currency: str) -> str:
    """Return the address of what of a merchant's money is kept for a while against refunds."""
    return f"merchant:{merchant_id}:reserve:{currency}"


def forfeits_address(merchant_id: int, currency: str) -> str:
    """Return the ledger address of the deposits that a merchant keeps, whatever comes."""
    return f"merchant:{merchant_id}:forfeits:{currency}"


def owed_penalties_address(merchant_id: int, currency: str) -> str:
    """Return the ledger address of what a merchant owes the platform for presales that it did not keep."""
    return f"merchant:{merchant_id}:penalties:{currency}"


def creator_address(creator_id: int, currency: str) -> str:
    """Return the address of what a creator is owed for orders."""
    return f"creator:{creator_id}:payable:{currency}"


def discounts_address(currency: str) -> str:
    """Return the address of what the platform paid for discounts that it funds."""
    return f"platform:discounts:{currency}"


def commission_address(currency: str) -> str:
    """Return the address of what the platform earned by commissions."""
    return f"platform:commission:{currency}"


def fee_tax_address(currency: str) -> str:
    """Return the address of the tax on commissions, which the platform owes the state."""
    return f"platform:fee_tax:{currency}"


def duties_address(currency: str) -> str:
    """Return the address of what shoppers paid for customs, which the platform owes it, and the tax on that."""
    return f"platform:duties:{currency}"


def bank_address(currency: str) -> str:
    """Return the address of what providers paid out to the platform's bank account, less what left it for merchants."""
    return f"platform:bank:{currency}"


def exchange_address(currency: str) -> str:
    """Return the address through which money goes that is paid out in another currency than it was earned in."""
    return f"platform:exchange:{currency}"


def penalties_address(currency: str) -> str:
    """Return the ledger address through which the platform fronts such penalties, one slice a lane."""
    return f"platform:penalties:{currency}"
