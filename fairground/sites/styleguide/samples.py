"""What the styleguide puts into the parts: a day of a fair, always the same, so that its pictures can be compared.

Money is written in the active language.
"""

from dataclasses import dataclass, replace

from django.contrib.messages import ERROR, INFO, SUCCESS, WARNING
from django.contrib.messages.storage.base import Message
from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe

from fairground.identity.rules import Part, Wrong
from fairground.rehearsal.charts import Line, Mark, line_chart
from fairground.sites.static_files import STATIC
from fairground.sites.storefront.addresses import AddressForm, address_fields
from fairground.sites.storefront.art import HUES, PATTERNS, Art
from fairground.sites.storefront.cards import CardShown, DealTime, StockBar
from fairground.sites.storefront.frame import FestivalShown
from fairground.sites.storefront.pictures import PictureShown
from fairground.sites.styleguide.tokens import symbols
from fairground.sites.wording import discount_text, money_text

# As many as a page of a hall shows: art must look intended among its like.
GRID_ART = 60
# 11 November 2026, 00:00 in Brussels, and a day later.
OPENS_MS, CLOSES_MS = 1_794_351_600_000, 1_794_438_000_000


@dataclass(frozen=True, slots=True)
class Step:
    """A step of an order's timeline."""

    title: str
    text: str = ""
    state: str = ""
    at_iso: str = ""
    at_text: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a money table."""

    text: str
    is_amount: bool = False
    href: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A money table."""

    caption: str
    heads: list[tuple[str, bool]]
    rows: list[list[Cell]]
    total: list[Cell]


@dataclass(frozen=True, slots=True)
class Choice:
    """A way to narrow results."""

    text: str
    address: str
    count: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Facet:
    """Choices of one kind."""

    title: str
    choices: list[Choice]


@dataclass(frozen=True, slots=True)
class LeftShown:
    """What is left of a variant without a deal."""

    units_left: int
    units_left_text: str


