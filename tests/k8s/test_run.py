"""The drill's manifests, played as processes of this machine while they are killed."""

from __future__ import annotations

import os

import pytest

from mz.k8s.check import K8S
from mz.k8s.pods import expanded, sources
from mz.k8s.run import run
from mz.operate.datadir import DataDir
from tests.scratch import scratch


def test_a_reference_in_a_value_is_the_variable_before_it() -> None:
    assert expanded("$(POD_IP):8100 $(NOBODY)", {"POD_IP": "127.77.1.1"}) == "127.77.1.1:8100 $(NOBODY)"


def test_the_path_of_a_pod_is_that_of_the_image() -> None:
    assert {"cli", "libs/common", "services/data-exchange", "outsiders"} <= set(sources())


@pytest.mark.slow
@pytest.mark.skipif(
    os.geteuid() != 0 or "MINGZHENG_K8S_RUN" not in os.environ,
    reason="by hand: minutes on an idle machine, and root, to become the users of the manifests",
)
async def test_the_manifests_run_and_lose_nothing_while_pods_are_killed() -> None:
    with scratch() as folder:
        outcome = await run(DataDir(folder / "D"), K8S / "overlays" / "drill", minutes=0.3)

    assert outcome.cases >= 1
    assert outcome.killed + outcome.deleted >= 2
    assert (outcome.lost, outcome.findings) == ([], [])
