"""What a guest did becomes the user's who signs in."""

import time

from django.db import transaction
from django.http import HttpRequest

from fairground.carts.actions import merge_carts
from fairground.identity.actions import claim_guest
from fairground.identity.queries import shoppers_of, user_facts
from fairground.payments.actions import move_wallets
from fairground.sites.visitor import SHOPPER


def claim_visit(request: HttpRequest, *, user_id: int) -> None:
    """Give the user what the session's guest did, and let the session forget the guest; one transaction.

    Money follows in one of its own, as it needs the writers' turn. It is looked for at every sign-in, in the wallets of
    all guests that went into the user's shopper, so that what came late or was left by a crash comes too.
    """
    guest_id = request.session.pop(SHOPPER, None)
    if guest_id is not None:
        with transaction.atomic():
            claim = claim_guest(user_id=user_id, guest_id=guest_id)
            if claim is not None and claim.merged:
                merge_carts(source_id=guest_id, target_id=claim.shopper_id)
    shopper_id = user_facts(user_id=user_id).shopper_id
    if shopper_id is not None:
        guests = [one for one in shoppers_of(shopper_id=shopper_id) if one != shopper_id]
        move_wallets(source_ids=guests, target_id=shopper_id, now_ms=time.time_ns() // 1_000_000)