def art_grid() -> list[Art]:
    """Return sixty pictures: every pictogram at least once, neighbours in other hues and patterns."""
    names = symbols(STATIC / "storefront" / "pictograms.svg")
    return [Art(names[one % len(names)], one * 5 % HUES, (one + one // 10) % PATTERNS) for one in range(GRID_ART)]


def stock_bars() -> list[StockBar]:
    """Return a stock bar in each of its states."""
    return [stock_of(312, 500), stock_of(38, 500), stock_of(0, 500)]


def festivals() -> list[FestivalShown]:
    """Return the festival before, while and after it is open."""
    lefts = [("before", "02", "11", "08", "46"), ("open", "00", "23", "59", "14"), ("over", "00", "00", "00", "00")]
    return [
        FestivalShown(
            name="Lantern Fair",
            phase=phase,
            opens_ms=OPENS_MS,
            closes_ms=CLOSES_MS,
            opens_text="Wednesday, November 11, 2026, 00:00",
            closes_text="Thursday, November 12, 2026, 00:00",
            opens_iso="2026-11-10T23:00:00+00:00",
            closes_iso="2026-11-11T23:00:00+00:00",
            place="Brussels",
            left=dict(zip(("days", "hours", "minutes", "seconds"), left, strict=True)),
        )
        for phase, *left in lefts
    ]


def cards() -> list[CardShown]:
    """Return product cards: with a deal to come, open, low, gone, and without a deal; and one with a picture."""
    chair, headphones, tea, tent, bed, lamp = (
        Art("armchair", 1, 0),
        Art("headphones", 7, 1),
        Art("cup", 4, 2),
        Art("tent", 5, 3),
        Art("bed", 9, 0),
        Art("lamp", 2, 1),
    )
    return [
        _card("Oak dining chair, set of two", chair, (6790, 10000), "before", stock_of(500, 500)),
        _card("Over-ear headphones with quiet mode and a case for the road", headphones, (11_000, 12_900), "open"),
        _card("Sencha, first harvest, 100 g", tea, (1450, 1800), "open", stock_of(38, 500)),
        _card("Trail tent for two", tent, (9900, 14900), "open", stock_of(0, 500)),
        _card("Linen bedding, double", bed, (8_400, 8_400)),
        replace(_card("Table lamp in red", lamp, (5_499, 7_299), "open"), picture=_picture("lamp.jpg", 640, alt="")),
    ]


def gallery() -> list[PictureShown]:
    """Return the pictures of a product."""
    return [_picture("lamp.jpg", 640, alt="A table lamp"), _picture("lamp-lit.jpg", 480, alt="The lamp, lit")]


def steps() -> list[Step]:
    """Return the timeline of an order on its way."""
    return [
        Step("Placed", "€212.50 from your wallet", "done", "2026-11-11T00:00:02Z", "Nov 11, 00:00:02"),
        Step("Packed", "Warehouse Liège", "done", "2026-11-11T09:41:00Z", "Nov 11, 09:41"),
        Step(
            "Handed to the carrier",
            "It comes between 12 and 14 November.",
            "now",
            "2026-11-11T16:05:00Z",
            "Nov 11, 16:05",
        ),
        Step("Delivered", "You have 30 days to send it back."),
    ]


def told() -> list[Message]:
    """Return a message of each level."""
    return [
        Message(SUCCESS, "It is in your cart."),
        Message(ERROR, "This is no longer on sale. Nothing was put into the cart."),
        Message(WARNING, "It can't be cancelled any more."),
        Message(INFO, "The opening is in ten minutes."),
    ]


def failed_steps() -> list[Step]:
    """Return the timeline of an order that ended."""
    return [
        Step("Placed", "", "done", "2026-11-11T00:00:04Z", "Nov 11, 00:00:04"),
        Step("Not paid", "The units went back on the shelf.", "failed", "2026-11-11T00:30:04Z", "Nov 11, 00:30:04"),
    ]


def address() -> AddressForm:
    """Return the form of an address in the United States with something to mend."""
    given = {
        "name": "Marta Vieira",
        "line1": "1 Infinite Loop",
        "city": "Cupertino",
        "area": "CA",
        "postal_code": "9501",
        "phone": "+1 650 253 0000",
    }
    wrong = {Part.POSTAL_CODE: Wrong.NOT_A_POSTAL_CODE}
    countries = [("JP", "Japan"), ("AE", "United Arab Emirates"), ("US", "United States")]
    return AddressForm("US", countries, address_fields("US", data=given, wrong=wrong))


def payouts() -> Table:
    """Return a merchant's payouts as a money table."""

    def row(number: str, date: str, words: str, state: str, sales_minor: int, fees_minor: int) -> list[Cell]:
        named = [Cell(number, href="#money-table"), Cell(date), Cell(words, state=state)]
        return named + _amounts(sales_minor, -fees_minor, sales_minor - fees_minor)

    return Table(
        caption="Payouts to Nordlicht Audio",
        heads=[("Payout", False), ("Date", False), ("State", False), ("Sales", True), ("Fees", True), ("Paid", True)],
        rows=[
            row("P-2026-0411", "12 Nov 2026", "paid", "good", 1_840_200, 92_010),
            row("P-2026-0412", "13 Nov 2026", "held", "warn", 609_050, 30_453),
            row("P-2026-0413", "14 Nov 2026", "refused", "bad", 120_400, 6_020),
        ],
        total=[Cell("Total"), Cell(""), Cell(""), *_amounts(2_569_650, -128_483, 2_441_167)],
    )


def facets() -> list[Facet]:
    """Return the facets of a search."""
    return [
        Facet(
            "Category",
            [
                Choice("Headphones", "?", "", chosen=True),
                Choice("In-ear", "?", "81"),
                Choice("Over-ear", "?", "38"),
            ],
        ),
        Facet(
            "Price", [Choice("below €50", "?", "31"), Choice("€50 to €150", "?", "86"), Choice("from €150", "?", "20")]
        ),
    ]


def chart() -> SafeString:
    """Return a chart of orders by second."""
    rates = [0, 0, 7_420, 9_310, 8_870, 8_140, 7_260, 6_980, 6_310, 5_720, 5_080, 4_610, 4_020]
    lines = [
        Line(name="placed", role="main", points=list(enumerate(rates, start=-2))),
        Line(name="refused", role="side", points=[(at - 2, max(0, 300 * (at - 3))) for at in range(len(rates))]),
    ]
    goal = Mark(name="7,273 a second", value=7273)
    drawn = line_chart(title="Orders by second", lines=lines, goal=goal, x_name="seconds from the opening")
    return mark_safe(drawn)  # noqa: S308 - our own drawing of our own numbers; it escapes its words


def euros(amount_minor: int) -> str:
    return money_text(amount_minor, "EUR")


def _amounts(*amounts_minor: int) -> list[Cell]:
    return [Cell(euros(one), is_amount=True) for one in amounts_minor]


def _picture(file: str, height: int, *, alt: str) -> PictureShown:
    address = static(f"styleguide/{file}")
    return PictureShown("", f"{address} 640w", address, 640, height, alt)


def stock_of(left: int, units: int) -> StockBar:
    return StockBar(left, units, str(left), str(units), units // 10, "{}")


def _card(
    title: str, art: Art, prices_minor: tuple[int, int], phase: str = "", stock: StockBar | None = None
) -> CardShown:
    """Return a card; its price and its usual one are in cents. Without a phase it has no deal."""
    price_minor, prior_minor = prices_minor
    return CardShown(
        product_id="1",
        title=title,
        art=art,
        merchant="Aurora Lights",
        country="Belgium",
        hall="Home" if phase else "",
        dearer_too=not phase,
        price=euros(price_minor),
        prior_price=euros(prior_minor) if phase else "",
        discount=discount_text(price_minor=price_minor, prior_minor=prior_minor) if phase else "",
        time=DealTime(OPENS_MS, CLOSES_MS, phase, "Nov 11, 00:00") if phase else None,
        stock=stock or (stock_of(312, 500) if phase else None),
    )
