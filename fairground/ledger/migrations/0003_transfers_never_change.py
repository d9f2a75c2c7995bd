"""INV-7: what moved stays as it was written. COPY fires no row trigger on UPDATE or DELETE, so it costs the sale nothing."""

from django.db import migrations

NEVER = """
CREATE FUNCTION inv_7_transfers_never_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'INV-7: % is only ever added to', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER inv_7_never_changes BEFORE UPDATE OR DELETE ON ledger_transfer
    FOR EACH ROW EXECUTE FUNCTION inv_7_transfers_never_change();
CREATE TRIGGER inv_7_never_changes BEFORE UPDATE OR DELETE ON ledger_transferend
    FOR EACH ROW EXECUTE FUNCTION inv_7_transfers_never_change();
"""
AGAIN = """
DROP TRIGGER inv_7_never_changes ON ledger_transfer;
DROP TRIGGER inv_7_never_changes ON ledger_transferend;
DROP FUNCTION inv_7_transfers_never_change();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_room_for_updates")]
    operations = [migrations.RunSQL(NEVER, AGAIN)]
