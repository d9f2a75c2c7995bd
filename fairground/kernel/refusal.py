"""Refusal: the shop said no for a reason that a person can be told."""

import re


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """One subclass a reason, its facts as attributes; the words and the HTTP code belong to the site.

    An action raises it; in a batch it is returned as a value. Whoever gets one knows that nothing changed.
    """

    code: str = "refused"

    def __init_subclass__(cls) -> None:
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()

    def __init__(self, **facts: object) -> None:
        super().__init__()
        self.facts = facts

    def __str__(self) -> str:
        return f"{self.code} {self.facts}"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, Refusal) and self.facts == other.facts

    def __hash__(self) -> int:
        return hash(self.code)
