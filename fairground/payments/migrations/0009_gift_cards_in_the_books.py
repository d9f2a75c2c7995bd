"""Issues of gift cards in the books, and cards that end: how a card ended stays as it was.

Cards that are there already have no issue in the books. They are redeemed as before.
"""

from django.db import migrations, models

ENDS = """
CREATE FUNCTION giftcard_ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a gift card that was redeemed, or has ended, stays as it is'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'giftcard_ends_once';
END $$;
CREATE TRIGGER giftcard_ends_once BEFORE UPDATE ON payments_giftcard
    FOR EACH ROW WHEN (
        (OLD.transfer_id IS NOT NULL OR OLD.lapsed_transfer_id IS NOT NULL)
        AND (OLD.transfer_id, OLD.lapsed_transfer_id, OLD.issue_key, OLD.amount_minor, OLD.currency)
            IS DISTINCT FROM (NEW.transfer_id, NEW.lapsed_transfer_id, NEW.issue_key, NEW.amount_minor, NEW.currency)
    ) EXECUTE FUNCTION giftcard_ends_once();
"""
AGAIN = """
DROP TRIGGER giftcard_ends_once ON payments_giftcard;
DROP FUNCTION giftcard_ends_once();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0008_provider_lines_and_disputes'),
    ]

    operations = [
        migrations.AddField(
            model_name='giftcard',
            name='issue_key',
            field=models.UUIDField(help_text='of the issue that is in the books', null=True),
        ),
        migrations.AddField(
            model_name='giftcard',
            name='lapsed_transfer_id',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='giftcardissue',
            name='amount_minor',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='giftcardissue',
            name='currency',
            field=models.CharField(db_default='', max_length=3),
        ),
        migrations.AddField(
            model_name='giftcardissue',
            name='is_sold',
            field=models.BooleanField(help_text='sold: the money came in outside; else given away', null=True),
        ),
        migrations.AddField(
            model_name='giftcardissue',
            name='transfer_id',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddIndex(
            model_name='giftcard',
            index=models.Index(condition=models.Q(('issue_key__isnull', False), ('lapsed_transfer_id__isnull', True), ('redeemed_at__isnull', True)), fields=['expires_at'], name='giftcard_to_end'),
        ),
        migrations.AddConstraint(
            model_name='giftcard',
            constraint=models.UniqueConstraint(fields=('lapsed_transfer_id',), name='giftcard_lapse_of_one_card'),
        ),
        migrations.AddConstraint(
            model_name='giftcard',
            constraint=models.CheckConstraint(condition=models.Q(('lapsed_transfer_id__isnull', True), models.Q(('issue_key__isnull', False), ('redeemed_at__isnull', True), ('redeemed_by__isnull', True)), _connector='OR'), name='giftcard_redeemed_or_lapsed'),
        ),
        migrations.AddConstraint(
            model_name='giftcardissue',
            constraint=models.UniqueConstraint(fields=('transfer_id',), name='giftcardissue_transfer_of_one_issue'),
        ),
        migrations.AddConstraint(
            model_name='giftcardissue',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount_minor__isnull', True), ('currency', ''), ('is_sold__isnull', True), ('transfer_id__isnull', True)), models.Q(('amount_minor__gt', 0), ('amount_minor__isnull', False), ('amount_minor__lte', 1000000000000), ('currency__regex', '^[A-Z]{3}$'), ('is_sold__isnull', False), ('transfer_id__isnull', False)), _connector='OR'), name='giftcardissue_booked_whole'),
        ),
        migrations.RunSQL(ENDS, AGAIN),
    ]
