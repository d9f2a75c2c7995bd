"""Every word of a page is translated, and what the program reads is what the translators wrote."""

import ast
import io
import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation import to_locale
from django.utils.translation.template import templatize

SITES = Path(__file__).parents[2] / "fairground" / "sites"
CATALOGUES = sorted(SITES.glob("locale/*/LC_MESSAGES/django.po"))
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
# What a word is asked for by, whatever it is called there.
ASKED_BY = {*KEYWORDS, "pgettext_lazy", "npgettext", "npgettext_lazy"}
# One, few and many in Russian; none, one, two, few, many and other in Arabic.
PLURAL_FORMS = {"ar": 6, "es": 2, "ru": 3, "vi": 1, "zh_Hans": 1}

# What is filled in: %(left)s, {left}.
PLACES = re.compile(r"%\(\w+\)s|\{\w+\}")

by_language = pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, abort_invalid=True)


@cache
def words() -> frozenset[str]:
    """Return every word that a template (of a page or a letter) or a view marks for translation."""
    letters = sorted((SITES / "templates").rglob("*.txt"))
    found = set()
    for path in [*sorted(SITES.rglob("*.html")), *letters, *sorted(SITES.rglob("*.py"))]:
        source = path.read_text("utf-8")
        if path.suffix != ".py":
            source = templatize(source)
        for _, message, _, _ in extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS):
            found.add(message if isinstance(message, str) else message[0])
    return frozenset(found)


def asked_in_f_strings(source: str) -> list[int]:
    """Return the lines where a word is asked for inside an f-string: until Python 3.12 the extractor is blind there."""
    texts = [one for one in ast.walk(ast.parse(source)) if isinstance(one, ast.JoinedStr)]
    calls = [one.func for text in texts for one in ast.walk(text) if isinstance(one, ast.Call)]
    names = [(one, one.id if isinstance(one, ast.Name) else getattr(one, "attr", "")) for one in calls]
    return sorted({one.lineno for one, name in names if name in ASKED_BY})


def singular(message: Message) -> str:
    """Return the English of a message, where it has a plural that of one."""
    return message.id if isinstance(message.id, str) else message.id[0]


def strings_of(message: Message) -> list[str]:
    """Return what a message is translated with: one string, or one a plural form."""
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def test_there_is_a_catalogue_for_every_language_but_the_programs_own() -> None:
    languages = {to_locale(code) for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE}

    assert {path.parts[-3] for path in CATALOGUES} == languages == set(PLURAL_FORMS)


@by_language
def test_every_word_of_a_page_is_translated(path: Path) -> None:
    catalogue = read(path)

    missing = {word for word in words() if word not in catalogue or not all(strings_of(catalogue[word]))}

    assert not missing, f"add them to {path}, then: pybabel compile -d fairground/sites/locale -D django"


@by_language
def test_no_translation_is_of_a_word_that_is_gone_or_unsure(path: Path) -> None:
    catalogue = read(path)

    assert {singular(message) for message in catalogue if message.id} - words() == set()
    assert [message.id for message in catalogue if message.id and message.fuzzy] == []


@by_language
def test_a_translation_has_the_places_to_fill_that_the_word_has(path: Path) -> None:
    for message in read(path):
        assert list(message.check()) == []
        if message.pluralizable:
            continue  # one and two need no figure in Arabic; which places there are is checked above
        for mark in ("{", "%(", "<small>"):
            assert str(message.string).count(mark) == str(message.id).count(mark), message.id
        assert sorted(PLACES.findall(str(message.string))) == sorted(PLACES.findall(str(message.id))), message.id


@by_language
def test_every_plural_form_of_the_language_is_filled(path: Path) -> None:
    catalogue = read(path)

    assert catalogue.num_plurals == PLURAL_FORMS[path.parts[-3]]
    for message in catalogue:
        if message.pluralizable:
            assert len(strings_of(message)) == catalogue.num_plurals, message.id
            assert all(strings_of(message)), message.id


@by_language
def test_what_is_compiled_is_what_is_written(path: Path) -> None:
    with path.with_suffix(".mo").open("rb") as file:
        compiled = {singular(message): strings_of(message) for message in read_mo(file) if message.id}

    assert compiled == {singular(message): strings_of(message) for message in read(path) if message.id}, (
        "pybabel compile -d fairground/sites/locale -D django"
    )


def test_no_word_is_asked_for_inside_an_f_string() -> None:
    found = {
        str(path): lines
        for path in sorted(SITES.parent.rglob("*.py"))
        if (lines := asked_in_f_strings(path.read_text("utf-8")))
    }

    assert found == {}
    assert asked_in_f_strings("f'{gettext(word)}'\nf'{n:>{len(_(word))}}'\nf'{by.ngettext(one, many, n)}'") == [1, 2, 3]
