"""INV-7, INV-26: what is only ever added to is not emptied at once either; row triggers do not see a TRUNCATE."""

from django.db import migrations

NEVER = """
CREATE TRIGGER inv_7_never_emptied BEFORE TRUNCATE ON ledger_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION inv_7_transfers_never_change();
CREATE TRIGGER inv_7_never_emptied BEFORE TRUNCATE ON ledger_transferend
    FOR EACH STATEMENT EXECUTE FUNCTION inv_7_transfers_never_change();
CREATE TRIGGER inv_26_never_emptied BEFORE TRUNCATE ON ledger_dayseal
    FOR EACH STATEMENT EXECUTE FUNCTION inv_26_closed_days_never_change();
CREATE TRIGGER inv_26_never_emptied BEFORE TRUNCATE ON ledger_day
    FOR EACH STATEMENT EXECUTE FUNCTION inv_26_closed_days_never_change();
CREATE TRIGGER inv_26_never_emptied BEFORE TRUNCATE ON ledger_daybalance
    FOR EACH STATEMENT EXECUTE FUNCTION inv_26_closed_days_never_change();
"""
AGAIN = """
DROP TRIGGER inv_26_never_emptied ON ledger_daybalance;
DROP TRIGGER inv_26_never_emptied ON ledger_day;
DROP TRIGGER inv_26_never_emptied ON ledger_dayseal;
DROP TRIGGER inv_7_never_emptied ON ledger_transferend;
DROP TRIGGER inv_7_never_emptied ON ledger_transfer;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0016_duties")]
    operations = [migrations.RunSQL(NEVER, AGAIN)]
