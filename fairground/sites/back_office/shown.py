"""What a form showed when it was opened, so that nobody writes back over what an import or somebody else wrote since.

Every field of a form is sent, those that nobody touched too. Compared with the row as it is when the form comes back,
a price that an import changed meanwhile would look like one that was typed, and be set back.
"""

import hashlib

from django import forms

from fairground.kernel.refusal import Refusal

FIELD = "shown"


class ChangedSince(Refusal):
    """The row is no longer what the form showed."""


def digest_of_shown(form: forms.BaseForm) -> str:
    """Return a digest of what a form shows before anybody types: its fields by name, and their values."""
    shown = [(name, str(form.get_initial_for_field(field, name))) for name, field in sorted(form.fields.items())]
    return hashlib.sha256(repr(shown).encode()).hexdigest()
