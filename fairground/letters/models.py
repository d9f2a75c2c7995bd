"""What is to be told to whom. No foreign keys: what letters are about lies in apps above; `fairground verify` looks."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from fairground.letters.rules import Matter, News, Reader


class Letter(models.Model):
    """That a reader is to be told of an event, and when that was done. It holds ids alone."""

    reader = models.SmallIntegerField(choices=[(one.value, one.name) for one in Reader])
    reader_id = models.BigIntegerField(help_text="the merchant's, or the shopper's")
    matter = models.SmallIntegerField(choices=[(one.value, one.name) for one in Matter])
    subject_id = models.BigIntegerField(help_text="of the case, the order, the payout or the merchant")
    news = models.SmallIntegerField(choices=[(one.value, one.name) for one in News])
    event_id = models.BigIntegerField(help_text="which of its kind; 0 where there is but one")
    at = models.DateTimeField(help_text="when it happened")
    told_at = models.DateTimeField(null=True, help_text="when the letter was handed to the mail server")
    tell_after = models.DateTimeField(help_text="when it is tried next")
    tells = models.SmallIntegerField(db_default=0, default=0, help_text="how often that failed")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["reader", "reader_id", "matter", "subject_id", "news", "event_id"], name="inv_39_told_once"
            ),
            models.CheckConstraint(
                condition=Q(matter=Matter.CASE.value, news__range=(1, 9))
                | Q(matter=Matter.WITHDRAWAL.value, news__range=(10, 19))
                | Q(matter=Matter.PAYOUT.value, news__range=(20, 29), reader=Reader.MERCHANT.value)
                | Q(matter=Matter.HOLD.value, news__range=(30, 39), reader=Reader.MERCHANT.value),
                name="letter_news_of_its_matter",
            ),
            models.CheckConstraint(
                condition=Q(reader__in=[one.value for one in Reader], tells__gte=0), name="letter_reader_known"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["reader", "tell_after"], condition=Q(told_at__isnull=True), name="letter_due"),
            models.Index(fields=["matter", "subject_id"], name="letter_of_subject"),
            models.Index(fields=["at"], name="letter_by_age"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
