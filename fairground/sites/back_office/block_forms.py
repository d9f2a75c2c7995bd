"""The form of a hall's block: fields by its kind, words by language, and the rules' mistakes beside their fields."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fairground.festivals.blocks import (
    BRANDS_MAX,
    COUPONS_MAX,
    DEALS_MAX,
    HEADING_LENGTH_MAX,
    LABEL_LENGTH_MAX,
    LINK_LENGTH_MAX,
    TEXT_LENGTH_MAX,
    Block,
    Kind,
    Mistake,
    Words,
    read_block,
    settings_of,
)
from fairground.sites.back_office.block_words import SOURCES, mistake_text
from fairground.sites.back_office.fields import (
    language_text,
    languages_of,
    moment_field,
    plain_field,
    words_field,
)

_SPACED = {"skus", "merchants"}
_LIST_LENGTH_MAX = 4_000


class BlockForm(forms.Form):
    """A block of a kind. `block` is what was read once it is valid."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, kind: Kind, markets: Sequence[tuple[str, str]], was: Block | None, version: int
    ) -> None:
        super().__init__(data)
        self.kind = kind
        self.block: Block | None = None
        self._settings = _setting_fields(kind)
        self.fields.update(self._settings)
        self._languages = languages_of(was.words if was else ())
        self.fields.update(_word_fields(kind, was.words if was else {}, self._languages))
        self.fields.update(_times_and_places(markets))
        self.initial = {**_initial(was), "version": version}

    def groups(self) -> Iterable[tuple[str, list[forms.BoundField], bool]]:
        """Yield the fields by group: what it is called, its fields, and whether they are words of a language."""
        if self._settings:
            yield gettext("What it shows"), [self[name] for name in self._settings], False
        for language in self._languages:
            names = [name for name in self.fields if name.endswith(f"_{language}")]
            title = gettext("Words: %(language)s") % {"language": language_text(language)}
            yield title, [self[name] for name in names], True
        yield gettext("When and where"), [self[name] for name in ("is_on", "starts_at", "ends_at", "markets")], False

    def clean(self) -> dict[str, Any]:
        """Read the block, and say each mistake beside its field."""
        data = super().clean() or {}
        if self.errors:
            return data
        found = read_block(
            kind=self.kind,
            settings={name: _setting(name, data[name]) for name in self._settings if data[name] not in (None, "")},
            texts={
                language: {name: data.get(f"{name}_{language}", "") for name in ("heading", "text", "label")}
                for language in self._languages
            },
            markets=data["markets"],
            starts_at=data["starts_at"],
            ends_at=data["ends_at"],
            is_on=data["is_on"],
        )
        if isinstance(found, Block):
            self.block = found
        else:
            self.say(found)
        return data

    def say(self, mistakes: Iterable[Mistake]) -> None:
        """Say mistakes beside their fields."""
        for one in mistakes:
            self.add_error(one.field if one.field in self.fields else None, mistake_text(one, kind=self.kind))


def _count_field(most: int) -> forms.IntegerField:
    return forms.IntegerField(label=_("At most"), min_value=1, max_value=most, initial=12)


def _setting_fields(kind: Kind) -> dict[str, forms.Field]:
    match kind:
        case Kind.COUNTDOWN:
            return {"to": moment_field(label=_("Until (UTC)"), note=_("Empty: until what opens next in the hall."))}
        case Kind.DEALS:
            sources = [(str(one), words) for one, words in SOURCES.items()]
            return {
                "source": forms.ChoiceField(label=_("Goods from"), choices=sources),
                "category": plain_field(label=_("Category"), note=_("Its code, such as home.lighting.")),
                "merchant": plain_field(label=_("Merchant"), note=_("Its slug, such as aurora-lights.")),
                "skus": plain_field(
                    label=_("SKUs"), note=_("Their numbers, in order."), lines=True, length_max=_LIST_LENGTH_MAX
                ),
                "most": _count_field(DEALS_MAX),
            }
        case Kind.BRANDS:
            note = _("Their slugs, in order. Empty: those with most deals in the hall.")
            return {
                "merchants": plain_field(label=_("Merchants"), note=note, lines=True, length_max=_LIST_LENGTH_MAX),
                "most": _count_field(BRANDS_MAX),
            }
        case Kind.COUPONS:
            return {"most": _count_field(COUPONS_MAX)}
        case Kind.TEXT:
            note = _("An address inside the shop, such as /shops/aurora-lights.")
            return {
                "product": plain_field(label=_("Product"), note=_("Its number. Its picture stands beside the words.")),
                "link": plain_field(label=_("Link"), note=note, length_max=LINK_LENGTH_MAX),
            }


def _word_fields(kind: Kind, words: Mapping[str, Words], languages: Sequence[str]) -> dict[str, forms.Field]:
    fields: dict[str, forms.Field] = {}
    for language in languages:
        said = words.get(language, Words())
        fields[f"heading_{language}"] = words_field(
            label=gettext("Heading"), initial=said.heading, language=language, length_max=HEADING_LENGTH_MAX
        )
        fields[f"text_{language}"] = words_field(
            label=gettext("Paragraphs, one a line"),
            initial=said.text,
            language=language,
            length_max=TEXT_LENGTH_MAX,
            lines=True,
        )
        fields[f"text_{language}"].widget.attrs["rows"] = 4
        if kind is Kind.TEXT:
            fields[f"label_{language}"] = words_field(
                label=gettext("What the link is called"),
                initial=said.label,
                language=language,
                length_max=LABEL_LENGTH_MAX,
            )
    for field in fields.values():
        field.widget.attrs.pop("class", None)
    return fields


def _times_and_places(markets: Sequence[tuple[str, str]]) -> dict[str, forms.Field]:
    boxes = forms.CheckboxSelectMultiple()
    return {
        "is_on": forms.BooleanField(label=_("On"), required=False),
        "starts_at": moment_field(label=_("Starts (UTC)"), note=_("Empty: at once.")),
        "ends_at": moment_field(
            label=_("Ends (UTC)"), note=_("Empty: never. It is not shown any more from this moment on.")
        ),
        "markets": forms.MultipleChoiceField(
            label=_("Markets"), choices=markets, required=False, widget=boxes, help_text=_("None: all of them.")
        ),
    }


def _initial(was: Block | None) -> dict[str, Any]:
    if was is None:
        return {"is_on": True, "markets": []}
    settings = settings_of(was.matter)
    shown = {name: "\n".join(value) if isinstance(value, list) else value for name, value in settings.items()}
    if "to" in shown:
        shown["to"] = datetime.fromisoformat(str(shown["to"]))
    times = {"starts_at": was.starts_at, "ends_at": was.ends_at}
    return {**shown, **times, "is_on": was.is_on, "markets": list(was.markets)}


def _setting(name: str, value: Any) -> object:
    """Return what was typed as settings have it."""
    if name in _SPACED:
        return str(value).replace(",", " ").split()
    return value.isoformat() if isinstance(value, datetime) else value
