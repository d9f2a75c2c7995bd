"""A deal's price counts in a market from when it opens there."""

from django.db import migrations

# As the one before, but for the last two lines.
PRIOR = """
CREATE OR REPLACE FUNCTION inventory_prior_price(
    which_sku bigint, which_market text, usual_minor bigint, deal bigint, reduced_at timestamptz
) RETURNS TABLE (prior_minor bigint) LANGUAGE sql STABLE PARALLEL SAFE ROWS 1 AS $$
    SELECT COALESCE(min(price_minor), usual_minor) FROM (
        SELECT f.price_minor FROM catalog_formerprice AS f
        WHERE f.sku_id = which_sku AND f.market_id = which_market
            AND f.since_at < reduced_at AND f.until_at > reduced_at - interval '30 days'
        UNION ALL
        SELECT usual_minor
        WHERE NOT EXISTS (
            SELECT FROM catalog_formerprice AS f
            WHERE f.sku_id = which_sku AND f.market_id = which_market AND f.until_at >= reduced_at
        )
        UNION ALL
        SELECT p.price_minor FROM festivals_deal AS d
        JOIN festivals_dealprice AS p ON p.deal_id = d.id AND p.market_id = which_market
        WHERE d.sku_id = which_sku AND d.id <> deal
            AND COALESCE(p.opens_at, d.opens_at) < reduced_at
            AND COALESCE(p.closes_at, d.closes_at) > reduced_at - interval '30 days'
    ) AS prices
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0004_prior_price"), ("festivals", "0008_openings_in_markets")]
    operations = [migrations.RunSQL(PRIOR, migrations.RunSQL.noop)]
