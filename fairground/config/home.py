"""The directory that holds all that an installation keeps: data, logs, reports, backups, its secret key."""

import contextlib
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from fairground.config.cluster.errors import NoPermissionError

WORKING_COPY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Home:
    path: Path

    @classmethod
    def default(cls, *, environ: Mapping[str, str] = os.environ) -> "Home":
        """Name the home of this installation, without making it.

        FAIRGROUND_HOME decides; without it, `.fairground` in the working copy, or, where Fairground is
        installed as a package, in the current directory.
        """
        chosen = environ.get("FAIRGROUND_HOME")
        if chosen:
            return cls(Path(chosen).expanduser().absolute())
        within = WORKING_COPY if (WORKING_COPY / "pyproject.toml").exists() else Path.cwd()
        return cls(within / ".fairground")

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def reports(self) -> Path:
        return self.path / "reports"

    @property
    def backups(self) -> Path:
        return self.path / "backups"

    @property
    def letters(self) -> Path:
        """What demos and rehearsals would have sent by e-mail."""
        return self.path / "letters"

    def pictures(self, *, database: str) -> Path:
        """Return where the pictures of a realm's goods are: what one realm forgets, no other may miss."""
        return self.path / "pictures" / quote(database, safe="")

    def prepare(self) -> None:
        """Make the directories that are missing; safe to call at any time.

        Everything is for the owner only. For root the home itself can be passed through (0711), since
        PostgreSQL runs under another account there and owns `data`; all else in it stays 0700. A directory
        that was there before keeps its mode.

        :raises NoPermissionError: the home can't be made or is somebody else's.
        """
        passable = 0o711 if os.geteuid() == 0 else 0o700
        try:
            if not self.path.exists():
                self.path.mkdir(parents=True, exist_ok=True)
                self.path.chmod(passable)
            for directory in (self.run, self.logs, self.reports, self.backups, self.letters):
                directory.mkdir(mode=0o700, exist_ok=True)
        except PermissionError as error:
            path = Path(error.filename or self.path)
            raise NoPermissionError(path=path, account=f"number {os.geteuid()}", wanted="write") from error

    def secret_key(self) -> str:
        """Return the installation's secret key (0600), made at the first call."""
        return self._secret("secret_key", letters=64)

    def demo_password(self) -> str:
        """Return the password of the demo's sign-ins on this installation (0600), made at the first call."""
        return self._secret("demo_password", letters=12)

    def _secret(self, name: str, *, letters: int) -> str:
        path = self.path / name
        if not path.exists():
            self.prepare()
            _create_once(path=path, text=secrets.token_urlsafe(letters))
        return path.read_text(encoding="ascii")


def _create_once(*, path: Path, text: str) -> None:
    """Two processes may get here together: the first link wins and both read whole contents."""
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(name)
    Path(name).unlink()
