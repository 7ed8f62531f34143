"""A batch arrives in six pieces instead of five arrays, whose every element cost the sequencer a microsecond."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.execute("""
-- The batch of 0004. Ids, streams, numbers and the ends of the entries are separated by blanks, which none of them
-- holds; leaf hashes (32 bytes each) and entries lie one after the other.
DROP FUNCTION ledger.commit_batch;
CREATE FUNCTION ledger.commit_batch(
    p_log int, p_epoch bigint, p_old bigint, p_prev bytea, p_us bigint,
    p_ids text, p_leaves bytea, p_streams text, p_seqs text, p_ends text, p_entries bytea,
    t_level int[], t_n bigint[], t_data bytea[], t_root bytea[], p_note bytea,
    s_level int[], s_n bigint[], s_data bytea[], s_root bytea[], s_note bytea
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ids uuid[] := string_to_array(p_ids, ' ');
    streams text[] := string_to_array(p_streams, ' ');
    seqs bigint[] := string_to_array(p_seqs, ' ');
    ends int[] := string_to_array(p_ends, ' ');
    count int := cardinality(ids);
BEGIN
    IF count = 0 OR cardinality(streams) <> count OR cardinality(seqs) <> count OR cardinality(ends) <> count
       OR length(p_leaves) <> 32 * count OR length(p_entries) <> ends[count] THEN
        RAISE EXCEPTION 'a batch has as many of each' USING ERRCODE = '22023';
    END IF;
    PERFORM FROM public.ledger_lease WHERE log_id = p_log AND epoch = p_epoch FOR SHARE;
    IF NOT FOUND THEN RAISE EXCEPTION 'fenced' USING ERRCODE = '40001'; END IF;
    UPDATE ledger.log SET size = p_old + count, prev = substr(p_leaves, 32 * count - 31), last_us = p_us
        WHERE log_id = p_log AND size = p_old AND prev = p_prev AND last_us <= p_us;
    IF NOT FOUND THEN RAISE EXCEPTION 'fenced' USING ERRCODE = '40001'; END IF;
    INSERT INTO ledger.entry (log_id, idx, record_id, leaf_hash, stream, seq, entry)
        SELECT p_log, p_old + o - 1, i, substr(p_leaves, 32 * o::int - 31, 32), st, sq,
               substr(p_entries, e_from + 1, e_to - e_from)
        FROM unnest(ids, streams, seqs, 0 || ends[:count - 1], ends)
            WITH ORDINALITY AS x (i, st, sq, e_from, e_to, o);
    IF cardinality(t_n) > 0 THEN
        INSERT INTO ledger.tile (log_id, level, n, data, root)
            SELECT p_log, l, n, d, r FROM unnest(t_level, t_n, t_data, t_root) AS y (l, n, d, r);
    END IF;
    INSERT INTO ledger.checkpoint (log_id, size, note) VALUES (p_log, p_old + count, p_note);
    IF s_note IS NOT NULL THEN
        INSERT INTO ledger.twin_tile (log_id, level, n, data, root)
            SELECT p_log, l, n, d, r FROM unnest(s_level, s_n, s_data, s_root) AS y (l, n, d, r);
        INSERT INTO ledger.twin_checkpoint (log_id, size, note) VALUES (p_log, p_old + count, s_note);
    END IF;
    RETURN p_old + count;
END $$;
REVOKE ALL ON FUNCTION ledger.commit_batch FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.commit_batch TO ledger_seq;
""")
