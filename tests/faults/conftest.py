"""An installation of the tests' own, filled once and destroyed after the last test."""

from collections.abc import Iterator

import pytest

from fairground.config.cluster.embedded import Cluster
from fairground.config.home import Home
from tests.faults.programs import Installation


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Nothing of it runs yet."""
    cluster = Cluster(Home(tmp_path_factory.mktemp("installation") / "home"))
    try:
        yield Installation(cluster)
    finally:
        cluster.destroy()
