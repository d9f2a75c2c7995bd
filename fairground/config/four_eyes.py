"""Whether paying merchants takes two people."""

_WORDS = {"on": True, "off": False}


def four_eyes(text: str, *, is_real: bool) -> bool:
    """Return whether one approves a payout and another one sends it: as said, else where the money is real.

    :raises ValueError: it says neither on nor off
    """
    if not text:
        return is_real
    if text not in _WORDS:
        raise ValueError(f"FAIRGROUND_FOUR_EYES is on or off: not {text!r}")
    return _WORDS[text]
