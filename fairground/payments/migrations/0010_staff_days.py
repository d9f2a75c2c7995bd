"""What one of the staff gives away on a day, or issues as sold, over every way and in one currency.

Of credit and cards of before nobody knows what they were worth: they are not counted, also on the day of the upgrade.
Issues of cards that were sold may be asked for by one of the staff, and issued by another one.
"""

import django.db.models.expressions
from django.db import migrations, models

COUNTED = """
CREATE FUNCTION staffday_counts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_sold boolean := false;
    who bigint := COALESCE(NEW.granted_by, 0);
    of_day date := (NEW.at AT TIME ZONE 'UTC')::date;
    begins timestamptz := of_day::timestamp AT TIME ZONE 'UTC';
    given numeric;
BEGIN
    IF TG_TABLE_NAME = 'payments_giftcardissue' THEN
        of_sold := NEW.is_sold;
    END IF;
    SELECT sum(one.cents) INTO given FROM (
        SELECT c.worth_cents AS cents FROM payments_credit AS c
        WHERE NOT of_sold AND c.at >= begins AND c.at < begins + interval '1 day' AND COALESCE(c.granted_by, 0) = who
        UNION ALL
        SELECT i.worth_cents FROM payments_giftcardissue AS i
        WHERE i.is_sold = of_sold AND i.at >= begins AND i.at < begins + interval '1 day'
          AND COALESCE(i.granted_by, 0) = who AND i.transfer_id IS NOT NULL
    ) AS one;
    IF NEW.worth_cents IS NULL OR NOT EXISTS (
        SELECT FROM payments_staffday AS d
        WHERE d.user_id = who AND d.day = of_day AND d.is_sold = of_sold AND d.cents >= given
    ) THEN
        RAISE EXCEPTION 'what % gave on % is not counted on that day', who, of_day
            USING ERRCODE = 'check_violation', CONSTRAINT = 'staffday_counts';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER staffday_counts AFTER INSERT ON payments_credit
    FOR EACH ROW EXECUTE FUNCTION staffday_counts();
CREATE TRIGGER staffday_counts AFTER INSERT OR UPDATE OF transfer_id ON payments_giftcardissue
    FOR EACH ROW WHEN (NEW.transfer_id IS NOT NULL) EXECUTE FUNCTION staffday_counts();
"""
AGAIN = """
DROP TRIGGER staffday_counts ON payments_giftcardissue;
DROP TRIGGER staffday_counts ON payments_credit;
DROP FUNCTION staffday_counts();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0009_gift_cards_in_the_books'),
    ]

    operations = [
        migrations.CreateModel(
            name='StaffDay',
            fields=[
                ('pk', models.CompositePrimaryKey('user_id', 'day', 'is_sold', blank=True, editable=False, primary_key=True, serialize=False)),
                ('user_id', models.BigIntegerField(help_text='0: whoever had the command line')),
                ('day', models.DateField()),
                ('is_sold', models.BooleanField(help_text='gift cards that were sold; else credit, and cards that are given away')),
                ('cents', models.BigIntegerField(help_text='of a euro')),
            ],
        ),
        migrations.DeleteModel(
            name='CreditDay',
        ),
        migrations.AddField(
            model_name='credit',
            name='worth_cents',
            field=models.BigIntegerField(help_text='of a euro, when it was granted; empty: before days', null=True),
        ),
        migrations.AddField(
            model_name='giftcardissue',
            name='granted_by',
            field=models.BigIntegerField(help_text='who of the staff; empty: the command line', null=True),
        ),
        migrations.AddField(
            model_name='giftcardissue',
            name='reason',
            field=models.CharField(db_default='', help_text='why, or how the sale is found', max_length=200),
        ),
        migrations.AddField(
            model_name='giftcardissue',
            name='worth_cents',
            field=models.BigIntegerField(help_text='of a euro, when it was issued', null=True),
        ),
        migrations.AlterField(
            model_name='credit',
            name='granted_by',
            field=models.BigIntegerField(help_text='who of the staff; empty: the command line, or unknown', null=True),
        ),
        migrations.AddIndex(
            model_name='credit',
            index=models.Index(fields=['at'], name='credit_by_moment'),
        ),
        migrations.AddIndex(
            model_name='giftcardissue',
            index=models.Index(fields=['at'], name='giftcardissue_by_moment'),
        ),
        migrations.AddConstraint(
            model_name='credit',
            constraint=models.CheckConstraint(condition=models.Q(('worth_cents__isnull', True), models.Q(('worth_cents__gt', 0), ('worth_cents__lte', 1000000)), _connector='OR'), name='credit_within_limit'),
        ),
        migrations.AddConstraint(
            model_name='giftcardissue',
            constraint=models.CheckConstraint(condition=models.Q(('worth_cents__isnull', True), models.Q(('transfer_id__isnull', False), ('worth_cents__gt', 0), ('worth_cents__lte', django.db.models.expressions.CombinedExpression(models.F('count'), '*', models.Value(1000000))), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='giftcardissue_within_limit_and_explained'),
        ),
        migrations.AddConstraint(
            model_name='staffday',
            constraint=models.CheckConstraint(condition=models.Q(('cents__gt', 0), models.Q(('cents__lte', 5000000), models.Q(('cents__lte', 10000000), ('is_sold', True)), _connector='OR')), name='staffday_within_limit'),
        ),
        migrations.RemoveConstraint(
            model_name='giftcardissue',
            name='giftcardissue_booked_whole',
        ),
        migrations.AddField(
            model_name='giftcardissue',
            name='asked_by',
            field=models.BigIntegerField(help_text='who of the staff asked another one to issue it', null=True),
        ),
        migrations.AddField(
            model_name='giftcardissue',
            name='expires_at',
            field=models.DateTimeField(help_text='of its cards', null=True),
        ),
        migrations.AddField(
            model_name='giftcardissue',
            name='four_eyes',
            field=models.BooleanField(db_default=False, help_text='two people were asked for when it was issued'),
        ),
        migrations.AddConstraint(
            model_name='giftcardissue',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount_minor__isnull', True), ('currency', ''), ('is_sold__isnull', True), ('transfer_id__isnull', True)), models.Q(('amount_minor__isnull', False), ('currency__regex', '^[A-Z]{3}$'), ('is_sold__isnull', False), ('amount_minor__gt', 0), ('amount_minor__lte', 1000000000000), models.Q(('transfer_id__isnull', False), models.Q(('asked_by__isnull', False), ('expires_at__isnull', False), ('is_sold', True)), _connector='OR')), _connector='OR'), name='giftcardissue_booked_whole'),
        ),
        migrations.AddConstraint(
            model_name='giftcardissue',
            constraint=models.CheckConstraint(condition=models.Q(('four_eyes', False), models.Q(('asked_by__isnull', False), ('granted_by__isnull', False), models.Q(('asked_by', models.F('granted_by')), _negated=True)), _connector='OR'), name='giftcardissue_sold_by_two'),
        ),
        migrations.RunSQL(COUNTED, AGAIN),
    ]
