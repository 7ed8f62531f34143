"""Signing in and out: at the city's identity provider, or with the query code of one case."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.web.signin import code, key, openid, people

router = APIRouter()
router.include_router(openid.router)
router.include_router(people.router)
router.include_router(code.router)
router.include_router(key.router)
