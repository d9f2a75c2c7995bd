"""What pages keep: for a second, or until it has changed."""

import threading

from fairground.sites.moment import UntilChanged, forget_everything


class Shelf:
    """Something slow to read, whose version says whether it changed."""

    def __init__(self) -> None:
        self.version = 1
        self.reads: list[str] = []

    def read(self, name: str) -> str:
        """Return what stands there now."""
        self.reads.append(name)
        return f"{name} {self.version}"


def kept(shelf: Shelf) -> UntilChanged[[str], str]:
    """Return a keeper of what the shelf answers."""
    return UntilChanged(shelf.read, version=lambda: shelf.version)


def until_new(ask: UntilChanged[[str], str]) -> str:
    """Ask until the first answer has been used fifty times as long as reading took, and return the next one."""
    while (answer := ask("lamps")) == "lamps 1":
        threading.Event().wait(0.01)
    return answer


def test_an_answer_is_kept_by_its_arguments() -> None:
    shelf = Shelf()
    ask = kept(shelf)

    assert [ask("lamps"), ask("lamps"), ask("chairs")] == ["lamps 1", "lamps 1", "chairs 1"]
    assert shelf.reads == ["lamps", "chairs"]


def test_what_has_changed_is_asked_anew_when_the_answer_was_worth_its_time() -> None:
    shelf = Shelf()
    ask = kept(shelf)
    ask("lamps")
    shelf.version = 2

    assert until_new(ask) == "lamps 2"
    assert shelf.reads == ["lamps", "lamps"]


def test_while_one_asks_the_others_go_on_with_what_they_have() -> None:
    shelf, reading, go_on = Shelf(), threading.Event(), threading.Event()

    def read(name: str) -> str:
        if shelf.version == 2:
            reading.set()
            assert go_on.wait(60)
        return shelf.read(name)

    ask = UntilChanged(read, version=lambda: shelf.version)
    ask("lamps")
    shelf.version = 2
    answers: list[str] = []
    asking = threading.Thread(target=lambda: answers.append(until_new(ask)))
    asking.start()
    assert reading.wait(60)

    meanwhile = ask("lamps")
    go_on.set()
    asking.join()

    assert (meanwhile, answers, shelf.reads) == ("lamps 1", ["lamps 2"], ["lamps", "lamps"])


def test_who_has_no_answer_waits_for_the_one_who_asks() -> None:
    shelf, reading, go_on = Shelf(), threading.Event(), threading.Event()

    def read(name: str) -> str:
        reading.set()
        assert go_on.wait(60)
        return shelf.read(name)

    ask = UntilChanged(read, version=lambda: shelf.version)
    answers: list[str] = []
    asking = [threading.Thread(target=lambda: answers.append(ask("lamps"))) for _ in range(3)]
    for one in asking:
        one.start()
    assert reading.wait(60)
    go_on.set()
    for one in asking:
        one.join()

    assert (answers, shelf.reads) == (["lamps 1"] * 3, ["lamps"])


def test_a_query_that_fails_lets_the_next_one_ask() -> None:
    shelf = Shelf()
    failing = True

    def read(name: str) -> str:
        if failing:
            raise LookupError
        return shelf.read(name)

    ask = UntilChanged(read, version=lambda: shelf.version)
    try:
        ask("lamps")
    except LookupError:
        failing = False

    assert ask("lamps") == "lamps 1"


def test_forget_everything_lets_an_answer_that_is_kept_be_read_anew() -> None:
    shelf = Shelf()
    ask = kept(shelf)
    ask("lamps")
    forget_everything()

    assert (ask("lamps"), shelf.reads) == ("lamps 1", ["lamps", "lamps"])
