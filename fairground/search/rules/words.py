"""Texts to words: one tokeniser for what is indexed and for what is asked, so that both always meet.

Words are compared without case, width and accents. Where a language is written without spaces (Chinese, Japanese,
Thai, and Korean with its endings) every pair of neighbouring characters is a word. A run of letters and figures
(`rtx3080`) is a word as a whole and by its parts, so it is found as `rtx 3080` too. What people write now as one word,
now as two (`t-shirt` and `tshirt`, `smart watch` and `smartwatch`) is found by both.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, zip_longest

# A document made with another version is stale and made anew.
TOKENISER_VERSION = 1
# What is longer is no word that anybody types.
WORD_LENGTH_MAX = 64
# PostgreSQL keeps positions up to 16,383; the words of a long description after this many say nothing new.
POSITIONS_MAX = 2_000
# The same word more often than this does not make a product fit better.
POSITIONS_A_WORD_MAX = 32
# So much of a title is compared with what somebody types.
TITLE_START_MAX = 60
# With fewer letters typed, everything could be meant.
TYPED_LENGTH_MIN = 2
# Words of two fields are no neighbours.
_FIELD_GAP = 10
# More than this many words and characters are read of no search.
WORDS_ASKED_MAX = 12
ASKED_LENGTH_MAX = 200
# A barcode has leading zeros in one notation and none in another.
_BARCODE_LENGTHS = range(8, 15)

# Thai, Lao, Burmese, Khmer; kana, Han, Hangul.
_DENSE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
# Signs that belong to the letter before them, which `\w` leaves out.
_MARKS = (
    "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0dff\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc"
    "\u0ec8-\u0ece\u1000-\u109f\u1780-\u17d3\u3099\u309a"
)
_RUN = re.compile(rf"(?:[^\W_]|[{_MARKS}])+")
_PART = re.compile(rf"[{_DENSE}]+|[0-9]+|[^{_DENSE}0-9]+")
_HYPHENS = frozenset("-\u2010\u2011")
_IS_DENSE = re.compile(rf"[{_DENSE}]")
# Canonical combining classes of accents and of Arabic and Hebrew vowel signs; those of Indic and Thai letters stay.
_ACCENTS_FROM, _VOWEL_SIGNS = 200, range(10, 36)

_DICTIONARIES = {
    "ar": "arabic_stem",
    "ca": "catalan_stem",
    "da": "danish_stem",
    "de": "german_stem",
    "el": "greek_stem",
    "en": "english_stem",
    "es": "spanish_stem",
    "eu": "basque_stem",
    "fi": "finnish_stem",
    "fr": "french_stem",
    "ga": "irish_stem",
    "hi": "hindi_stem",
    "hu": "hungarian_stem",
    "hy": "armenian_stem",
    "id": "indonesian_stem",
    "it": "italian_stem",
    "lt": "lithuanian_stem",
    "ne": "nepali_stem",
    "nl": "dutch_stem",
    "no": "norwegian_stem",
    "pt": "portuguese_stem",
    "ro": "romanian_stem",
    "ru": "russian_stem",
    "sr": "serbian_stem",
    "sv": "swedish_stem",
    "ta": "tamil_stem",
    "tr": "turkish_stem",
}
# Makes no stems: a language that PostgreSQL has no dictionary for is searched by its words as they are.
_NO_STEMS = "simple"

# A word's stem; empty for a word that is everywhere and says nothing ("the"). Without an entry: as it is.
Stems = Mapping[str, str]


def dictionary_of(language: str) -> str:
    """Return PostgreSQL's dictionary that makes stems in a language."""
    return _DICTIONARIES.get(language.partition("-")[0], _NO_STEMS)


def runs(text: str) -> list[list[str]]:
    """Return the runs of letters and figures in a text, each in its parts, folded in case and width."""
    return [_parts(run) for run in _RUN.findall(_folded(text))]


def stemmable(texts: Iterable[str]) -> set[str]:
    """Return the words of texts that have a stem: all but figures and what is cut into pairs."""
    return {token for text in texts for token, _ in _tokens(text) if _is_word(token)}


def joined_pairs(asked: str) -> list[str]:
    """Return each two neighbouring words of a search as one: `smart watch` as `smartwatch`."""
    found = runs(asked[:ASKED_LENGTH_MAX])[:WORDS_ASKED_MAX]
    return [one[0] + two[0] for one, two in pairwise(found) if _are_words(one, two)]


def without_accents(word: str) -> str:
    """Return a word without accents and vowel signs: `cámara` as `camara`."""
    if word.isascii():
        return word
    plain = "".join(
        one
        for one in unicodedata.normalize("NFD", word)
        if (rank := unicodedata.combining(one)) < _ACCENTS_FROM and rank not in _VOWEL_SIGNS
    )
    return unicodedata.normalize("NFC", plain)


def title_start(title: str) -> str:
    """Return how a title begins, for comparing with what somebody types: words with one space between them."""
    return " ".join(without_accents("".join(run)) for run in runs(title))[:TITLE_START_MAX]


