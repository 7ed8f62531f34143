"""The overlays of k8s/, rendered once for all tests of this folder."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import Any

import pytest

from mz.k8s.check import K8S
from mz.k8s.tools import parsed, render


@cache
def text_of(overlay: str) -> str:
    """What kubectl makes of the overlay, as YAML."""
    return render(K8S / "overlays" / overlay)


@cache
def _parsed(overlay: str) -> list[dict[str, Any]]:
    return parsed(text_of(overlay))


@pytest.fixture
def city() -> list[dict[str, Any]]:
    """The manifests of a city and of the second bureau, to be changed freely."""
    return deepcopy([*_parsed("city"), *_parsed("bureau")])
