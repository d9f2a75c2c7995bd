"""INV-30 in the database: a payout that has ended stays as it ended, and none is ever taken away.

Else one that the bank confirmed could fail afterwards, and its lines would be paid out a second time.
"""

from django.db import migrations

# 4 is confirmed, 5 failed.
ENDED = """
CREATE FUNCTION inv_30_payout_has_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'INV-30: payout % stays in the books', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RAISE EXCEPTION 'INV-30: payout % has ended in state %, and goes to no other', OLD.id, OLD.state
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER inv_30_payout_has_ended BEFORE UPDATE ON settlement_payout
    FOR EACH ROW WHEN (OLD.state IN (4, 5) AND NEW.state <> OLD.state) EXECUTE FUNCTION inv_30_payout_has_ended();
CREATE TRIGGER inv_30_payout_stays BEFORE DELETE ON settlement_payout
    FOR EACH ROW EXECUTE FUNCTION inv_30_payout_has_ended();
"""
UNDO = """
DROP TRIGGER inv_30_payout_stays ON settlement_payout;
DROP TRIGGER inv_30_payout_has_ended ON settlement_payout;
DROP FUNCTION inv_30_payout_has_ended();
"""


class Migration(migrations.Migration):
    dependencies = [("settlement", "0002_payouts_are_their_lines")]
    operations = [migrations.RunSQL(ENDED, UNDO)]
