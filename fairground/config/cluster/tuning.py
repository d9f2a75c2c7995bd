"""The embedded PostgreSQL's settings: many small durable batches, on a machine shared with their senders."""

import os
from dataclasses import dataclass
from pathlib import Path

from fairground.config.cluster.account import Account, account_name

ROLE = "fairground"
MIB = 1 << 20
GIB = 1 << 30


@dataclass(frozen=True)
class Machine:
    memory_bytes: int
    free_disk_bytes: int


def machine_at(*, directory: Path) -> Machine:
    """Measure the memory we may use (a container's limit counts) and the free disk."""
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = Path("/sys/fs/cgroup/memory.max")
    if limit.exists() and (text := limit.read_text(encoding="ascii").strip()).isdigit():
        memory_bytes = min(memory_bytes, int(text))
    disk = os.statvfs(directory)
    return Machine(memory_bytes=memory_bytes, free_disk_bytes=disk.f_bavail * disk.f_frsize)


# Long, since it is one file of settings, each with its reason beside it.
def render_settings(*, machine: Machine, socket_dir: Path) -> str:
    """Write postgresql.conf; an operator's ALTER SYSTEM wins over it."""
    # An eighth, not the usual quarter: web processes and the crowd of a rehearsal live on the same machine.
    # 2 GiB of memory gives 256 MiB; beyond 4 GiB the hot rows (stock, accounts, today's orders) fit anyway.
    shared_mib = max(128, min(4096, machine.memory_bytes // 8 // MIB))
    # A forced checkpoint in the opening second would cost the rush its disk, so several GiB of log
    # may gather; never more than a fifth of what is free.
    max_wal_mib = max(512, min(4096, machine.free_disk_bytes // 5 // MIB))
    return f"""\
# Written by Fairground at every start; ALTER SYSTEM (postgresql.auto.conf) is for settings of your own.

# Nobody reaches it over a network, and only accounts that pg_ident.conf maps through the private socket.
listen_addresses = ''
unix_socket_directories = '{socket_dir}'
unix_socket_permissions = 0700
# Two web processes, their writers and readers, jobs, a rehearsal and a backup take about 40.
max_connections = 64

# A confirmed order survives kill -9 and loss of power: PostgreSQL's defaults, written down as a promise.
fsync = on
synchronous_commit = on
full_page_writes = on
# What compressing a page saves on disk it takes from the writers' cores (pglz; lz4 is not in the wheel).
wal_compression = off
# pg_basebackup and a standby stay possible; `minimal` would save only on bulk loads of new tables.
wal_level = replica
max_wal_senders = 2

# Memory.
shared_buffers = {shared_mib}MB
effective_cache_size = {max(256, machine.memory_bytes // 2 // MIB)}MB
# A batch of some thousand orders must fit, or it writes its log twice.
wal_buffers = 16MB
work_mem = 8MB
maintenance_work_mem = {max(64, min(512, machine.memory_bytes // 32 // MIB))}MB

# Checkpoints: rare, spread over the time between two, on log files that are used again, not made anew.
max_wal_size = {max_wal_mib}MB
min_wal_size = {max_wal_mib // 4}MB
checkpoint_timeout = 15min
checkpoint_completion_target = 0.9
log_checkpoints = on

# Hot tables (stock, counters, the writer's row) change the same rows again and again: clean them early.
autovacuum_naptime = 15s
autovacuum_max_workers = 2
autovacuum_vacuum_scale_factor = 0.02
autovacuum_vacuum_threshold = 1000
autovacuum_analyze_scale_factor = 0.05
autovacuum_vacuum_cost_limit = 1000

# Short statements: compiling one (jit) or splitting it over processes costs more than running it.
jit = off
max_parallel_workers_per_gather = 0
max_parallel_maintenance_workers = 0
# Reports read cold tables while the writers sell: two processes read ahead (io_uring is not in the wheel).
io_method = worker
io_workers = 2
# A read of any page costs the same on a solid-state disk.
random_page_cost = 1.1

# A program that hangs inside a transaction would hold its locks for ever.
idle_in_transaction_session_timeout = 5min
restart_after_crash = on

# The log goes to the file that pg_ctl was given. It holds no statement, value or key: personal data.
logging_collector = off
log_destination = 'stderr'
log_line_prefix = '%m [%p] %d '
log_min_messages = warning
log_min_error_statement = panic
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_error_verbosity = terse
log_timezone = 'UTC'
timezone = 'UTC'
lc_messages = 'C'
default_text_search_config = 'pg_catalog.simple'
"""


def render_access(*, account: Account) -> dict[str, str]:
    """Write pg_hba.conf and pg_ident.conf, by file name.

    The kernel vouches for who is at the other end of the socket (peer). Let in are the account PostgreSQL
    runs under and the one that starts it, which differ where that is root.
    """
    names = dict.fromkeys((account.name, account_name(os.geteuid())))
    return {
        "pg_hba.conf": (
            "# Written by Fairground at every start.\n"
            f"local all         all peer map={ROLE}\n"
            f"local replication all peer map={ROLE}\n"
        ),
        "pg_ident.conf": "# Written by Fairground at every start.\n"
        + "".join(f'{ROLE} "{name}" {ROLE}\n' for name in names),
    }
