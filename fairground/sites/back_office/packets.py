"""Campaigns of red packets and their books; only ever read here."""

from typing import Any, ClassVar

from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fairground.kernel.money import decimal_text
from fairground.redpackets.models import PacketCampaign, PacketRound
from fairground.redpackets.queries import campaign_books
from fairground.sites.back_office.tables import OfficeTable, described, fact
from fairground.sites.languages import catalogue_language, in_language

# The latest rounds of a campaign that its page shows.
ROUNDS_SHOWN_MAX = 50


class CampaignTable(OfficeTable):
    """Campaigns with their hard cap; a campaign's page adds up what was taken and used, and names its rounds."""

    title = _("Red packets")
    subject = "packet campaign"
    list_display: ClassVar = (
        "named",
        fact("id", _("number")),
        fact("kind", _("kind")),
        fact("market_id", _("market")),
        "budget",
        "allotted",
        "left",
        fact("opens_at", _("opens (UTC)")),
        fact("closes_at", _("closes (UTC)")),
    )
    search_fields: ClassVar = ("=id",)
    search_help_text = _("The whole number")
    readonly_fields: ClassVar = (
        *list_display,
        fact("festival_id", _("festival")),
        fact("valid_until", _("packets good until (UTC)")),
        "books",
        "rounds_shown",
    )
    fields: ClassVar = readonly_fields

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return that nobody changes a campaign: its rounds are drawn, and shoppers go by what it says."""
        return False

    @described(_("name"))
    def named(self, obj: PacketCampaign) -> str:
        """Return the name in the reader's language."""
        return in_language(obj.name, catalogue_language()) or str(obj.pk)

    @described(_("hard cap"))
    def budget(self, obj: PacketCampaign) -> str:
        """Return what the campaign may give at the most."""
        return _money(obj, obj.budget_minor)

    @described(_("allotted"))
    def allotted(self, obj: PacketCampaign) -> str:
        """Return what its rounds gave and may still give."""
        return _money(obj, obj.allotted_minor)

    @described(_("left"))
    def left(self, obj: PacketCampaign) -> str:
        """Return what further rounds may have."""
        return _money(obj, obj.budget_minor - obj.allotted_minor)

    @described(_("books"))
    def books(self, obj: PacketCampaign) -> str:
        """Return what was taken, what lies in packets that may still be taken, and what was used."""
        found = campaign_books(campaign_ids=[obj.pk])[obj.pk]
        rows = [
            (gettext("taken"), _money(obj, found.taken_minor)),
            (gettext("open in rounds"), _money(obj, found.open_minor)),
            (gettext("used"), _money(obj, found.used_minor)),
            (gettext("packets taken"), found.packets),
        ]
        return format_html_join("", "<div>{}: {}</div>", rows)

    @described(_("rounds"))
    def rounds_shown(self, obj: PacketCampaign) -> str:
        """Return the rounds, the latest first: when, how many packets of how much, and what went back."""
        rounds = PacketRound.objects.filter(campaign=obj).defer("amounts").order_by("-opens_at", "-id")
        rows = [
            (
                one.pk,
                f"{one.opens_at:%Y-%m-%d %H:%M:%S}",
                one.packets,
                _money(obj, one.budget_minor),
                _money(obj, one.returned_minor) if one.closed_at else "-",
            )
            for one in rounds[:ROUNDS_SHOWN_MAX]
        ]
        words = gettext("{}: {} UTC, {} packets of {}, returned {}")
        return format_html_join("", f"<div>{words}</div>", rows) or "-"


def _money(campaign: PacketCampaign, amount_minor: int) -> str:
    return f"{decimal_text(amount_minor, campaign.currency)} {campaign.currency}"
