"""What can be wrong with the database, each told as: what happened, what is safe, what to do."""

from pathlib import Path


class ClusterError(Exception):
    """The database can't be used; the message is a paragraph for the operator."""


class OtherMajorVersionError(ClusterError):
    def __init__(self, *, data_dir: Path, found: str, needed: int) -> None:
        self.data_dir, self.found, self.needed = data_dir, found, needed
        super().__init__(
            f"The data in {data_dir} was written by PostgreSQL {found}; this Fairground runs PostgreSQL "
            f"{needed}. Nothing was changed and the data is safe. Run `fairground backup` with the "
            "Fairground that wrote it, move the directory away, and run `fairground restore` here."
        )


class DiskFullError(ClusterError):
    def __init__(self, *, path: Path, free_bytes: int, needed_bytes: int | None = None) -> None:
        self.path, self.free_bytes, self.needed_bytes = path, free_bytes, needed_bytes
        needed = "" if needed_bytes is None else f", and {needed_bytes >> 20} MiB are needed"
        super().__init__(
            f"The disk that holds {path} is full: {free_bytes >> 20} MiB are free{needed}. Everything "
            "that was committed is safe. Make room on that disk (never by deleting files inside the "
            "data directory), then start again."
        )


class NoPermissionError(ClusterError):
    def __init__(self, *, path: Path, account: str, wanted: str) -> None:
        self.path, self.account, self.wanted = path, account, wanted
        super().__init__(
            f"The account {account} may not {wanted} {path}. Nothing was changed. Give {account} that "
            "right, or set FAIRGROUND_HOME to a directory it owns, then start again."
        )


class AlreadyRunningError(ClusterError):
    def __init__(self, *, home: Path, pid: int | None, address: str | None) -> None:
        self.home, self.pid, self.address = home, pid, address
        super().__init__(
            f"Fairground is already running on {home}: process {pid or 'unknown'} at "
            f"{address or 'no address yet'}. It goes on undisturbed. Use it, stop it with Ctrl-C or "
            f"`kill {pid or 'PID'}`, or set FAIRGROUND_HOME to another directory to run a second one."
        )


class PortTakenError(ClusterError):
    def __init__(self, *, host: str, port: int, reason: str) -> None:
        self.host, self.port, self.reason = host, port, reason
        super().__init__(
            f"Fairground can't listen on {host}:{port}: {reason}. Nothing was started. Stop the program "
            f"that has the port (`ss -ltnp 'sport = :{port}'` names it), or choose another with --port."
        )


class ServerUnreachableError(ClusterError):
    def __init__(self, *, address: str, reason: str) -> None:
        self.address, self.reason = address, reason
        super().__init__(
            f"The database at {address}, named by DATABASE_URL, does not answer: {reason}. Nothing was "
            "changed. Check that it runs and that this machine may reach it, correct DATABASE_URL, or "
            "unset it to use the database that comes with Fairground."
        )


class ServerTooOldError(ClusterError):
    def __init__(self, *, address: str, found: str, needed: int) -> None:
        self.address, self.found, self.needed = address, found, needed
        super().__init__(
            f"The database at {address}, named by DATABASE_URL, is PostgreSQL {found}; Fairground needs "
            f"{needed} or newer. Nothing was changed. Upgrade that server, or unset DATABASE_URL to use "
            "the database that comes with Fairground."
        )


class BinariesMissingError(ClusterError):
    def __init__(self, *, path: Path, needed: int) -> None:
        self.path, self.needed = path, needed
        super().__init__(
            f"PostgreSQL {needed} is not at {path}. Your data was not touched. Install the locked "
            f"requirements again (`make install`), or set DATABASE_URL to a PostgreSQL {needed} of your "
            "own."
        )


class NoUnprivilegedAccountError(ClusterError):
    def __init__(self, *, tried: tuple[str, ...]) -> None:
        self.tried = tried
        super().__init__(
            "PostgreSQL refuses to run as root, and this machine has none of the accounts "
            f"{', '.join(tried)} to run it as. Nothing was changed. Run Fairground as an ordinary "
            "account, or set DATABASE_URL."
        )


class SocketDirectoryTakenError(ClusterError):
    def __init__(self, *, path: Path, account: str) -> None:
        self.path, self.account = path, account
        super().__init__(
            f"{path}, where the database's socket belongs, is not a private directory of {account}. It "
            "may be somebody's attempt to pose as your database, so nothing was started. Look at it, "
            "remove it, start again."
        )


class DataLostError(ClusterError):
    def __init__(self, *, link: Path, target: Path) -> None:
        self.link, self.target = link, target
        super().__init__(
            f"{link} points to {target}, where the data was put, and that is not there. Nothing was "
            f"changed. Mount or move the data back to {target}; if you want to begin anew, remove the "
            f"link {link}."
        )


class StartFailedError(ClusterError):
    def __init__(self, *, log: Path, last_lines: str) -> None:
        self.log, self.last_lines = log, last_lines
        super().__init__(
            "PostgreSQL did not start. What was committed is safe in its files. The end of its log, "
            f"{log}, says:\n{last_lines or '(nothing)'}"
        )


class StopFailedError(ClusterError):
    def __init__(self, *, pid: int) -> None:
        self.pid = pid
        super().__init__(
            f"PostgreSQL, process {pid}, does not stop, not even when told to at once. What was "
            "committed is safe. Look what holds it (often a disk that does not answer), then `kill "
            f"{pid}`; the next start recovers."
        )


class DatabaseInUseError(ClusterError):
    def __init__(self, *, database: str, connections: int) -> None:
        self.database, self.connections = database, connections
        super().__init__(
            f"{connections} connections use the database {database}. Nothing was changed. Stop "
            "`fairground up` and whatever else uses it, then try again."
        )


class DatabaseNotEmptyError(ClusterError):
    def __init__(self, *, database: str) -> None:
        self.database = database
        super().__init__(
            f"The database {database} has tables already. Nothing was changed. Restore into another "
            "name, or say --replace to throw away what is in it."
        )


class BackupUnusableError(ClusterError):
    def __init__(self, *, source: Path, reason: str) -> None:
        self.source, self.reason = source, reason
        super().__init__(
            f"The backup {source} can't be used: {reason}. No database was changed. Take another copy "
            "of the backup, or an older one."
        )


class BackupFailedError(ClusterError):
    def __init__(self, *, doing: str, reason: str) -> None:
        self.doing, self.reason = doing, reason
        super().__init__(
            f"It was not possible to {doing}: {reason}. The databases are as they were, and nothing half done is left."
        )


class ChildFailedError(ClusterError):
    def __init__(self, *, name: str, reason: str, log: Path, last_lines: str) -> None:
        self.name, self.reason, self.log, self.last_lines = name, reason, log, last_lines
        super().__init__(
            f"The {name} process {reason}. What was committed is safe. The end of its log, {log}, "
            f"says:\n{last_lines or '(nothing)'}"
        )
