"""What all tests share: Hypothesis profiles, and the Chromium of tests that need one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.elasticsearch import server
from tests.elasticsearch.sources import VERSION, NoServerError

# Two busy cores make single examples slow, which is no fault of theirs: no deadline. CI depends on
# the commit alone, so there it is derandomised; the soak looks further.
_slow = [HealthCheck.too_slow]
settings.register_profile("local", deadline=None, suppress_health_check=_slow, max_examples=50)
settings.register_profile("ci", settings.get_profile("local"), derandomize=True, database=None)
settings.register_profile("check", settings.get_profile("local"), max_examples=10)
settings.register_profile("soak", settings.get_profile("local"), max_examples=2000)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "local")

# A test's Elasticsearch lives for seconds: compiled once it starts with two thirds of the CPU. Those of benchmarks are
# not told so.
os.environ.setdefault("ES_JAVA_OPTS", "-XX:TieredStopAtLevel=1")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium. Without one a test is skipped, but in CI it fails."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("no Chromium: .ci/run installs it")
    if found is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    return found


@pytest.fixture(scope="session")
def elasticsearch() -> Iterator[str]:
    """The URL of a real Elasticsearch, the same for all tests; whatever is in it may go.

    TIDEGAUGE_TEST_ES_VERSION asks for another version. Without a server a test is skipped, but in CI it fails.
    """
    running = server.any_server(os.environ.get("TIDEGAUGE_TEST_ES_VERSION", VERSION))
    try:
        url = running.__enter__()
    except NoServerError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"no Elasticsearch: {error}")
        pytest.skip(f"NO ELASTICSEARCH, its store is not tested: {error}")
    yield url
    running.__exit__(None, None, None)


@pytest.fixture
def elastic(elasticsearch: str) -> str:
    """The URL of a real Elasticsearch in which nothing of ours is."""
    server.wipe(elasticsearch)
    return elasticsearch
