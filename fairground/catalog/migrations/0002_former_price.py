"""What a price was before, written by the database whenever one changes: whoever changes it can't forget it."""

from django.db import migrations, models

KEEP = """
CREATE FUNCTION catalog_keep_former_price() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_formerprice (sku_id, market_id, price_minor, currency, since_at, until_at)
    SELECT OLD.sku_id, OLD.market_id, OLD.price_minor, OLD.currency, COALESCE(max(until_at), '-infinity'), now()
    FROM catalog_formerprice WHERE sku_id = OLD.sku_id AND market_id = OLD.market_id
    HAVING COALESCE(max(until_at), '-infinity') < now();
    RETURN NULL;
END $$;
CREATE TRIGGER keep_former_price AFTER UPDATE OF price_minor, currency ON catalog_price FOR EACH ROW
    WHEN ((OLD.price_minor, OLD.currency) IS DISTINCT FROM (NEW.price_minor, NEW.currency))
    EXECUTE FUNCTION catalog_keep_former_price();
"""
FORGET = """
DROP TRIGGER keep_former_price ON catalog_price;
DROP FUNCTION catalog_keep_former_price();
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="FormerPrice",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "sku_id", "market_id", "until_at", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("sku_id", models.BigIntegerField()),
                ("market_id", models.CharField(max_length=8)),
                ("price_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("since_at", models.DateTimeField(help_text="-infinity: ever since the SKU was offered")),
                ("until_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("since_at__lt", models.F("until_at"))), name="formerprice_period_forward"
                    )
                ],
            },
        ),
        migrations.RunSQL(KEEP, FORGET),
    ]
