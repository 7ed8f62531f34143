"""Figures of abnormal devices for supervision, on the wire."""

from __future__ import annotations

from typing import Literal

from common.web.wire import Out

DimensionName = Literal["AGENCY", "FLAG", "MONTH", "OFFICER", "TEAM"]


class AnomalyCountView(Out):
    """Of one agency, flag or month (`key`): devices out of line, reviews undecided, of these held and overdue."""

    key: str
    devices: int
    undecided: int
    held: int
    overdue: int


class AnomalyStatisticsView(Out):
    """The counts, by the key. They say where to look; responsibility is for the competent organ."""

    by: DimensionName
    items: list[AnomalyCountView]
