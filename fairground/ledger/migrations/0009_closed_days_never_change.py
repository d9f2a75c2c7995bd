"""INV-26: what lies in a closed day never changes, and nothing is written into it any more.

What is written is looked at once a statement, not once a row: the rows of a COPY come as one table.
"""

from django.db import migrations

NEVER = """
CREATE FUNCTION inv_26_closed_days_never_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'INV-26: % is only ever added to', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER inv_26_never_changes BEFORE UPDATE OR DELETE ON ledger_dayseal
    FOR EACH ROW EXECUTE FUNCTION inv_26_closed_days_never_change();
CREATE TRIGGER inv_26_never_changes BEFORE UPDATE OR DELETE ON ledger_day
    FOR EACH ROW EXECUTE FUNCTION inv_26_closed_days_never_change();
CREATE TRIGGER inv_26_never_changes BEFORE UPDATE OR DELETE ON ledger_daybalance
    FOR EACH ROW EXECUTE FUNCTION inv_26_closed_days_never_change();

CREATE FUNCTION inv_26_not_into_a_sealed_day() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sealed_until timestamptz;
BEGIN
    SELECT max(ends_at) INTO sealed_until FROM ledger_dayseal;
    IF sealed_until IS NOT NULL AND EXISTS (SELECT FROM written WHERE at < sealed_until) THEN
        RAISE EXCEPTION 'INV-26: % of before %, which is sealed', TG_TABLE_NAME, sealed_until
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER inv_26_not_into_a_sealed_day AFTER INSERT ON ledger_transfer
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION inv_26_not_into_a_sealed_day();
CREATE TRIGGER inv_26_not_into_a_sealed_day AFTER INSERT ON ledger_transferend
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION inv_26_not_into_a_sealed_day();

CREATE FUNCTION inv_26_not_into_a_closed_day() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM written AS w WHERE w.day <= (SELECT max(d.day) FROM ledger_day AS d)) THEN
        RAISE EXCEPTION 'INV-26: a balance of a day that is closed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER inv_26_not_into_a_closed_day AFTER INSERT ON ledger_daybalance
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION inv_26_not_into_a_closed_day();
"""
AGAIN = """
DROP TRIGGER inv_26_not_into_a_closed_day ON ledger_daybalance;
DROP FUNCTION inv_26_not_into_a_closed_day();
DROP TRIGGER inv_26_not_into_a_sealed_day ON ledger_transferend;
DROP TRIGGER inv_26_not_into_a_sealed_day ON ledger_transfer;
DROP FUNCTION inv_26_not_into_a_sealed_day();
DROP TRIGGER inv_26_never_changes ON ledger_daybalance;
DROP TRIGGER inv_26_never_changes ON ledger_day;
DROP TRIGGER inv_26_never_changes ON ledger_dayseal;
DROP FUNCTION inv_26_closed_days_never_change();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0008_closed_days")]
    operations = [migrations.RunSQL(NEVER, AGAIN)]
