"""What was settled at a rate can be reckoned again: a stored rate stays as it was published."""

from django.db import migrations

NEVER = """
CREATE FUNCTION rates_never_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a rate stays as it was published' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER rates_never_change BEFORE UPDATE OR DELETE ON markets_rate
    FOR EACH ROW EXECUTE FUNCTION rates_never_change();
"""
AGAIN = """
DROP TRIGGER rates_never_change ON markets_rate;
DROP FUNCTION rates_never_change();
"""


class Migration(migrations.Migration):
    dependencies = [("markets", "0005_rates")]
    operations = [migrations.RunSQL(NEVER, AGAIN)]
