"""Campaigns of red packets and their books; one that is made is only ever read."""

from typing import Any, ClassVar

from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fairground.kernel.money import decimal_text
from fairground.redpackets.models import PacketCampaign, PacketRound
from fairground.redpackets.queries import CampaignBooks, campaign_books
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
        "taken",
        "returned",
        fact("opens_at", _("opens (UTC)")),
    )
    search_fields: ClassVar = ("=id",)
    search_help_text = _("The whole number")
    change_list_template = "back_office/campaigns.html"
    readonly_fields: ClassVar = (
        *list_display,
        "used",
        fact("closes_at", _("closes (UTC)")),
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

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Return the list with the books of its campaigns, which are read in one statement."""
        shown = super().get_changelist_instance(request)
        shown.result_list = list(shown.result_list)
        books = campaign_books(campaign_ids=[one.pk for one in shown.result_list], with_used=False)
        for one in shown.result_list:
            one.books_read = books[one.pk]
        return shown

    @described(_("taken"))
    def taken(self, obj: PacketCampaign) -> str:
        """Return what lies in the packets that shoppers have."""
        return _money(obj, _books(obj).taken_minor)

    @described(_("used"))
    def used(self, obj: PacketCampaign) -> str:
        """Return what shoppers used of their packets."""
        return _money(obj, _used_minor(obj))

    @described(_("returned"))
    def returned(self, obj: PacketCampaign) -> str:
        """Return what went back from rounds in which nobody took it."""
        return _money(obj, _books(obj).returned_minor)

    @described(_("books"))
    def books(self, obj: PacketCampaign) -> str:
        """Return what was taken, what lies in packets that may still be taken, and what was used."""
        found = _books(obj)
        rows = [
            (gettext("taken"), _money(obj, found.taken_minor)),
            (gettext("open in rounds"), _money(obj, found.open_minor)),
            (gettext("used"), _money(obj, _used_minor(obj))),
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


def _books(campaign: PacketCampaign) -> CampaignBooks:
    """Return a campaign's books; on the page of one they are read once for all of its fields."""
    shown: Any = campaign
    if not hasattr(shown, "books_read"):
        shown.books_read = campaign_books(campaign_ids=[campaign.pk])[campaign.pk]
    found = shown.books_read
    assert isinstance(found, CampaignBooks), found
    return found


def _used_minor(campaign: PacketCampaign) -> int:
    used_minor = _books(campaign).used_minor
    assert used_minor is not None, "the list does not ask for it, and does not show it"
    return used_minor


def _money(campaign: PacketCampaign, amount_minor: int) -> str:
    return f"{decimal_text(amount_minor, campaign.currency)} {campaign.currency}"
