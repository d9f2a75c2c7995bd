"""What is set off between currencies, and INV-35 in the database: never more than is owed, and it never changes."""

import django.db.models.deletion
from django.db import migrations, models

# Whoever adds a row holds the turn of its lane, and has moved both amounts before.
OWED = """
CREATE FUNCTION inv_35_no_more_set_off_than_owed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM ledger_account AS a
        WHERE a.lane = NEW.lane
          AND (a.address = format('merchant:%s:payable:%s', NEW.merchant_id, NEW.taken_currency)
               AND a.credits_posted_minor - a.debits_posted_minor - a.debits_pending_minor < 0
               OR a.address = format('merchant:%s:payable:%s', NEW.merchant_id, NEW.given_currency)
               AND a.credits_posted_minor > a.debits_posted_minor)
    )
    THEN
        RAISE EXCEPTION 'INV-35: merchant % is not owed % %, or does not owe % %', NEW.merchant_id, NEW.taken_minor,
            NEW.taken_currency, NEW.given_minor, NEW.given_currency
            USING ERRCODE = 'check_violation', CONSTRAINT = 'inv_35_no_more_set_off_than_owed';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER inv_35_no_more_set_off_than_owed AFTER INSERT ON settlement_setoff
    FOR EACH ROW EXECUTE FUNCTION inv_35_no_more_set_off_than_owed();
CREATE FUNCTION inv_35_set_off_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'INV-35: what was set off never changes' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER inv_35_set_off_never_changes BEFORE UPDATE OR DELETE ON settlement_setoff
    FOR EACH ROW EXECUTE FUNCTION inv_35_set_off_never_changes();
"""
UNDO = """
DROP TRIGGER inv_35_set_off_never_changes ON settlement_setoff;
DROP TRIGGER inv_35_no_more_set_off_than_owed ON settlement_setoff;
DROP FUNCTION inv_35_set_off_never_changes(), inv_35_no_more_set_off_than_owed();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0013_deposits_settled_and_set_off'),
        ('merchants', '0002_legal_identity'),
        ('settlement', '0005_deposits_are_settled'),
    ]

    operations = [
        migrations.CreateModel(
            name='SetOff',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('lane', models.SmallIntegerField()),
                ('taken_currency', models.CharField(max_length=3)),
                ('taken_minor', models.BigIntegerField()),
                ('taken_entry_id', models.BigIntegerField(unique=True)),
                ('taken_transfer_id', models.BigIntegerField(unique=True)),
                ('given_currency', models.CharField(max_length=3)),
                ('given_minor', models.BigIntegerField()),
                ('given_entry_id', models.BigIntegerField(unique=True)),
                ('given_transfer_id', models.BigIntegerField(unique=True)),
                ('rate_numerator', models.BigIntegerField()),
                ('rate_denominator', models.BigIntegerField()),
                ('rate_quoted_at', models.DateTimeField()),
                ('at', models.DateTimeField()),
                ('merchant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='merchants.merchant')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('given_minor__gt', 0), ('rate_denominator__gt', 0), ('rate_numerator__gt', 0), ('taken_minor__gt', 0), models.Q(('taken_currency', models.F('given_currency')), _negated=True)), name='setoff_something_for_something')],
            },
        ),
        migrations.RunSQL(OWED, UNDO),
    ]
