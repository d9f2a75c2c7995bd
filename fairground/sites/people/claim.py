"""What a guest did becomes the user's who signs in."""

from django.db import transaction
from django.http import HttpRequest

from fairground.carts.actions import merge_carts
from fairground.identity.actions import claim_guest
from fairground.sites.visitor import SHOPPER


def claim_visit(request: HttpRequest, *, user_id: int) -> None:
    """Give the user what the session's guest did, and let the session forget the guest; one transaction."""
    guest_id = request.session.pop(SHOPPER, None)
    if guest_id is None:
        return
    with transaction.atomic():
        claim = claim_guest(user_id=user_id, guest_id=guest_id)
        if claim is not None and claim.merged:
            merge_carts(source_id=guest_id, target_id=claim.shopper_id)
