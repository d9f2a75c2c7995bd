"""Let it rain in the shop that DATABASE_URL names: a round in fifteen seconds, a personal packet now, two later."""

from datetime import UTC, datetime, timedelta

import django

django.setup()

from fairground.festivals.models import Festival  # noqa: E402 - Django must be set up first
from fairground.kernel.edits import By  # noqa: E402
from fairground.redpackets.actions.give_rounds import create_campaign, open_rounds  # noqa: E402
from fairground.redpackets.rules import CampaignKind, CampaignRecord, RoundWanted  # noqa: E402


def rain() -> None:
    """Make two campaigns in the European market and open their rounds."""
    now = datetime.now(UTC)
    by = By(user_id=None, now=now)
    names = {
        CampaignKind.RAIN: {"en": "Golden hour", "ar": "الساعة الذهبية"},
        CampaignKind.PERSONAL: {"en": "Welcome to the fair", "ar": "مرحبًا بكم في المعرض"},
    }
    for kind, name in names.items():
        record = CampaignRecord(
            festival=Festival.objects.values_list("slug", flat=True).get(),
            market="EU",
            name=name,
            kind=kind,
            budget_minor=2_000_000,
            opens_at=now - timedelta(hours=1),
            closes_at=now + timedelta(days=1),
            valid_until=now + timedelta(days=8),
        )
        hour = timedelta(hours=1)
        starts = (timedelta(seconds=15), 2 * hour, 4 * hour) if kind is CampaignKind.RAIN else (-hour / 2,)
        rounds = [RoundWanted(now + start, now + start + hour, 1_000, 500_000) for start in starts]
        open_rounds(campaign_id=create_campaign(record=record, by=by), rounds=rounds, by=by)


if __name__ == "__main__":
    rain()
