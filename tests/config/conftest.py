"""Clusters of the tests' own, stopped and deleted whatever happens."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fairground.config.cluster.embedded import Cluster
from fairground.config.home import Home


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """One that is not started yet."""
    fresh = Cluster(Home(tmp_path / "home"))
    yield fresh
    fresh.destroy()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One that runs, shared by a module's tests; they leave it running and without databases of theirs."""
    shared = Cluster(Home(tmp_path_factory.mktemp("running") / "home"))
    try:
        shared.start()
        yield shared
    finally:
        shared.destroy()
