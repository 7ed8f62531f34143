"""Images with their vehicles, in one phase or two (GA/T 1400.4); video and files are no evidence here yet."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request, Response

from common.values.errors import Kind, Refusal
from evidence.intake import answers, nested
from evidence.intake.answers import ItemStatus, of_item
from evidence.intake.arriving import arrive
from evidence.intake.door import admit, intake_of
from evidence.intake.gat1400 import PUSH
from evidence.intake.nested import Group, Shape
from evidence.intake.protocol import PUSHES, Connecting, camera_router
from evidence.intake.receiving import push_of, set_aside, take
from evidence.runtime import Run

router = camera_router()


@router.post("/VIID/Images", summary="上传图像 · Push images with their vehicles", openapi_extra=PUSHES)
async def images(request: Request, runtime: Run, mandate: Connecting) -> Response:
    """Take in images. Each vehicle of an image is a capture, when the image is here; each image is answered."""
    admitted = await admit(request, runtime, mandate, envelope=PUSH)
    groups, push = await push_of(runtime, admitted, Shape.IMAGES)
    statuses = await take(runtime, intake_of(request), push) if push.items else []
    alone = [group for group in groups if not group.vehicles]
    if alone:
        counts = {"VIID_IMAGE_WITHOUT_VEHICLE": len(alone)}
        await set_aside(runtime, admitted, counts, keep=not push.items)
    answered = [_of_image(group, own) for group, own in nested.dealt(groups, statuses)]
    return answers.batch(answered, url=request.url.path, at=runtime.clock())


@router.post(
    "/VIID/Images/{image_id}/Data", summary="上传图像数据 · Push the bytes of an image", openapi_extra=PUSHES
)
async def image_data(
    image_id: Annotated[str, Path(max_length=128)], request: Request, runtime: Run, mandate: Connecting
) -> Response:
    """Take in the bytes of an image that was announced before, within ten minutes of it."""
    admitted = await admit(request, runtime, mandate, envelope=PUSH)
    status = await arrive(runtime, intake_of(request), admitted, image_id)
    return answers.batch([status], url=request.url.path, at=runtime.clock())


async def video(request: Request, runtime: Run, mandate: Connecting) -> Response:
    """Video and other files are no evidence here yet. The sender is asked for its proof first, like every other."""
    await admit(request, runtime, mandate, envelope=PUSH)
    raise Refusal(Kind.NOT_BUILT, "VIID_VIDEO_NOT_BUILT")


async def video_data(
    file_id: Annotated[str, Path(max_length=128, description="FileID")],
    request: Request,
    runtime: Run,
    mandate: Connecting,
) -> Response:
    """The bytes of a video or another file: as `video`."""
    return await video(request, runtime, mandate)


for _name in ("VideoSlices", "Files"):
    for _path, _route in ((f"/VIID/{_name}", video), (f"/VIID/{_name}/{{file_id}}/Data", video_data)):
        router.add_api_route(_path, _route, methods=["POST"], summary="尚未建成 · Not built yet")


def _of_image(group: Group, statuses: list[ItemStatus]) -> ItemStatus:
    """OK where each of its vehicles is OK; else the first that is not."""
    if not group.vehicles:
        return of_item(group.id, Refusal(Kind.INVALID, "VIID_IMAGE_WITHOUT_VEHICLE"))
    return nested.folded(group.id, statuses)
