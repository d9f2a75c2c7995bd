"""What goods are found by."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from fairground.catalog.models import Product
from fairground.search.rules.words import TITLE_START_MAX


class Document(models.Model):
    """A product's words in one language. Each product has one `is_fallback`: English, else its first language."""

    pk = models.CompositePrimaryKey("product_id", "language")
    product = models.ForeignKey(Product, models.CASCADE, related_name="+", db_index=False)
    language = models.CharField(max_length=12)
    is_fallback = models.BooleanField()
    title_start = models.CharField(max_length=TITLE_START_MAX, help_text="how the title begins, for suggestions")
    words = SearchVectorField()
    source = models.BigIntegerField(help_text="a hash of all that it was made from; another one: stale")

    class Meta:
        indexes: ClassVar = [
            GinIndex(fields=["words"], name="document_words"),
            models.Index(
                fields=["language", "title_start"],
                opclasses=["varchar_ops", "varchar_pattern_ops"],
                name="document_title_start",
            ),
        ]
