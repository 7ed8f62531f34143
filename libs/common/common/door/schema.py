"""What lies in a database, by PostgreSQL's catalogues: a digest of each object, compared with what the code expects.

    migrations ──./mz golden──▶ <package>/migrations/expected.json ──┐
                                                                    ├─▶ the objects that differ: none, or the service
    live database ──────────────catalogues──▶ digest of each object ┘   is not ready and does nothing

What the code expects is generated from its migrations and committed beside them. A data folder of another commit and a
table that somebody changed by hand look alike here: neither is the schema that this code was tested with.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

log = logging.getLogger(__name__)

EXPECTED: Final = "expected.json"
NAMED_AT_MOST: Final = 3

# Only names and definitions: never an oid, a time, a size or a statistic. What belongs to an extension is left out,
# and so is what PostgreSQL 18 calls a constraint and 17 a property of the column: NOT NULL stands with the column.
_OBJECTS: Final = r"""
WITH ours AS (
    SELECT oid, nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
), foreign_ones AS (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
), tables AS (
    SELECT c.oid, c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, c.relowner, c.relacl,
           c.reloptions, 'table ' || CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname AS name
    FROM pg_class c JOIN ours n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND NOT c.relispartition
      AND NOT EXISTS (SELECT FROM foreign_ones f WHERE f.classid = 'pg_class'::regclass AND f.objid = c.oid)
), routines AS (
    SELECT p.*, 'function ' || CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || p.proname AS name
    FROM pg_proc p JOIN ours n ON n.oid = p.pronamespace
    WHERE NOT EXISTS (SELECT FROM foreign_ones f WHERE f.classid = 'pg_proc'::regclass AND f.objid = p.oid)
)
SELECT name, concat_ws(' ', 'is', relkind, relpersistence, relrowsecurity, relforcerowsecurity, relowner::regrole,
                       array_to_string(reloptions, ','), obj_description(oid, 'pg_class')) AS line FROM tables
UNION ALL
SELECT t.name, concat_ws(' ', 'grant', CASE g.grantee WHEN 0 THEN 'public' ELSE g.grantee::regrole::text END,
                         g.privilege_type, g.is_grantable)
FROM tables t, aclexplode(t.relacl) g
UNION ALL
SELECT t.name, concat_ws(' ', 'column', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
                         a.attgenerated, pg_get_expr(d.adbin, d.adrelid), col_description(t.oid, a.attnum))
FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
     LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
