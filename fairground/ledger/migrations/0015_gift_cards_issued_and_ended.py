"""Kinds of gift cards that were issued, and that ended; what is owed for cards may stand on either side in a lane."""

from django.db import migrations, models

FREE = "UPDATE ledger_account SET kind = 3 WHERE address LIKE 'platform:giftcards:%' AND kind = 2;"


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0014_what_providers_tell'),
    ]

    operations = [
        migrations.AlterField(
            model_name='transfer',
            name='kind',
            field=models.SmallIntegerField(choices=[(1, 'TOP_UP'), (2, 'PURCHASE'), (3, 'REFUND'), (4, 'ADJUSTMENT'), (5, 'MERGE'), (10, 'PRIZE'), (11, 'PAYMENT_EXEMPTION'), (20, 'DEPOSIT'), (21, 'FORFEIT'), (22, 'DEPOSIT_RETURN'), (23, 'PENALTY'), (24, 'PRICE_GUARANTEE'), (30, 'PRICE_PROTECTION'), (40, 'PROVIDER_CAPTURE'), (41, 'PROVIDER_RETURN'), (42, 'WALLET_HOLD'), (43, 'GIFT_CARD'), (44, 'GOODWILL'), (45, 'RETURN_UNDONE'), (46, 'GIFT_CARDS_ISSUED'), (47, 'GIFT_CARD_LAPSED'), (50, 'RELEASE'), (51, 'FUNDED_DISCOUNT'), (52, 'COMMISSION'), (53, 'FEE_TAX'), (54, 'CREATOR_PART'), (55, 'RESERVE'), (56, 'PAYOUT'), (57, 'EXCHANGE'), (58, 'DEPOSIT_SETTLED'), (59, 'SET_OFF'), (60, 'PROVIDER_PAYOUT'), (61, 'PROVIDER_FEE'), (62, 'PROVIDER_FEE_TAX'), (63, 'PROVIDER_EXCHANGE'), (64, 'DISPUTE'), (65, 'DISPUTE_COVERED'), (66, 'DISPUTE_UNCOVERED')]),
        ),
        migrations.RunSQL(FREE, migrations.RunSQL.noop),
    ]
