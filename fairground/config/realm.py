"""A realm is one database: the real one, a demo, a rehearsal. What differs between realms lies outside the tables."""

import os
import re
from dataclasses import dataclass

REAL = "real"
DEMO = "demo"


@dataclass(frozen=True, slots=True)
class Realm:
    """Which database this process works on, and what it may do outside of it."""

    name: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", self.name):
            raise ValueError(f"a realm's name is lower-case letters, digits and _, at most 40: not {self.name!r}")

    @classmethod
    def current(cls) -> "Realm":
        """Return the realm of this process, which `FAIRGROUND_REALM` names; without it the real one."""
        return cls(os.environ.get("FAIRGROUND_REALM", REAL))

    @property
    def is_real(self) -> bool:
        """Whether mail, webhooks and providers may be reached from here."""
        return self.name == REAL

    @property
    def is_demo(self) -> bool:
        """Whether its people are made up, so that anybody at this machine may look through their eyes."""
        return self.name == DEMO

    def database(self, real_database: str = "fairground") -> str:
        """Return the name of the realm's database, beside the real one."""
        return real_database if self.is_real else f"{real_database}_{self.name}"
