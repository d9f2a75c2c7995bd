"""What the home page says of the festival's phases: one line at a time, each turning live by the page's clock."""

from dataclasses import dataclass

from django.utils.translation import gettext

from fairground.festivals.phase_plan import PhaseKind, PhaseSpan, phases_in, stretches
from fairground.festivals.phase_rows import read_phases
from fairground.kernel.clock import to_unix_ms
from fairground.sites.moment import ForAMoment
from fairground.sites.storefront.reader import Reader
from fairground.sites.wording import short_moment_text

_phases = ForAMoment(read_phases)


@dataclass(frozen=True, slots=True)
class PhaseLine:
    """A sentence, and from when until when it is so, in milliseconds since 1970."""

    text: str
    starts_ms: int
    ends_ms: int
    phase: str


def phase_lines(reader: Reader) -> list[PhaseLine]:
    """Return what is said from now on, in order of time; nothing of a time about which the countdown says it all."""
    if reader.festival is None:
        return []
    phases, market = _phases(festival=reader.festival.slug), reader.market.code if reader.market else None
    zone = reader.market.time_zone if reader.market else reader.festival.zone
    there, now_ms = phases_in(phases, market), to_unix_ms(reader.now)
    lines = []
    for starts_at, ends_at, leading in stretches(phases, market=market, now=reader.now):
        text = _text(leading, there, zone)
        if text:
            starts_ms, ends_ms = to_unix_ms(starts_at), to_unix_ms(ends_at)
            lines.append(PhaseLine(text, starts_ms, ends_ms, "before" if now_ms < starts_ms else "open"))
    return lines


def _text(leading: PhaseSpan, there: dict[PhaseKind, PhaseSpan], zone: str) -> str:
    presale, gala, balance = (there.get(kind) for kind in (PhaseKind.PRESALE, PhaseKind.GALA, PhaseKind.BALANCE))
    if leading.kind < PhaseKind.PRESALE and presale:
        return gettext("Order ahead from %(moment)s") % {"moment": short_moment_text(presale.starts_at, zone)}
    if leading.kind < PhaseKind.GALA and leading.kind is not PhaseKind.PRESALE and gala:
        return gettext("The gala begins %(moment)s") % {"moment": short_moment_text(gala.starts_at, zone)}
    if leading.kind is PhaseKind.PRESALE:
        return gettext("Presale until %(moment)s") % {"moment": short_moment_text(leading.ends_at, zone)}
    if leading.kind is PhaseKind.GALA:
        return gettext("The gala is on, until the opening")
    if leading.kind in {PhaseKind.OPENING, PhaseKind.SALE, PhaseKind.BALANCE} and balance:
        return gettext("Pay balances until %(moment)s") % {"moment": short_moment_text(balance.ends_at, zone)}
    return ""
