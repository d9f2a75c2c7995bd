"""Whether paying merchants, and issuing gift cards that were sold, takes two people."""

_WORDS = {"on": True, "off": False}


def four_eyes(text: str, *, is_real: bool) -> bool:
    """Return whether it takes two people: as said, else where the money is real.

    :raises ValueError: it says neither on nor off
    """
    if not text:
        return is_real
    if text not in _WORDS:
        raise ValueError(f"FAIRGROUND_FOUR_EYES is on or off: not {text!r}")
    return _WORDS[text]