UNION ALL
SELECT t.name, concat_ws(' ', 'column grant', a.attname, g.grantee::regrole, g.privilege_type)
FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid, aclexplode(a.attacl) g
UNION ALL
SELECT t.name, concat_ws(' ', 'constraint', c.conname, pg_get_constraintdef(c.oid), c.convalidated)
FROM tables t JOIN pg_constraint c ON c.conrelid = t.oid AND c.contype NOT IN ('n', 't')
UNION ALL
SELECT t.name, concat_ws(' ', pg_get_indexdef(i.indexrelid), i.indisvalid)
FROM tables t JOIN pg_index i ON i.indrelid = t.oid
UNION ALL
SELECT t.name, concat_ws(' ', pg_get_triggerdef(g.oid), g.tgenabled)
FROM tables t JOIN pg_trigger g ON g.tgrelid = t.oid AND NOT g.tgisinternal
UNION ALL
SELECT t.name, concat_ws(' ', 'policy', p.polname, p.polcmd, p.polpermissive,
                         (SELECT string_agg(r::regrole::text, ',' ORDER BY r::regrole::text) FROM unnest(p.polroles) r),
                         pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
FROM tables t JOIN pg_policy p ON p.polrelid = t.oid
UNION ALL
SELECT t.name, pg_get_viewdef(t.oid) FROM tables t WHERE t.relkind IN ('v', 'm')
UNION ALL
SELECT r.name, concat_ws(' ', pg_get_function_arguments(r.oid), l.lanname, r.prokind, r.prosecdef, r.proisstrict,
                         r.provolatile, r.proparallel,
                         pg_get_function_result(r.oid), r.proowner::regrole, array_to_string(r.proconfig, ','),
                         md5(r.prosrc), md5(pg_get_function_sqlbody(r.oid)))
FROM routines r JOIN pg_language l ON l.oid = r.prolang
UNION ALL
SELECT r.name, concat_ws(' ', 'grant', pg_get_function_identity_arguments(r.oid),
                         CASE g.grantee WHEN 0 THEN 'public' ELSE g.grantee::regrole::text END)
FROM routines r, aclexplode(r.proacl) g
UNION ALL
SELECT 'type ' || t.typname, concat_ws(' ', e.enumsortorder, e.enumlabel)
FROM pg_type t JOIN ours n ON n.oid = t.typnamespace JOIN pg_enum e ON e.enumtypid = t.oid
UNION ALL
SELECT 'type ' || t.typname, concat_ws(' ', c.conname, pg_get_constraintdef(c.oid))
FROM pg_type t JOIN ours n ON n.oid = t.typnamespace JOIN pg_constraint c ON c.contypid = t.oid
UNION ALL
SELECT 'extension ' || extname, 'is there' FROM pg_extension WHERE extname <> 'plpgsql'
"""


def advice(service: str, differing: Iterable[str]) -> str:
    """One line for the operator: what does not fit, and what to do. Chinese first."""
    names = list(differing)
    shown = "、".join(names[:NAMED_AT_MOST])
    return (
        f"{service}: 数据库结构与本程序不符,共 {len(names)} 处({shown}):停止服务后运行 ./mz upgrade,它先说明要做什么;"
        f"单独部署的服务运行 python -m {service.replace('-', '_')} migrate "
        f"(the schema is not what this code expects, in {len(names)} places; stop, then run ./mz upgrade)"
    )


def digests(connection: Connection) -> dict[str, str]:
    """The digest of each object of this database by its name, `table cases`, `function guard`. Writes nothing."""
    lines: dict[str, list[str]] = defaultdict(list)
    # Without it a name would be printed with or without its schema as the session's path happens to be.
    connection.exec_driver_sql("SELECT set_config('search_path', 'pg_catalog', true)")
    for name, line in connection.exec_driver_sql(_OBJECTS):
        lines[name].append(line)
    return {name: _digest("\n".join(sorted(found))) for name, found in sorted(lines.items())}


def differing(expected: Mapping[str, str], live: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the objects that are missing, changed or too many. A further extension does no harm."""
    names = expected.keys() | {name for name in live if not name.startswith("extension ")}
    return tuple(sorted(name for name in names if expected.get(name) != live.get(name)))


def folder_of(package: str) -> Path:
    """The folder `migrations` of a service's package. Raises ValueError if there is no such package."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ValueError(f"there is no package {package}")
    return Path(spec.origin).parent / "migrations"


def expected_of(package: str) -> dict[str, str]:
    """The digest of each object that the migrations of `package` make."""
    document: dict[str, Any] = json.loads((folder_of(package) / EXPECTED).read_text())
    return dict(document["objects"])


@dataclass
class SchemaCheck:
    """Whether the database behind `engine` is as `service` expects it.

    `found` are the objects that differed when it was last looked. Once a schema fits it is not read again: whoever
    changes it under a running service has to be its owner, and fsck and the next start find it.
    """

    service: str
    engine: AsyncEngine
    found: tuple[str, ...] = ()
    _has_fitted: bool = False
    _one_looks: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def fits(self) -> bool:
        """Whether it was as expected when it was last looked."""
        return not self.found

    async def look(self) -> tuple[str, ...]:
        """The names of the objects that differ; none once they have fitted. Raises what the database raises."""
        # One reading at a time: /readyz may be asked by anybody, and the catalogue is large.
        async with self._one_looks:
            if self._has_fitted:
                return ()
            async with self.engine.connect() as connection:
                live = await connection.run_sync(digests)
                self.found = differing(expected_of(self.service.replace("-", "_")), live)
                await connection.rollback()
            self._has_fitted = not self.found
            return self.found


def recipe() -> str:
    """What changes when the digests of an unchanged schema would."""
    return _digest(_OBJECTS)


def _digest(lines: str) -> str:
    return hashlib.sha256(lines.encode()).hexdigest()[:16]
