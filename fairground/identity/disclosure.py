"""Finding a shopper by the e-mail address of who signs in: whoever of the staff does is written down."""

from django.db import transaction

from fairground.identity.models import User
from fairground.kernel.edits import Act, By, write_audit


def disclose_shopper(*, email: str, by: By) -> int | None:
    """Return the shopper that the user of a whole e-mail address is, and write who found out; None for none.

    The log names the shopper, never the address.
    """
    with transaction.atomic(durable=True):
        shopper_id = User.objects.filter(email=email.strip().lower()).values_list("shopper_id", flat=True).first()
        if shopper_id is not None:
            write_audit(by=by, acts=[Act("found-by-address", "shopper", shopper_id)])
    return shopper_id
