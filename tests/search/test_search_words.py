"""The tokeniser: what is indexed and what is asked become the same words."""

import pytest

from fairground.search.rules.words import (
    ASKED_LENGTH_MAX,
    document_vector,
    joined_pairs,
    prefix_query_text,
    query_text,
    runs,
    stemmable,
    title_start,
    without_accents,
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Oak chair, WHITE!", [["oak"], ["chair"], ["white"]]),
        ("RTX3080", [["rtx", "3080"]]),
        ("WH-1000XM4", [["wh"], ["1000", "xm", "4"]]),
        ("ＵＳＢ", [["usb"]]),  # noqa: RUF001 - of full width
        ("iPhone手机", [["iphone", "手机"]]),
        ("Cámara", [["cámara"]]),
        ("हिन्दी", [["हिन्दी"]]),
        ("& | ! ' \" \\ \0 :*", []),
    ],
)
def test_a_text_is_cut_into_runs_and_these_into_parts(text: str, found: list[list[str]]) -> None:
    assert runs(text) == found


def test_a_barcode_has_no_leading_zeros_and_other_figures_keep_theirs() -> None:
    assert runs("04006381333931 007") == [["4006381333931"], ["007"]]


@pytest.mark.parametrize(
    ("word", "plain"), [("cámara", "camara"), ("größe", "große"), ("ガラス", "ガラス"), ("ที่", "ที่"), ("مُحَمَّد", "محمد")]
)
def test_accents_go_and_letters_stay(word: str, plain: str) -> None:
    assert without_accents(word) == plain


def test_only_words_have_stems() -> None:
    assert stemmable(["Lamps 3080 手机", "lamps"]) == {"lamps"}


def test_a_word_and_its_stem_share_a_position() -> None:
    assert document_vector([("A", "red lamps")], {"lamps": "lamp"}) in {
        "'red':1A 'lamps':2A 'lamp':2A",
        "'red':1A 'lamp':2A 'lamps':2A",
    }


def test_fields_lie_apart_and_words_that_say_nothing_are_left_out_of_the_last() -> None:
    vector = document_vector([("A", "the who"), ("D", "the band")], {"the": ""})

    assert vector == "'the':1A 'who':2A 'band':13D"


def test_a_run_of_letters_and_figures_is_a_word_as_a_whole_and_by_its_parts() -> None:
    assert document_vector([("A", "RTX3080")], {}) == "'rtx3080':1A 'rtx':1A '3080':2A"


def test_languages_without_spaces_become_pairs_and_the_last_character_alone() -> None:
    assert document_vector([("A", "蓝牙耳机")], {}) == "'蓝牙':1A '牙耳':2A '耳机':3A '机':4A"


def test_every_word_is_asked_for_by_itself_and_by_its_stems() -> None:
    stems = [{"lamps": "lamp", "the": ""}, {"lamps": "lamps"}]

    assert query_text("the Lamps 耳机", stems, every_word=True) == "(('lamp' | 'lamps')) & (('耳机'))"
    assert query_text("rtx3080", [], every_word=True) == "('rtx3080' | (('rtx') & ('3080')))"
    assert query_text("蓝牙耳", [], every_word=True) == "(('蓝牙' <-> '牙耳'))"
    assert query_text("蓝牙耳 x", [], every_word=False) == "(('蓝牙' | '牙耳')) | (('x'))"
    assert query_text("灯", [], every_word=True) == "('灯':*)"


def test_two_words_are_asked_for_as_one_too_and_hyphens_join() -> None:
    assert query_text("smart watch", [], every_word=True) == "(('smart')) & (('watch')) | ('smartwatch')"
    assert joined_pairs("a smart watch 4") == ["asmart", "smartwatch"]
    assert document_vector([("A", "T-shirt")], {}) == "'tshirt':1A 't':1A 'shirt':2A"


def test_words_that_say_nothing_count_where_there_are_no_others() -> None:
    assert query_text("the", [{"the": ""}], every_word=True) == "(('the'))"


def test_signs_ask_for_nothing() -> None:
    assert query_text("& | ! <-> ' \" \\ \0 :*", [], every_word=True) == ""


def test_a_long_text_is_read_up_to_its_limit() -> None:
    assert query_text("x" * 10_000, [], every_word=True) == f"(('{'x' * 64}'))"
    assert query_text("a " * 5_000, [], every_word=False) == " | ".join(["(('a'))"] * 12)
    assert ASKED_LENGTH_MAX == 200


def test_what_is_typed_is_words_and_the_beginning_of_one() -> None:
    assert prefix_query_text("Oak cha") == "'oak':A & 'cha':*A"
    assert prefix_query_text("耳") == "'耳':*"
    assert prefix_query_text("o") == ""
    assert prefix_query_text("'") == ""


def test_single_letters_ask_for_nothing_however_many_they_are() -> None:
    assert [prefix_query_text(typed) for typed in ("a b", "a b c", "- x y", "1 2")] == [""] * 4
    assert prefix_query_text("oak c") == "'oak':A"
    assert prefix_query_text("t shirt") == "'t':A & 'shirt':*A"
    assert prefix_query_text("a 耳") == "'a':A & '耳':*"


def test_titles_are_compared_by_their_words() -> None:
    assert title_start("Cámara  DSLR-5000, " + "x" * 80) == "camara dslr 5000 " + "x" * 43