def document_vector(fields: Sequence[tuple[str, str]], stems: Stems) -> str:
    """Return the text of a `tsvector`; `fields` are pairs of a weight (A, B, C, D) and a text.

    A word and its stem share a position. Words that say nothing are left out of weight D, where they abound.
    """
    places: dict[str, list[str]] = {}
    first = 1
    for weight, text in fields:
        last = first
        for token, step in _tokens(text):
            last = first + step
            if last > POSITIONS_MAX:
                break
            for lexeme in _lexemes(token, stems, silent_too=weight != "D"):
                at = places.setdefault(lexeme, [])
                if len(at) < POSITIONS_A_WORD_MAX:
                    at.append(f"{last}{weight}")
        first = last + _FIELD_GAP
    return " ".join(f"'{lexeme}':{','.join(at)}" for lexeme, at in places.items())


def query_text(asked: str, stems: Sequence[Stems], *, every_word: bool) -> str:
    """Return the text of a `tsquery` for what somebody typed; empty where there is nothing to look for.

    `stems` are those of each language that is searched, the reader's own first. With `every_word` all must be
    there, and characters of a language without spaces in their order; otherwise any will do.
    """
    found = runs(asked[:ASKED_LENGTH_MAX])[:WORDS_ASKED_MAX]
    telling = [run for run in found if not (len(run) == 1 and stems and stems[0].get(run[0]) == "")] or found
    terms = [_term(run, stems, every_word) for run in telling]
    if not every_word:
        return " | ".join(terms)
    joined = [
        [*terms[:place], _alternatives(one[0] + two[0], stems, every_word), *terms[place + 2 :]]
        for place, (one, two) in enumerate(pairwise(telling))
        if _are_words(one, two)
    ]
    return " | ".join(" & ".join(words) for words in [terms, *joined])


def prefix_query_text(typed: str) -> str:
    """Return the text of a `tsquery` for titles with the words typed, the last of them begun; empty for too little.

    A single letter begins too many words to be looked for; it waits for the next one.
    """
    parts = [without_accents(part) for run in runs(typed[:ASKED_LENGTH_MAX])[:WORDS_ASKED_MAX] for part in run]
    if not any(map(_tells_enough, parts)):
        return ""
    *whole, begun = parts
    words = [_pairs(part, " <-> ") if _IS_DENSE.match(part) else f"'{part}':A" for part in whole]
    if _tells_enough(begun):
        words.append(_pairs(begun, " <-> ") if _IS_DENSE.match(begun) else f"'{begun}':*A")
    return " & ".join(words)


def _tells_enough(part: str) -> bool:
    return len(part) >= TYPED_LENGTH_MIN or bool(_IS_DENSE.match(part))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _parts(run: str) -> list[str]:
    return [_part(part) for part in _PART.findall(run)]


def _is_word(part: str) -> bool:
    return not part.isdigit() and not _IS_DENSE.match(part)


def _are_words(one: Sequence[str], two: Sequence[str]) -> bool:
    return len(one) == len(two) == 1 and _is_word(one[0]) and _is_word(two[0])


def _part(part: str) -> str:
    if part.isdigit() and len(part) in _BARCODE_LENGTHS:
        return part.lstrip("0") or "0"
    return part if _IS_DENSE.match(part) else part[:WORD_LENGTH_MAX]


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    """Yield every token with its position.

    Two runs with a hyphen between are a token too. A dense run ends with its last character alone, so that each of
    its characters begins a token.
    """
    step = 0
    folded = _folded(text)
    found = list(_RUN.finditer(folded))
    for run, following in zip_longest(found, found[1:]):
        parts = _parts(run[0])
        if following and folded[run.end() : following.start()] in _HYPHENS:
            yield (run[0] + following[0])[:WORD_LENGTH_MAX], step
        if len(parts) > 1 and not any(map(_IS_DENSE.match, parts)):
            yield "".join(parts)[:WORD_LENGTH_MAX], step
        for part in parts:
            if _IS_DENSE.match(part):
                for start in range(len(part)):
                    yield part[start : start + 2], step
                    step += 1
            else:
                yield part, step
                step += 1


def _lexemes(token: str, stems: Stems, *, silent_too: bool) -> set[str]:
    stem = stems.get(token)
    if stem is None:
        return {without_accents(token)}
    if stem == "":
        return {without_accents(token)} if silent_too else set()
    return {without_accents(token), without_accents(stem)}


def _term(parts: Sequence[str], stems: Sequence[Stems], every_word: bool) -> str:
    both = " & ".join(_alternatives(part, stems, every_word) for part in parts)
    if len(parts) == 1 or any(map(_IS_DENSE.match, parts)):
        return f"({both})"
    whole = without_accents("".join(parts)[:WORD_LENGTH_MAX])
    return f"('{whole}' | ({both}))"


def _alternatives(part: str, stems: Sequence[Stems], every_word: bool) -> str:
    if not _IS_DENSE.match(part):
        lexemes = set[str]().union(*[_lexemes(part, one, silent_too=True) for one in stems]) or {without_accents(part)}
        return "(" + " | ".join(f"'{lexeme}'" for lexeme in sorted(lexemes)) + ")"
    return _pairs(without_accents(part), " <-> " if every_word else " | ")


def _pairs(dense: str, operator: str) -> str:
    """Return the pairs of neighbouring characters; a single one begins a pair, or ends its run alone."""
    if len(dense) == 1:
        return f"'{dense}':*"
    return "(" + operator.join(f"'{dense[start : start + 2]}'" for start in range(len(dense) - 1)) + ")"
