"""The OS account PostgreSQL runs under: ours, or an unprivileged one when we are root."""

import os
import pwd
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from fairground.config.cluster.errors import NoPermissionError, NoUnprivilegedAccountError

# `postgres` where a distribution made it for this very purpose, otherwise the account every Unix has.
UNPRIVILEGED_ACCOUNTS = ("postgres", "nobody")

# No PG… variable of the operator's shell may reach the server; messages in English, since we read them.
CLEAN_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True)
class Account:
    name: str
    uid: int
    gid: int
    is_dropped_to: bool

    def run(
        self, argv: Sequence[str | Path], *, output: IO[bytes] | int = subprocess.PIPE
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a program under this account, both outputs into `output`.

        In a session of its own, so a Ctrl-C meant for the supervisor does not reach it; the working directory
        is `/`, since the account may not be allowed into ours.

        :raises NoPermissionError: we may not change to the account, or it may not run the program.
        """
        identity = {"user": self.uid, "group": self.gid, "extra_groups": ()} if self.is_dropped_to else {}
        try:
            return subprocess.run(  # type: ignore[call-overload,no-any-return]
                [os.fspath(part) for part in argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=CLEAN_ENVIRONMENT,
                start_new_session=True,
                check=False,
                **identity,
            )
        except PermissionError as error:
            raise NoPermissionError(path=Path(argv[0]), account=self.name, wanted="run") from error

    def can_enter(self, directory: Path) -> bool:
        """Tell whether the account can get to a directory through all its parents."""
        return self.run(["/bin/sh", "-c", 'test -x "$1"', "sh", directory]).returncode == 0

    def own(self, path: Path) -> None:
        """Hand a file or directory to the account; a symbolic link is not followed."""
        if self.is_dropped_to:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def write(self, path: Path, text: str) -> None:
        """Replace a file in a directory of the account's, by a private one it owns.

        By a rename of a fresh file: a link laid in its place by that account is replaced, never followed.
        """
        descriptor, name = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            self.own(Path(name))
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)


def current_account() -> Account:
    """Return the account this process runs under."""
    uid = os.geteuid()
    return Account(name=account_name(uid), uid=uid, gid=os.getegid(), is_dropped_to=False)


def database_account(*, data_dir: Path) -> Account:
    """Choose the account for the PostgreSQL of a data directory.

    Ours, unless we are root: then the owner of the data, and for new data the first unprivileged account.

    :raises NoUnprivilegedAccountError: we are root and the machine has no such account.
    """
    if os.geteuid() != 0:
        return current_account()
    names = [account_name(data_dir.stat().st_uid)] if data_dir.exists() and data_dir.stat().st_uid else []
    for name in (*names, *UNPRIVILEGED_ACCOUNTS):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid, is_dropped_to=True)
    raise NoUnprivilegedAccountError(tried=UNPRIVILEGED_ACCOUNTS)


def account_name(uid: int) -> str:
    """Return an account's name, or its number where it has none (some containers)."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
