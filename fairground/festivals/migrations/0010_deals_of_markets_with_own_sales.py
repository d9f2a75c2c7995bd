"""Deals that are there already open with the sale of a market of its own, as open_in_markets.sql has it since."""

from django.db import migrations

# Kind 7 is the sale. A presale's order window is the same everywhere. Updates of a migration and a later change of
# the same table's columns would be in each other's way in one transaction, so nothing else is done here.
OPENINGS = """
UPDATE festivals_dealprice AS dp
SET opens_at = d.opens_at + (p.starts_at - f.opens_at),
    closes_at = CASE WHEN d.closes_at = f.closes_at AND p.ends_at > d.opens_at + (p.starts_at - f.opens_at)
                     THEN p.ends_at ELSE d.closes_at + (p.starts_at - f.opens_at) END
FROM festivals_deal AS d
JOIN festivals_festival AS f ON f.slug = d.festival_id
JOIN festivals_phase AS p ON p.festival_id = f.slug AND p.kind = 7
WHERE dp.deal_id = d.id AND dp.market_id = p.market_id AND dp.opens_at IS NULL
  AND NOT EXISTS (SELECT FROM festivals_presale AS r WHERE r.deal_id = d.id);
"""


class Migration(migrations.Migration):
    dependencies = [("festivals", "0009_freeze_is_enrolments_end")]
    operations = [migrations.RunSQL(OPENINGS, migrations.RunSQL.noop)]
