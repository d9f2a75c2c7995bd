"""What a person is told when there is no packet: what happened, what is safe, what to do."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from fairground.intake import batcher, codec, door
from fairground.redpackets import rules

_BUSY = gettext_lazy("Fairground is busy just now. Press the button again: you get one packet of a round, never two.")
_BROKEN = gettext_lazy("Something in Fairground is broken. No packet was opened.")
_WORDS: Mapping[str, str | Promise] = {
    rules.PacketsGone.code: gettext_lazy("All packets of this round are taken. Be there when the next one begins."),
    rules.RoundOver.code: gettext_lazy("This round is over. Be there when the next one begins."),
    rules.RoundNotOpen.code: gettext_lazy("The round is not open yet. The button turns live when it opens."),
    rules.RoundUnknown.code: gettext_lazy("There is no such round any more."),
    rules.PacketNeedsVerifiedShopper.code: gettext_lazy(
        "Red packets are for people we know: confirm your e-mail address, then come back."
    ),
    door.LineFull.code: gettext_lazy(
        "Very many people grab at this moment. Your place in the line is kept: press the button again in some seconds."
    ),
    door.ShopperBlocked.code: gettext_lazy("The operator has stopped this from here. Write to the operator."),
    door.ClockUnsteady.code: _BUSY,
    batcher.OutcomeUnknown.code: _BUSY,
    codec.BadKey.code: gettext_lazy("This page was open for very long. Press the button again."),
}


def refusal_words(code: str) -> str:
    """Return what a person is told of a refusal; of one that only programs meet, that the shop is at fault."""
    return str(_WORDS.get(code, _BROKEN))


def all_words() -> dict[str, str]:
    """Return what is told of each refusal, by code; for others there is the empty code."""
    return {**{code: str(words) for code, words in _WORDS.items()}, "": str(_BROKEN)}
