"""Commands that take `--realm`."""

import os
import sys

from fairground.config.realm import Realm


def enter_realm(name: str) -> None:
    """Go on in the realm `name`: settings are read once a process, so the command starts again if it is another one."""
    if Realm.current().name != Realm(name).name:
        os.execve(  # noqa: S606 - our own interpreter, our own arguments
            sys.executable,
            [sys.executable, "-m", "fairground", *sys.argv[1:]],
            {**os.environ, "FAIRGROUND_REALM": name},
        )
