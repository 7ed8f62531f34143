"""The party's pages. They work without scripts, large, printed and read aloud."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
