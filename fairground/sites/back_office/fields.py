"""Form fields of the back office: amounts of money, and words by language."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from fairground.catalog.rules import PRICE_MINOR_MAX
from fairground.kernel.money import decimal_text, minor_digits, minor_from_text
from fairground.promotions.rules.declaring import AMOUNT_MINOR_MAX
from fairground.sites.languages import catalogue_name, page_language

BPS_A_PERCENT = 100
_MOMENT_FORMAT = "%Y-%m-%dT%H:%M:%S"
# Nobody plans for the century after the next.
_YEARS = range(2000, 2200)
# What a reason may be in the audit log, and longer than any slug.
TYPED_LENGTH_MAX = 300


class MoneyField(forms.CharField):
    """An amount in one currency: a decimal with a point on the page, minor units in the program."""

    least_minor = 1
    most_minor = PRICE_MINOR_MAX
    out_of_range: Any = _("A price is above zero and not absurdly high.")

    def __init__(self, *, currency: str, amount_minor: int | None, label: str) -> None:
        initial = "" if amount_minor is None else decimal_text(amount_minor, currency)
        widget = UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal", "autocomplete": "off", "dir": "ltr"})
        super().__init__(required=amount_minor is not None, label=label, initial=initial, widget=widget)
        self.currency = currency

    def to_python(self, value: Any) -> int | None:  # type: ignore[override]
        """Return the minor units of what was typed, None for nothing."""
        text = str(super().to_python(value) or "")
        if not text:
            return None
        try:
            amount_minor = minor_from_text(text, currency=self.currency)
        except ValueError as error:
            words = gettext("Write an amount in %(currency)s with a point and at most %(digits)s decimals.")
            raise ValidationError(words % {"currency": self.currency, "digits": minor_digits(self.currency)}) from error
        if not self.least_minor <= amount_minor <= self.most_minor:
            raise ValidationError(str(self.out_of_range))
        return amount_minor

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Return whether another amount was typed, however it is written."""
        try:
            return bool(self.to_python(initial) != self.to_python(data))
        except ValidationError:
            return True


class AmountField(MoneyField):
    """An amount that may be left empty and is no price: a threshold, a budget."""

    most_minor = AMOUNT_MINOR_MAX
    out_of_range = _("An amount is above zero and within reason.")

    def __init__(self, *, currency: str, label: str) -> None:
        super().__init__(currency=currency, amount_minor=None, label=label)
        self.widget.attrs.pop("class", None)


class PercentField(forms.DecimalField):
    """A share, written in per cent with up to two decimals."""

    def __init__(self, *, label: Any, help_text: Any = "", most: int = 100, required: bool = True) -> None:
        super().__init__(
            label=label,
            help_text=help_text,
            required=required,
            min_value=0,
            max_value=most,
            max_digits=5,
            decimal_places=2,
        )
        self.widget.attrs["dir"] = "ltr"


def bps_of(percent: Decimal | None) -> int:
    """Return basis points of what a `PercentField` holds; nothing is 0."""
    return int((percent or 0) * BPS_A_PERCENT)


def moment_field(*, label: Any, note: Any, required: bool = False) -> forms.DateTimeField:
    """Return a field for a moment to the second, which the page reads and writes in UTC."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format=_MOMENT_FORMAT)
    checks = [_within_reason]
    return forms.DateTimeField(label=label, help_text=note, required=required, widget=widget, validators=checks)


def _within_reason(moment: datetime) -> None:
    """Refuse what is a slip of the keyboard; near the ends of all dates a moment has no place in some zones."""
    if moment.year not in _YEARS:
        raise ValidationError(gettext("That is too far off."))


def form_key_field() -> forms.UUIDField:
    """Return a hidden field with a key drawn when the form is shown, so that a form sent twice has one effect."""
    return forms.UUIDField(required=False, initial=uuid4, widget=forms.HiddenInput)


def plain_field(
    *, label: Any, note: Any, lines: bool = False, length_max: int = 120, required: bool = False
) -> forms.CharField:
    """Return a field for slugs, codes and numbers, which run from the left in every language."""
    attrs = {"dir": "ltr", "autocomplete": "off"}
    widget = forms.Textarea(attrs={**attrs, "rows": 3}) if lines else forms.TextInput(attrs=attrs)
    return forms.CharField(label=label, help_text=note, required=required, max_length=length_max, widget=widget)


def typed_text(sent: QueryDict, name: str, *, length_max: int = TYPED_LENGTH_MAX) -> str:
    """Return what was typed into a field, without spaces around it, and without NUL, which no column holds."""
    return sent.get(name, "").replace("\0", "").strip()[:length_max]


def page_number(text: str, *, most: int) -> int:
    """Return the number of a list's page that an address asks for: from 1 to the most, and 1 for what is no number."""
    digits = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    return min(max(1, int(text)), most) if digits else 1


def words_field(*, label: str, initial: str, language: str, length_max: int, lines: bool = False) -> forms.CharField:
    """Return a field for words in a language, written in that language's direction."""
    page = page_language(language)
    attrs = {"lang": language, "dir": "rtl" if page in settings.LANGUAGES_BIDI else "auto"}
    widget = UnfoldAdminTextareaWidget(attrs={**attrs, "rows": 8}) if lines else UnfoldAdminTextInputWidget(attrs=attrs)
    return forms.CharField(label=label, initial=initial, required=False, max_length=length_max, widget=widget)


def languages_of(written: Iterable[str]) -> list[str]:
    """Return the catalogue's languages that pages speak, then those in which something is written besides."""
    spoken = [catalogue_name(code) for code, _name in settings.LANGUAGES]
    return [*spoken, *sorted(set(written) - set(spoken))]


def language_text(language: str) -> str:
    """Return what a catalogue's language calls itself, or its code."""
    return dict(settings.LANGUAGES).get(page_language(language) or "", language)


def name_fields(*, names: Mapping[str, str], prefix: str, length_max: int, lines: bool = False) -> dict[str, Any]:
    """Return a field by language for words that a row keeps by language, named `prefix_language`."""
    return {
        f"{prefix}_{language}": words_field(
            label=f"{_LABELS[prefix]} ({language_text(language)})",
            initial=names.get(language, ""),
            language=language,
            length_max=length_max,
            lines=lines,
        )
        for language in languages_of(names)
    }


def names_from(data: Mapping[str, Any], *, prefix: str) -> dict[str, str]:
    """Return what `name_fields` were filled with, by language; languages left empty have nothing."""
    start = f"{prefix}_"
    filled = {name.removeprefix(start): str(value) for name, value in data.items() if name.startswith(start)}
    return {language: words for language, words in filled.items() if words.strip()}


_LABELS = {"name": _("Name"), "about": _("About")}
