"""The profile of the city: anybody reads which one is in force (APL 5(3); NJ 2)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from case.contract.profile import PointView, ProfileView, SourcedFigureView
from case.runtime import Run
from common.policy import Action, Mandate
from common.values.openpoints import CLOSED_BY, POINTS
from common.values.profile import Profile
from common.web.auth import Allow

router = APIRouter()

Anybody = Annotated[Mandate, Depends(Allow(Action.MATTER_LIST))]


@router.get("/v1/catalogue/profile", summary="本市配置版本 · Read the profile in force")
async def get_profile(runtime: Run, mandate: Anybody) -> ProfileView:
    """The version in force, the figures that the city's own rules set, and the points that are open."""
    profile = runtime.profile
    return ProfileView(
        profile=profile.profile,
        version=profile.version,
        city=profile.city,
        valid_from=profile.valid_from,
        sha256=profile.digest.hex(),
        overrides=[
            SourcedFigureView(
                figure=each.figure,
                level=each.source.level,
                name=each.source.name,
                article=each.source.article,
            )
            for each in profile.overrides
        ],
        points=_points(profile),
    )


def _points(profile: Profile) -> list[PointView]:
    closed = {point.n: point for point in profile.closed_points}
    return [
        PointView(
            n=n,
            question=point.zh,
            question_en=point.en,
            may_be_closed_by=CLOSED_BY,
            closed_by=closed[n].by if n in closed else None,
            closed_on=closed[n].on if n in closed else None,
            in_document=closed[n].in_document if n in closed else None,
        )
        for n, point in POINTS.items()
    ]
