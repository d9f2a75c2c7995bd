"""The ledger addresses of wallets, of the money that came in, of providers, and of what was given away."""

# What one of the staff gives away on a day, as credit and as gift cards together, in cents of a euro: five entries of
# the most that one may have. More takes another person, so that a stolen session, or somebody with friends, does not
# empty the till.
GIVEN_A_DAY_MAX_CENTS = 5_000_000
# What one of the staff issues on a day as gift cards that were sold, in cents of a euro: four thousand cards of 25.00.
# That the money came in is one person's word, so this has an end as well.
SOLD_A_DAY_MAX_CENTS = 10_000_000
# What one of the staff may give away at once as credit, in cents of a euro; more is several entries of the audit log.
CREDIT_MAX_CENTS = 1_000_000
# In cents of a euro. A gift card is for shopping; what is dearer is a transfer of money.
CARD_MAX_CENTS = 1_000_000


def wallet_address(shopper_id: int, currency: str) -> str:
    """Return the address of a shopper's wallet: what the platform owes the shopper."""
    return f"shopper:{shopper_id}:wallet:{currency}"


def funding_address(currency: str) -> str:
    """Return the address of the money that came in from outside, one slice a lane."""
    return f"platform:funding:{currency}"


def prizes_address(currency: str) -> str:
    """Return the address of what the platform gave away as prizes, one slice a lane."""
    return f"platform:prizes:{currency}"


def clearing_address(provider: str, currency: str) -> str:
    """Return the address of what a provider took for us and has not paid out, one slice a lane."""
    return f"provider:{provider}:clearing:{currency}"


def held_address(shopper_id: int, currency: str) -> str:
    """Return the address beside a wallet for which its part of a payment is set aside; nothing ever arrives there."""
    return f"shopper:{shopper_id}:held:{currency}"


def gift_cards_address(currency: str) -> str:
    """Return the address of what is owed for gift cards that were issued and neither redeemed nor ended, by slices.

    One slice may be below nothing: cards are issued in one lane and redeemed in those of shoppers.
    """
    return f"platform:giftcards:{currency}"


def lapsed_gift_cards_address(currency: str) -> str:
    """Return the address of what gift cards held that ended unredeemed: the platform's income, one slice a lane."""
    return f"platform:lapsed_giftcards:{currency}"


def goodwill_address(currency: str) -> str:
    """Return the address of what the staff granted to shoppers, one slice a lane."""
    return f"platform:goodwill:{currency}"


def provider_fees_address(currency: str) -> str:
    """Return the address of what providers kept as their fees."""
    return f"platform:provider_fees:{currency}"


def provider_fee_tax_address(currency: str) -> str:
    """Return the address of the tax on providers' fees, which the platform may have back from the state."""
    return f"platform:provider_fee_tax:{currency}"


def disputes_address(currency: str) -> str:
    """Return the address of what shoppers' banks took back: in dispute, or lost and covered by no order."""
    return f"platform:disputes:{currency}"
