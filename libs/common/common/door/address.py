"""The address of a database as every tool writes it: postgresql://user@host:5432/database.

    postgresql://svc_case@db.example:5432/case?sslmode=verify-full
    postgresql://svc_case@/case?host=/run/postgresql              a socket
    postgresql://svc_case@a.example,b.example/case?target_session_attrs=read-write

SQLAlchemy writes postgresql+asyncpg:// and knows other parameters. Here the driver itself reads the address, so that
sslmode, passfile and several hosts mean what they mean to psql.
"""

from __future__ import annotations

from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import asyncpg
from pydantic import AfterValidator
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

_SCHEMES: Final = ("postgresql", "postgres")


def plain(url: str) -> str:
    """The address without the name of a driver. Raises ValueError, which does not repeat it, for anything else."""
    scheme, separator, rest = url.strip().partition("://")
    kind = scheme.partition("+")[0]
    try:
        is_readable = kind in _SCHEMES and bool(separator) and bool(urlsplit(f"{kind}://{rest}").path[1:])
    except ValueError:
        is_readable = False
    if not is_readable:
        raise ValueError("须形如 postgresql://user@host:5432/database (must look like that)")
    return f"postgresql://{rest}"


DatabaseUrl = Annotated[str, AfterValidator(plain)]
"""A setting that names a database. It may hold a password, so it may also be given by the path of a file."""


def engine_at(url: str, *, settings: dict[str, str] | None = None, **options: Any) -> AsyncEngine:
    """The engine of the database at `url`. `settings` are those of its sessions; nothing is opened before its use."""
    address = plain(url)

    async def connect() -> Any:
        return await asyncpg.connect(address, server_settings=settings)

    # An error of the database is logged with its trace. Names and plates are parameters: hide them.
    return create_async_engine(
        "postgresql+asyncpg://", async_creator=connect, hide_parameters=True, **options
    )


def said_by(error: Exception) -> str:
    """Why a database could not be used, in one line without the address: that may hold a password."""
    if isinstance(error, OSError):
        return error.strerror or "no answer"
    return str(error).splitlines()[0] if str(error) else "no answer"
