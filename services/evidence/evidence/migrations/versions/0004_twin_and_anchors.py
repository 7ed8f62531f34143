"""What else vouches for the log: its SM3 twin, witnesses' cosignatures, time stamps. Entries are not touched."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("""
-- The same entries under SM3 (GB/T 32905): full tiles and checkpoints of <origin>/sm3. The leaf hashes of its open
-- tile are computed from the entries. A log without the suite has no row here.
CREATE TABLE ledger.twin_tile (
    log_id int NOT NULL REFERENCES ledger.log,
    level  smallint NOT NULL CHECK (level BETWEEN 0 AND 7),
    n      bigint NOT NULL CHECK (n >= 0),
    data   bytea NOT NULL CHECK (length(data) = 8192),
    root   bytea NOT NULL CHECK (length(root) = 32),
    PRIMARY KEY (log_id, level, n)
);
CREATE TABLE ledger.twin_checkpoint (
    log_id int NOT NULL REFERENCES ledger.log,
    size   bigint NOT NULL CHECK (size > 0),
    note   bytea NOT NULL,
    PRIMARY KEY (log_id, size)
);

-- A witness's signature line on the checkpoint of this size, newline included: c2sp.org/tlog-cosignature.
CREATE TABLE ledger.cosignature (
    log_id int NOT NULL,
    size   bigint NOT NULL,
    line   text NOT NULL CHECK (line LIKE E'\\u2014 %\\n'),
    PRIMARY KEY (log_id, size, line),
    FOREIGN KEY (log_id, size) REFERENCES ledger.checkpoint
);
-- An RFC 3161 token over the checkpoint note of this size as the log signed it, without cosignatures.
CREATE TABLE ledger.time_token (
    log_id    int NOT NULL,
    size      bigint NOT NULL,
    authority text NOT NULL,
    token     bytea NOT NULL,
    PRIMARY KEY (log_id, size, authority, token),
    FOREIGN KEY (log_id, size) REFERENCES ledger.checkpoint
);

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['twin_tile', 'twin_checkpoint', 'cosignature', 'time_token'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger.%I
                        FOR EACH ROW EXECUTE FUNCTION ledger.deny()', t);
        EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON ledger.%I
                        FOR EACH STATEMENT EXECUTE FUNCTION ledger.deny()', t);
    END LOOP;
END $$;

-- The batch of 0002, and the twin with it: all or nothing. s_note is null for a log without a twin.
DROP FUNCTION ledger.commit_batch;
CREATE FUNCTION ledger.commit_batch(
    p_log int, p_epoch bigint, p_old bigint, p_prev bytea, p_us bigint,
    p_id uuid[], p_leaf bytea[], p_stream text[], p_seq bigint[], p_entry bytea[],
    t_level int[], t_n bigint[], t_data bytea[], t_root bytea[], p_note bytea,
    s_level int[], s_n bigint[], s_data bytea[], s_root bytea[], s_note bytea
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    count int := cardinality(p_id);
BEGIN
    IF count = 0 OR cardinality(p_entry) <> count OR cardinality(p_leaf) <> count
       OR cardinality(p_seq) <> count OR cardinality(p_stream) <> count THEN
        RAISE EXCEPTION 'a batch has as many of each' USING ERRCODE = '22023';
    END IF;
    PERFORM FROM public.ledger_lease WHERE log_id = p_log AND epoch = p_epoch FOR SHARE;
    IF NOT FOUND THEN RAISE EXCEPTION 'fenced' USING ERRCODE = '40001'; END IF;
    UPDATE ledger.log SET size = p_old + count, prev = p_leaf[count], last_us = p_us
        WHERE log_id = p_log AND size = p_old AND prev = p_prev AND last_us <= p_us;
    IF NOT FOUND THEN RAISE EXCEPTION 'fenced' USING ERRCODE = '40001'; END IF;
    INSERT INTO ledger.entry (log_id, idx, record_id, leaf_hash, stream, seq, entry)
        SELECT p_log, p_old + o - 1, i, l, st, sq, e
        FROM unnest(p_id, p_leaf, p_stream, p_seq, p_entry) WITH ORDINALITY AS x (i, l, st, sq, e, o);
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

-- The twin of a log that had none, or whose twin stopped: its missing full tiles and one checkpoint over what is there.
CREATE FUNCTION ledger.catch_up_twin(
    p_log int, p_epoch bigint, p_size bigint,
    s_level int[], s_n bigint[], s_data bytea[], s_root bytea[], s_note bytea
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM public.ledger_lease WHERE log_id = p_log AND epoch = p_epoch FOR SHARE;
    IF NOT FOUND THEN RAISE EXCEPTION 'fenced' USING ERRCODE = '40001'; END IF;
    PERFORM FROM ledger.log WHERE log_id = p_log AND size = p_size;
    IF NOT FOUND THEN RAISE EXCEPTION 'fenced' USING ERRCODE = '40001'; END IF;
    INSERT INTO ledger.twin_tile (log_id, level, n, data, root)
        SELECT p_log, l, n, d, r FROM unnest(s_level, s_n, s_data, s_root) AS y (l, n, d, r);
    INSERT INTO ledger.twin_checkpoint (log_id, size, note) VALUES (p_log, p_size, s_note);
END $$;

-- What others said of a checkpoint. The service may add it: whoever checks, checks their signatures.
CREATE FUNCTION ledger.add_cosignature(p_log int, p_size bigint, p_line text) RETURNS void LANGUAGE sql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO ledger.cosignature (log_id, size, line) VALUES (p_log, p_size, p_line) ON CONFLICT DO NOTHING
$$;
CREATE FUNCTION ledger.add_time_token(p_log int, p_size bigint, p_authority text, p_token bytea) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO ledger.time_token (log_id, size, authority, token)
        VALUES (p_log, p_size, p_authority, p_token) ON CONFLICT DO NOTHING
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO ledger_seq, svc_evidence;
GRANT EXECUTE ON FUNCTION ledger.commit_batch, ledger.catch_up_twin TO ledger_seq;
GRANT EXECUTE ON FUNCTION ledger.add_cosignature, ledger.add_time_token TO ledger_seq, svc_evidence;
""")
