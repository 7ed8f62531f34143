"""Time stamp tokens of any length, found by authority: a token with its chain is too long for a key of an index."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0006"


def upgrade() -> None:
    op.execute("""
ALTER TABLE ledger.time_token DROP CONSTRAINT time_token_pkey;
-- By authority first: the newest token up to a size, and the first after it, are each one step in this index.
CREATE UNIQUE INDEX a_token_is_kept_once ON ledger.time_token (log_id, authority, size, sha256(token));
""")
