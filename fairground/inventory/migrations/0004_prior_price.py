"""The price before a reduction, in one place for every page, feed and search."""

from django.db import migrations

# Directive 98/6/EC, Art. 6a: the lowest price within the thirty days before the reduction. What came later than its
# beginning does not count, and an earlier festival's price does. A function of a table, not of a value: those are made
# part of the statement that asks, so that a page of cards costs no call each.
PRIOR = """
CREATE FUNCTION inventory_prior_price(
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
            AND d.opens_at < reduced_at AND d.closes_at > reduced_at - interval '30 days'
    ) AS prices
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0003_stock_of_deals"),
        ("catalog", "0002_former_price"),
        ("festivals", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(
            PRIOR, "DROP FUNCTION inventory_prior_price(bigint, text, bigint, bigint, timestamp with time zone)"
        )
    ]
