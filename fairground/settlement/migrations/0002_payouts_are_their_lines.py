"""INV-30 in the database: a payout is the sum of its lines, no two share one, and neither ever changes its amount."""

from django.db import migrations

# 5 is a payout that failed: its lines are free again. Whoever adds a payout holds the turn of its lane.
LINES = """
CREATE FUNCTION inv_30_payout_is_its_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lines_minor bigint;
BEGIN
    SELECT COALESCE(sum(payable_minor), 0) INTO lines_minor
    FROM settlement_entry
    WHERE lane = NEW.lane AND merchant_id = NEW.merchant_id AND currency = NEW.currency
      AND id > NEW.after_id AND id <= NEW.until_id;
    IF lines_minor <> NEW.amount_minor OR EXISTS (
        SELECT FROM settlement_payout AS p
        WHERE p.merchant_id = NEW.merchant_id AND p.currency = NEW.currency AND p.id <> NEW.id AND p.state <> 5
          AND p.after_id < NEW.until_id AND p.until_id > NEW.after_id
    )
    THEN
        RAISE EXCEPTION 'INV-30: payout % of % has lines of %, or shares some', NEW.id, NEW.amount_minor, lines_minor
            USING ERRCODE = 'check_violation', CONSTRAINT = 'inv_30_payout_is_its_lines';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER inv_30_payout_is_its_lines AFTER INSERT ON settlement_payout
    FOR EACH ROW EXECUTE FUNCTION inv_30_payout_is_its_lines();
CREATE FUNCTION inv_30_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'INV-30: the amounts of % never change', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER inv_30_never_changes BEFORE UPDATE OR DELETE ON settlement_entry
    FOR EACH ROW EXECUTE FUNCTION inv_30_never_changes();
CREATE TRIGGER inv_30_never_changes
    BEFORE UPDATE OF lane, merchant_id, currency, after_id, until_id, amount_minor, paid_currency, paid_minor,
                     rate_numerator, rate_denominator, rate_quoted_at
    ON settlement_payout FOR EACH ROW EXECUTE FUNCTION inv_30_never_changes();
"""
UNDO = """
DROP TRIGGER inv_30_never_changes ON settlement_payout;
DROP TRIGGER inv_30_never_changes ON settlement_entry;
DROP TRIGGER inv_30_payout_is_its_lines ON settlement_payout;
DROP FUNCTION inv_30_never_changes(), inv_30_payout_is_its_lines();
"""


class Migration(migrations.Migration):
    dependencies = [("settlement", "0001_settlement")]
    operations = [migrations.RunSQL(LINES, UNDO)]
