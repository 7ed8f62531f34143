"""The API reference at /docs: swagger-ui, served from files of an installed package and of this folder alone."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.web.files import SCRIPTED, File, page

_PAGE: Final = page(
    "接口文档 · API reference · 明证 Mingzheng",
    head="""\
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="/docs/favicon.png">""",
    body="""\
<noscript><p>接口文档需要脚本;同样的内容见 <a href="/openapi.json">openapi.json</a>。
This page needs scripts; the same in JSON: <a href="/openapi.json">openapi.json</a>.</p></noscript>
<div id="reference"></div>
<script src="/docs/swagger-ui.js"></script>
<script src="/docs/start.js"></script>""",
)
_START: Final = """\
window.ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  docExpansion: "none",
  validatorUrl: null,
  queryConfigEnabled: false,
});
"""


def _packaged(name: str, media_type: str) -> File:
    return File(files("fastapi_swagger").joinpath("resources", name).read_bytes(), media_type)


FILES: Final = {
    "/docs": File(_PAGE, "text/html", SCRIPTED),
    "/docs/start.js": File(_START.encode(), "text/javascript"),
    "/docs/swagger-ui.js": _packaged("swagger-ui-bundle.js", "text/javascript"),
    "/docs/swagger-ui.css": _packaged("swagger-ui.css", "text/css"),
    "/docs/favicon.png": _packaged("favicon-32x32.png", "image/png"),
}


def reference_router() -> APIRouter:
    """The page and its files."""
    router = APIRouter(include_in_schema=False)

    async def answer(request: Request) -> Response:
        return FILES[request.url.path].answer(request)

    for path in FILES:
        router.add_api_route(path, answer)
    return router
