"""The commands behind `./mz`: the top layer, which imports anything and is imported by nobody."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PORT = 8080
