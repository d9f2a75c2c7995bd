"""INV-31 in the database: what happened in a case is only ever added to."""

from django.db import migrations

NEVER = """
CREATE FUNCTION inv_31_history_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'INV-31: % is only ever added to', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER inv_31_history_never_changes BEFORE UPDATE OR DELETE ON aftersales_caseevent
    FOR EACH ROW EXECUTE FUNCTION inv_31_history_never_changes();
"""
UNDO = """
DROP TRIGGER inv_31_history_never_changes ON aftersales_caseevent;
DROP FUNCTION inv_31_history_never_changes();
"""


class Migration(migrations.Migration):
    dependencies = [("aftersales", "0001_cases")]
    operations = [migrations.RunSQL(NEVER, UNDO)]
