"""What forms about a case send, of whoever answers it: units, and how the goods go back.

What is no number is refused and never counts as none: a line that is left out costs the buyer money or goods.
"""

from django.http import HttpRequest

from fairground.aftersales.actions.moving import CaseMoved
from fairground.aftersales.actions.settling import UnitsBack
from fairground.aftersales.labels import LABEL_BYTES_MAX, LabelDrawn, draw_label
from fairground.aftersales.queries import CaseShown
from fairground.aftersales.rules import MESSAGES_MAX, CaseState
from fairground.kernel.refusal import Refusal

# More digits than any quantity has; what is above the units of a line, the action refuses.
_DIGITS_MAX = 9


class UnitsUnclear(Refusal):
    """A field of units holds something else than a whole number; nothing was done."""


def units_accepted(request: HttpRequest, case: CaseShown) -> dict[int, int]:
    """Return the units that a form accepts, by line; a line of which an answer before accepted none has no field.

    :raises UnitsUnclear: a field is empty, or holds no whole number
    """
    return {number: _units(request, f"units-{number}") for number in _open_lines(case)}


def units_back(request: HttpRequest, case: CaseShown) -> dict[int, UnitsBack]:
    """Return the units that came back by a form, and how many of them are as new, by line that was accepted.

    :raises UnitsUnclear: a field is empty, or holds no whole number
    """
    return {
        number: UnitsBack(_units(request, f"back-{number}"), _units(request, f"sellable-{number}"))
        for number in _open_lines(case)
    }


def messages_seen(request: HttpRequest) -> int:
    """Return how many messages a form was shown with; 0, so that none is written twice, for what is no such number."""
    seen = _whole(request, "messages_seen")
    return seen if seen is not None and seen <= MESSAGES_MAX else 0


def replacement_seen(request: HttpRequest) -> int:
    """Return which replacement a form was shown with; 0, in place of which nobody gives money, for no number."""
    return _whole(request, "seen") or 0


def label_brought(request: HttpRequest, case: CaseShown) -> LabelDrawn | None:
    """Draw the label that a form brings, None where it brings none; it takes a second.

    :raises CaseMoved: the goods are not waited for any more, so nothing was drawn
    :raises Refusal: one of `draw_label`'s
    """
    if case.row.state is not CaseState.ACCEPTED:
        raise CaseMoved(state=case.row.state.name.lower())
    file = request.FILES.get("label")
    return draw_label(file.read(LABEL_BYTES_MAX + 1)) if file else None  # one byte more tells that it is too large


def _open_lines(case: CaseShown) -> list[int]:
    return [line.line_no for line in case.lines if line.units_agreed != 0]


def _units(request: HttpRequest, name: str) -> int:
    units = _whole(request, name)
    if units is None:
        raise UnitsUnclear(field=name)
    return units


def _whole(request: HttpRequest, name: str) -> int | None:
    text = request.POST.get(name, "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS_MAX else None
