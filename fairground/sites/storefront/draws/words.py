"""What the pages of draws say, in the reader's language, market and time zone."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext, ngettext

from fairground.draws.queries import DrawFacts, OwnPart, PrizeFacts, WinnerFacts
from fairground.draws.rules.terms import WISHES_FOR_TASK, DrawState, EntryKind, PrizeKind
from fairground.sites.languages import in_language
from fairground.sites.storefront.reader import Reader
from fairground.sites.wording import moment_text, money_text, number_text


@dataclass(frozen=True, slots=True)
class PrizeShown:
    """A prize: how often it is given, and what it is."""

    rank: int
    times: str
    text: str


@dataclass(frozen=True, slots=True)
class StateShown:
    """Where a draw stands: a tag, its look, and a sentence."""

    text: str
    look: str
    sentence: str


@dataclass(frozen=True, slots=True)
class DrawShown:
    """A draw for the market in which it is read; without a market of its own there are no prizes to name."""

    slug: str
    name: str
    state: StateShown
    is_here: bool
    prizes: tuple[PrizeShown, ...]
    opens: str
    closes: str
    closes_iso: str
    is_entered_now: bool
    by_purchase: str
    by_task: str
    is_free: bool
    limit: str


@dataclass(frozen=True, slots=True)
class OwnEntryShown:
    """An entry of somebody's: for what, and when."""

    text: str
    at: str


@dataclass(frozen=True, slots=True)
class WinnerShown:
    """A winner, under the pseudonym of the list."""

    place: int
    entry: str
    pseudonym: str
    prize: str
    is_mine: bool


def draw_words(facts: DrawFacts, reader: Reader) -> DrawShown:
    """Return what is said of a draw."""
    market = reader.market.code if reader.market else ""
    zone = reader.market.time_zone if reader.market else "UTC"
    is_here = reader.market is not None and facts.is_open_in(market)
    opens, closes = moment_text(facts.opens_at, zone), moment_text(facts.closes_at, zone)
    return DrawShown(
        slug=facts.slug,
        name=in_language(facts.name, reader.language) or facts.slug,
        state=_state(facts, reader.now, zone),
        is_here=is_here,
        prizes=tuple(_prize(one, facts, reader) for one in facts.prizes) if is_here else (),
        opens=opens,
        closes=closes,
        closes_iso=facts.closes_at.isoformat(),
        is_entered_now=is_here and is_entered_at(facts, reader.now),
        by_purchase=_by_purchase(facts, reader, opens, closes) if EntryKind.PURCHASE in facts.ways else "",
        by_task=_by_task() if EntryKind.TASK in facts.ways else "",
        is_free=EntryKind.FREE in facts.ways,
        limit=_limit(facts),
    )


def is_entered_at(facts: DrawFacts, now: datetime) -> bool:
    """Return whether a draw takes entries at a moment."""
    return facts.state is DrawState.OPEN and facts.opens_at <= now < facts.closes_at


def _state(facts: DrawFacts, now: datetime, zone: str) -> StateShown:
    closes, beacon = moment_text(facts.closes_at, zone), moment_text(facts.beacon_at, zone)
    if facts.state in (DrawState.DRAWN, DrawState.PAID):
        return StateShown(gettext("Drawn"), "gold", gettext("The winners are below, with the proof."))
    if facts.state is DrawState.CLOSED:
        sentence = gettext("The list of entries is published. It is drawn by what comes out from {moment} on.")
        return StateShown(gettext("Closed"), "warn", sentence.format(moment=beacon))
    if now < facts.opens_at:
        words = gettext("Entry opens {moment}.").format(moment=moment_text(facts.opens_at, zone))
        return StateShown(gettext("Opens soon"), "", words)
    if now < facts.closes_at:
        return StateShown(gettext("Open"), "good", gettext("Entry closes {moment}.").format(moment=closes))
    return StateShown(gettext("Being closed"), "warn", gettext("Entry is over. The list will be published here."))


def _prize(prize: PrizeFacts, facts: DrawFacts, reader: Reader) -> PrizeShown:
    assert reader.market is not None, facts.slug
    market = reader.market.code
    amount_minor = min(prize.amounts_minor[market], facts.ceilings_minor.get(market, prize.amounts_minor[market]))
    amount = money_text(amount_minor, reader.market.currency)
    words = {
        PrizeKind.WALLET: gettext("{amount} for your wallet"),
        PrizeKind.EXEMPTION: gettext("Your purchase paid back, up to {amount}"),
    }
    return PrizeShown(
        prize.rank, f"{number_text(prize.count)} \N{MULTIPLICATION SIGN}", words[prize.kind].format(amount=amount)
    )


def _by_purchase(facts: DrawFacts, reader: Reader, opens: str, closes: str) -> str:
    least_minor = facts.minimum_minor.get(reader.market.code, 0) if reader.market else 0
    if reader.market and least_minor:
        least = money_text(least_minor, reader.market.currency)
        words = gettext(
            "Pay for a purchase of at least {amount} with a deal of the festival in it, between {opens} and {closes}. "
            "It enters by itself."
        )
        return words.format(amount=least, opens=opens, closes=closes)
    words = gettext(
        "Pay for a purchase with a deal of the festival in it, between {opens} and {closes}. It enters by itself."
    )
    return words.format(opens=opens, closes=closes)


def _by_task() -> str:
    words = gettext("Put {count} things on your wish list, then press the button. This counts once.")
    return words.format(count=number_text(WISHES_FOR_TASK))


def _limit(facts: DrawFacts) -> str:
    words = ngettext(
        "One person has one entry.",
        "One person has {count} entries at most; each is a chance, and one can win once.",
        facts.entries_max,
    )
    return words.format(count=number_text(facts.entries_max))


def own_words(part: OwnPart, reader: Reader) -> list[OwnEntryShown]:
    """Return somebody's entries, in the order of the list."""
    zone = reader.market.time_zone if reader.market else "UTC"
    for_what = {
        EntryKind.PURCHASE: gettext("For a purchase"),
        EntryKind.TASK: gettext("For the wish list"),
        EntryKind.FREE: gettext("For nothing"),
    }
    return [OwnEntryShown(for_what[one.kind], moment_text(one.at, zone)) for one in part.entries]


def winner_words(winner: WinnerFacts, facts: DrawFacts, *, own: str) -> WinnerShown:
    """Return what is said of a winner; `own` is the reader's pseudonym."""
    if winner.amount_minor is None or winner.currency is None:
        prize = gettext("on its way")
    else:
        prize = money_text(winner.amount_minor, winner.currency)
    return WinnerShown(
        place=winner.place,
        entry=number_text(winner.entry_number),
        pseudonym=winner.pseudonym,
        prize=prize,
        is_mine=winner.pseudonym == own,
    )
