"""Where the data and the socket lie, so that the database's account reaches them and nobody else does."""

import hashlib
import os
import secrets
import shutil
import stat
from pathlib import Path

from fairground.config.cluster.account import Account
from fairground.config.cluster.binaries import SYSTEM_STORE, make_passable
from fairground.config.cluster.errors import DataLostError, NoPermissionError, SocketDirectoryTakenError
from fairground.config.home import Home


def data_dir_of(*, home: Home) -> Path:
    """Return the real data directory of a home, which need not exist yet.

    :raises DataLostError: the home's `data` is a link to something that is not there.
    """
    if home.data.is_symlink() and not home.data.exists():
        raise DataLostError(link=home.data, target=home.data.readlink())
    return home.data.resolve()


def choose_new_data_dir(*, home: Home, account: Account) -> Path:
    """Choose where new data goes: into the home, if the account can get there.

    If it can't (root's home below a 0700 directory), into a directory of its own under /var/lib/fairground,
    named at random so that a later clone at the same path never finds an earlier one's data;
    `link_data_dir` then lays a link to it into the home.
    """
    if not account.is_dropped_to or account.can_enter(home.path):
        return home.data
    try:
        make_passable(SYSTEM_STORE)
        store = SYSTEM_STORE / secrets.token_hex(8)
        make_passable(store)
    except PermissionError as error:
        raise NoPermissionError(path=SYSTEM_STORE, account="root", wanted="write") from error
    return store / "data"


def link_data_dir(*, home: Home, data_dir: Path) -> None:
    """Make the home's `data` lead to the data directory, wherever that was put."""
    if data_dir != home.data:
        home.data.symlink_to(data_dir)


def remove_data_dir(*, home: Home) -> None:
    """Delete the data of a home for good."""
    data_dir = data_dir_of(home=home)
    if data_dir.exists():
        shutil.rmtree(data_dir)
    if home.data.is_symlink():
        home.data.unlink()
        data_dir.parent.rmdir()


def socket_dir_of(*, home: Home) -> Path:
    """Name the directory of the socket.

    A socket's path must stay below 100 bytes, which a working copy's need not: so it lies in the
    system's temporary directory, named by what it belongs to, and every process of a home finds it.
    """
    digest = hashlib.sha256(os.fsencode(home.path.resolve() / home.data.name)).hexdigest()
    # Not tempfile.gettempdir(): TMPDIR differs between the processes of one home, and may be long.
    return Path("/tmp") / f"fairground-{digest[:12]}"  # noqa: S108 - its owner and mode are checked before use


def prepare_socket_dir(*, socket_dir: Path, account: Account) -> None:
    """Make the socket's directory, private to the account.

    :raises SocketDirectoryTakenError: something is there that is not ours, or that others can enter.
    """
    try:
        socket_dir.mkdir(mode=0o700)
    except FileExistsError:
        found = socket_dir.lstat()
        private = stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o700  # noqa: PLR2004
        if not private or found.st_uid not in (account.uid, os.geteuid()):
            raise SocketDirectoryTakenError(path=socket_dir, account=account.name) from None
    account.own(socket_dir)


def make_private_dir(*, directory: Path, account: Account) -> None:
    """Make an empty 0700 directory owned by the account, in place of a left-over one."""
    try:
        if directory.exists():
            shutil.rmtree(directory)
        directory.mkdir(mode=0o700)
        account.own(directory)
    except PermissionError as error:
        raise NoPermissionError(path=directory, account=account.name, wanted="write") from error


def free_bytes_at(*, directory: Path) -> int:
    """Tell how much the disk of a directory (it may not exist yet) can take."""
    while not directory.exists():
        directory = directory.parent
    return shutil.disk_usage(directory).free
