"""Where the sequencer that leads is reached, for those that stand by."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("""
ALTER TABLE public.ledger_lease ADD COLUMN leader_url text;
COMMENT ON TABLE public.ledger_lease IS
    'operational: the number that fences off a former sequencer, and where the present one is reached';
GRANT SELECT ON public.ledger_lease TO svc_evidence;

-- Called by the session that leads, with its own number: a predecessor that wakes up names itself no more.
CREATE FUNCTION ledger.name_leader(p_log int, p_epoch bigint, p_url text) RETURNS void LANGUAGE sql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE public.ledger_lease SET leader_url = p_url WHERE log_id = p_log AND epoch = p_epoch
$$;
REVOKE ALL ON FUNCTION ledger.name_leader FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.name_leader TO ledger_seq;
""")
