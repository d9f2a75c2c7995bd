"""The styleguide's page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from fairground.sites.private_demo import require_private_demo
from fairground.sites.static_files import STATIC
from fairground.sites.storefront.halls import HallShown
from fairground.sites.styleguide import bought, purchased, samples, tokens

# What `?theme=` may be, and what the page is marked with; without it the reader's system decides.
THEMES = {"light": "day", "dark": "night"}
DIRECTIONS = {"ltr": "Left to right", "rtl": "Right to left"}


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Show every token, icon and part; in English, as it is for those who build pages."""
    require_private_demo(request)
    theme, direction = request.GET.get("theme", ""), request.GET.get("dir")
    with translation.override("en"):
        context = {
            "theme": THEMES.get(theme, ""),
            "chosen_theme": theme if theme in THEMES else "auto",
            "direction": direction if direction in DIRECTIONS else "ltr",
            "themes": [(name, THEMES.get(name, ""), name.capitalize()) for name in ("auto", *THEMES)],
            "directions": list(DIRECTIONS.items()),
            "colours": tokens.colours(),
            "contrasts": tokens.contrasts(),
            "spaces": tokens.spaces(),
            "text_steps": tokens.text_steps(),
            "icons": tokens.symbols(STATIC / "fairground" / "icons.svg"),
            "art_grid": samples.art_grid(),
            **_parts(),
        }
        return render(request, "styleguide/page.html", context)


def _parts() -> dict[str, object]:
    """Return what the parts show."""
    return {
        "carriers": [("bpost", "bpost, 2 to 3 days"), ("dhl", "DHL, next day")],
        "wishes": [("gift", "Wrap it as a gift", "€3.50, with a card"), ("news", "Tell me when it opens", "")],
        "ways_to_pay": [("wallet", "Wallet", "€240.00 in it"), ("card", "Card", "Visa, Mastercard, Bancontact")],
        "address": samples.address(),
        "festivals": samples.festivals(),
        "stock_bars": samples.stock_bars(),
        "lefts": [samples.LeftShown(100, "100"), samples.LeftShown(0, "0")],
        "cards": samples.cards(),
        "gallery": samples.gallery(),
        "shown_prices": (1, 2, 5),
        "halls": [HallShown(1, "home", "Home", "home"), HallShown(2, "food", "Food", "bowl")],
        "hall": HallShown(1, "home", "Home", "home"),
        "facets": samples.facets(),
        "cart_lines": bought.cart_lines(),
        "customs": bought.customs(),
        "offers": bought.offers(),
        "wished": bought.wishes(),
        "purchases": purchased.listed(),
        "orders": purchased.orders(),
        "presales": purchased.presales(),
        "balances": purchased.balances(),
        "cases": purchased.cases(),
        "told": samples.told(),
        "steps": samples.steps(),
        "failed_steps": samples.failed_steps(),
        "payouts": samples.payouts(),
        "chart": samples.chart(),
        "trail": [("Lantern Fair", "#breadcrumb"), ("Electronics", "#breadcrumb")],
        "tabs": [("To pay", "#tabs", "3"), ("On its way", "#timeline", "12"), ("Delivered", "#cart-line", "")],
    }
