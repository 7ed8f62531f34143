"""The address of a PostgreSQL server, the roles and databases that we make there, and the password of each role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hmac import digest as hmac_digest
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

import asyncpg

from mz.postgres.machine import PostgresUnavailable

_LARGE_OBJECTS = (
    "lo_creat(integer)", "lo_create(oid)", "lo_from_bytea(oid, bytea)", "lo_put(oid, bigint, bytea)", "lo_unlink(oid)",
    "lo_open(oid, integer)", "lowrite(integer, bytea)", "lo_truncate(integer, integer)",
    "lo_truncate64(integer, bigint)", "lo_import(text)", "lo_import(text, oid)", "lo_export(oid, text)",
)  # fmt: skip


_TLS = ("sslmode", "sslrootcert")


@dataclass(frozen=True)
class Server:
    """The address of a PostgreSQL server, and the password of each role.

    `secret` is None if the server trusts its socket. Otherwise the password of each role is derived from it, so that
    one file is enough for all of them.
    """

    host: str
    port: int
    admin: str = "postgres"
    admin_password: str = field(default="", repr=False)
    admin_database: str = "postgres"
    secret: bytes | None = field(default=None, repr=False)
    tls: tuple[tuple[str, str], ...] = ()
    """`sslmode` and `sslrootcert` as psql has them: every role reaches the server in this way."""

    def url(self, role: str, database: str) -> str:
        """The address of `database` for `role`, as `common.door.address` reads it."""
        password = f":{self.password(role)}" if self.secret else ""
        if self.host.startswith("/"):
            return f"postgresql://{role}{password}@/{database}?host={quote(self.host)}&port={self.port}"
        demands = f"?{urlencode(self.tls, safe='/')}" if self.tls else ""
        return f"postgresql://{role}{password}@{self.host}:{self.port}/{database}{demands}"

    @property
    def environment(self) -> dict[str, str]:
        """What PostgreSQL's own programs read beside the address: the administrator's password, and how to use TLS."""
        password = {"PGPASSWORD": self.admin_password} if self.admin_password else {}
        return password | {f"PG{name.upper()}": value for name, value in self.tls}

    def password(self, role: str) -> str:
        return hmac_digest(self.secret, role.encode(), "sha256").hex() if self.secret else ""

    async def connect(self, database: str | None = None) -> asyncpg.Connection[Any]:
        """A connection as the administrator, for set-up and for tests that break things."""
        return await asyncpg.connect(
            f"postgresql://?{urlencode(self.tls)}" if self.tls else None,
            host=self.host,
            port=self.port,
            user=self.admin,
            password=self.admin_password or None,
            database=database or self.admin_database,
        )


def external(url: str, secret: bytes) -> Server:
    """The server that MINGZHENG_DATABASE_URL names; its user may create roles and databases.

    Raises PostgresUnavailable for an address with several hosts or with parameters that would not be kept.
    """
    parts = urlsplit(url)
    if parts.scheme.partition("+")[0] not in ("postgresql", "postgres"):
        raise PostgresUnavailable(
            "MINGZHENG_DATABASE_URL 须形如 postgresql://user:password@host:5432/postgres (must look like that)"
        )
    query = parse_qs(parts.query, keep_blank_values=True)
    # Each role's address is made from this one. What would be lost on the way, a certificate of one's own for one, is
    # refused.
    lost = sorted(query.keys() - {"host", "port", *_TLS})
    if lost or "," in parts.netloc.rpartition("@")[2] or "," in "".join(query.get("host", [])):
        raise PostgresUnavailable(
            f"MINGZHENG_DATABASE_URL: 不支持这些参数或多台主机 (cannot be kept): {', '.join(lost) or 'host,host'}"
        )
    return Server(
        host=query.get("host", [parts.hostname or "127.0.0.1"])[0],
        port=int(query.get("port", [parts.port or 5432])[0]),
        admin=unquote(parts.username or "postgres"),
        admin_password=unquote(parts.password or ""),
        admin_database=parts.path.lstrip("/") or "postgres",
        secret=secret,
        tls=tuple((name, query[name][0]) for name in _TLS if name in query),
    )


async def prepare(server: Server, databases: Sequence[str]) -> None:
    """Make each database with its own roles. A second run changes nothing.

    `own_<db>` owns the database and runs migrations, `svc_<db>` is the service, `relay_<db>` reads its
    outbox, `ledger_seq` writes the ledger of `evidence`. None is a superuser, none may enter another's
    database.
    """
    admin = await server.connect()
    try:
        for database in databases:
            for role in _roles_of(database):
                await _ensure_role(admin, server, role)
            if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database):
                await admin.execute(
                    f'CREATE DATABASE "{database}" OWNER own_{database} TEMPLATE template0 ENCODING UTF8'
                )
            await _close_to_others(admin, database, _roles_of(database))
            await _close_large_objects(server, database)
    finally:
        await admin.close()


async def clone(server: Server, template: str, database: str) -> None:
    """Copy the migrated database `template`, to which nobody may be connected."""
    await clone_all(server, {template: database})


async def clone_all(server: Server, copies: Mapping[str, str]) -> None:
    """Copy each template in `copies` to the name that it maps to. Nobody may be connected to a template."""
    admin = await server.connect()
    try:
        for template, database in copies.items():
            query = "SELECT datdba::regrole::text FROM pg_database WHERE datname = $1"
            owner = await admin.fetchval(query, template)
            await admin.execute(
                f'CREATE DATABASE "{database}" TEMPLATE "{template}" STRATEGY file_copy OWNER {owner}'
            )
            # Rights on the database itself are not copied with it.
            await _close_to_others(admin, database, _roles_of(owner.removeprefix("own_")))
    finally:
        await admin.close()


def _roles_of(database: str) -> list[str]:
    roles = [f"own_{database}", f"svc_{database}", f"relay_{database}"]
    return [*roles, "ledger_seq"] if database == "evidence" else roles


async def _close_to_others(admin: asyncpg.Connection[Any], database: str, roles: Sequence[str]) -> None:
    """Let only `roles` connect, and nobody make a temporary table, because its maker could give it a trigger."""
    await admin.execute(f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC')
    await admin.execute(f'GRANT CONNECT ON DATABASE "{database}" TO {", ".join(roles)}')


async def _close_large_objects(server: Server, database: str) -> None:
    """Forbid large objects: neither the record nor fsck would see bytes in them.

    A copy of the database has the same rights on its functions. An administrator who does not own these functions
    cannot take the right away. Then the rights stay as the provider set them.
    """
    admin = await server.connect(database)
    try:
        with suppress(asyncpg.InsufficientPrivilegeError):
            await admin.execute(f"REVOKE EXECUTE ON FUNCTION {', '.join(_LARGE_OBJECTS)} FROM PUBLIC")
    finally:
        await admin.close()


async def _ensure_role(admin: asyncpg.Connection[Any], server: Server, role: str) -> None:
    if not await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
        try:
            await admin.execute(f"CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE")
        except asyncpg.DuplicateObjectError:
            pass  # another process that prepares the same server made the role first
        # An administrator who is no superuser can give a database to a role only as its member.
        await admin.execute(f"GRANT {role} TO CURRENT_USER")
    if server.secret:
        await admin.execute(f"ALTER ROLE {role} PASSWORD '{server.password(role)}'")
