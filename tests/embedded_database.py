"""A pytest plugin: the tests' own cluster, started before Django looks for a database, destroyed after the last test.

With DATABASE_URL set that server is used instead. FAIRGROUND_TESTS names a cluster of its own, for
who runs beside others (tools/test).
"""

import atexit
import os
from pathlib import Path

from fairground.config.cluster.embedded import Cluster
from fairground.config.home import Home

_HOME = Path(__file__).resolve().parents[1] / ".fairground" / f"tests{os.environ.get('FAIRGROUND_TESTS', '')}"

if "DATABASE_URL" not in os.environ:
    os.environ["FAIRGROUND_HOME"] = str(_HOME)
    _cluster = Cluster(Home(_HOME))
    _cluster.destroy()
    _cluster.start()
    atexit.register(_cluster.destroy)
