"""What draws paid back of a purchase, in words."""

from django.utils.translation import gettext

from fairground.draws.queries import spent_on_purchases
from fairground.orders.queries import PurchaseShown
from fairground.sites.storefront.payment_words import PaymentNote
from fairground.sites.wording import money_text


def prize_notes(purchase: PurchaseShown) -> list[PaymentNote]:
    """Return a note where a draw paid back what a purchase cost, or a part of it; its goods stay the shopper's."""
    if purchase.paid_at is None:
        return []
    spent = spent_on_purchases(purchase_ids=[purchase.id]).get(purchase.id)
    if spent is None or not spent.awarded_minor:
        return []
    facts = {"amount": money_text(spent.awarded_minor, purchase.currency)}
    if spent.kept_minor:
        words = gettext("You won: a draw paid %(amount)s of this purchase back. What you bought stays yours.")
    else:
        words = gettext("You won: a draw paid this purchase back, %(amount)s. What you bought stays yours.")
    return [PaymentNote(words % facts, "good")]
