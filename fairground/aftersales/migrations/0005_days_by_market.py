"""Days of cases by market; a case keeps those with which it was opened, so far the platform's."""

from django.db import migrations, models

import fairground.aftersales.deadlines

# As they were when this was written, whatever the platform's are today.
SO_FAR = {
    "answer": 3,
    "send": 14,
    "receipt": 14,
    "escalate": 14,
    "decide": 7,
    "replace": 7,
    "arrive": 30,
    "claim": 732,
}


class Migration(migrations.Migration):
    dependencies = [("aftersales", "0004_exchanges_before")]
    operations = [
        migrations.AddField(
            model_name="case",
            name="days",
            field=models.JSONField(
                default=SO_FAR.copy, help_text="what each has in it, as its market gave when it was opened"
            ),
        ),
        migrations.AlterField(
            model_name="case",
            name="days",
            field=models.JSONField(
                default=fairground.aftersales.deadlines.platform_days,
                help_text="what each has in it, as its market gave when it was opened",
            ),
        ),
        migrations.CreateModel(
            name="MarketDays",
            fields=[
                ("market", models.CharField(max_length=8, primary_key=True, serialize=False)),
                ("answer", models.SmallIntegerField()),
                ("send", models.SmallIntegerField()),
                ("receipt", models.SmallIntegerField()),
                ("escalate", models.SmallIntegerField()),
                ("decide", models.SmallIntegerField()),
                ("replace", models.SmallIntegerField()),
                ("arrive", models.SmallIntegerField()),
                ("claim", models.SmallIntegerField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            answer__range=(1, 366),
                            send__range=(1, 366),
                            receipt__range=(1, 366),
                            escalate__range=(1, 366),
                            decide__range=(1, 366),
                            replace__range=(1, 366),
                            arrive__range=(1, 366),
                            claim__range=(1, 3660),
                        ),
                        name="marketdays_in_range",
                    )
                ]
            },
        ),
    ]
