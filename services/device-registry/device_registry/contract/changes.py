"""The material change of a device on the wire."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from common.web.wire import In, Text
from device_registry.contract.applications import FunctionOrder, SiteOrder, SubmissionOrder


class MaterialChangeOrder(In):
    """变更申请: what changes and why, and the application with which the device is handed in again (APL 41).

    MOVE has the new `site`; NEW_FUNCTION and LIMIT have all `functions` that the device has from then on; MODEL, a
    recognition model of another major version, has neither. The device leaves service at once.
    """

    kind: Literal["MOVE", "NEW_FUNCTION", "MODEL", "LIMIT"]
    reason: Text
    site: SiteOrder | None = None
    functions: list[FunctionOrder] | None = Field(default=None, min_length=1, max_length=20)
    application: SubmissionOrder
