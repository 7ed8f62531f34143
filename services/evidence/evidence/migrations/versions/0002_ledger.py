"""The ledger: entries, full tiles, signed checkpoints, and the one function that appends to them."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("""
-- One partition set per log; a new log, with a new origin, every year. Every column here can be recomputed
-- from the entries and the log's public key, and fsck does: there is nothing a changed bit could hide in.
CREATE SCHEMA ledger;

CREATE TABLE ledger.log (
    log_id  int PRIMARY KEY,
    origin  text NOT NULL UNIQUE,
    size    bigint NOT NULL DEFAULT 0 CHECK (size >= 0),
    prev    bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex') CHECK (length(prev) = 32),
    last_us bigint NOT NULL DEFAULT 0
);

-- No foreign key and no further index: commit_batch ties rows to the log by its compare-and-set, and a
-- per-row foreign key costs a fifth of the insert. UNIQUE (stream, seq) also finds a stream's last record.
CREATE TABLE ledger.entry (
    log_id    int NOT NULL,
    idx       bigint NOT NULL CHECK (idx >= 0),
    record_id uuid NOT NULL,
    leaf_hash bytea NOT NULL CHECK (length(leaf_hash) = 32),
    stream    text NOT NULL,
    seq       bigint NOT NULL CHECK (seq >= 0),
    entry     bytea NOT NULL CHECK (length(entry) BETWEEN 1 AND 65535),
    PRIMARY KEY (log_id, idx),
    CONSTRAINT a_record_enters_a_log_once UNIQUE (log_id, record_id),
    CONSTRAINT a_stream_has_one_record_per_seq UNIQUE (log_id, stream, seq)
) PARTITION BY LIST (log_id);

-- Full tiles only; an open tile is the last leaf hashes, or the last roots of the level below.
CREATE TABLE ledger.tile (
    log_id int NOT NULL,
    level  smallint NOT NULL CHECK (level BETWEEN 0 AND 7),
    n      bigint NOT NULL CHECK (n >= 0),
    data   bytea NOT NULL CHECK (length(data) = 8192),
    root   bytea NOT NULL CHECK (length(root) = 32),
    PRIMARY KEY (log_id, level, n)
) PARTITION BY LIST (log_id);

CREATE TABLE ledger.checkpoint (
    log_id int NOT NULL REFERENCES ledger.log,
    size   bigint NOT NULL CHECK (size > 0),
    note   bytea NOT NULL,
    PRIMARY KEY (log_id, size)
);

CREATE TABLE public.ledger_lease (
    log_id int PRIMARY KEY,
    epoch  bigint NOT NULL
);
COMMENT ON TABLE public.ledger_lease IS
    'operational: the number that fences off a former sequencer; it says nothing about the past';
REVOKE ALL ON public.ledger_lease FROM svc_evidence;

CREATE FUNCTION ledger.deny() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger.% is append-only (%)', TG_TABLE_NAME, TG_OP USING ERRCODE = '42501';
END $$;
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['entry', 'tile', 'checkpoint'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger.%I
                        FOR EACH ROW EXECUTE FUNCTION ledger.deny()', t);
        EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON ledger.%I
                        FOR EACH STATEMENT EXECUTE FUNCTION ledger.deny()', t);
    END LOOP;
END $$;
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON ledger.log FOR EACH STATEMENT EXECUTE FUNCTION ledger.deny();
CREATE TRIGGER never_removed BEFORE DELETE ON ledger.log FOR EACH ROW EXECUTE FUNCTION ledger.deny();

-- The number of the log with this origin, opened if there is none. Statement triggers are not inherited
-- by partitions, so each gets its own.
CREATE FUNCTION ledger.open_log(p_origin text) RETURNS int LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    number int;
    t text;
BEGIN
    LOCK TABLE ledger.log IN SHARE ROW EXCLUSIVE MODE;
    SELECT log_id INTO number FROM ledger.log WHERE origin = p_origin;
    IF FOUND THEN RETURN number; END IF;
    INSERT INTO ledger.log (log_id, origin) SELECT coalesce(max(log_id), 0) + 1, p_origin FROM ledger.log
        RETURNING log_id INTO number;
    INSERT INTO public.ledger_lease (log_id, epoch) VALUES (number, 0);
    FOREACH t IN ARRAY ARRAY['entry', 'tile'] LOOP
        EXECUTE format('CREATE TABLE ledger.%I PARTITION OF ledger.%I FOR VALUES IN (%s)',
                       t || '_' || number, t, number);
        EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON ledger.%I
                        FOR EACH STATEMENT EXECUTE FUNCTION ledger.deny()', t || '_' || number);
        EXECUTE format('GRANT SELECT ON ledger.%I TO ledger_seq, svc_evidence', t || '_' || number);
    END LOOP;
    RETURN number;
END $$;

-- Called by the session that holds the advisory lock, once, before it commits anything.
CREATE FUNCTION ledger.new_epoch(p_log int) RETURNS bigint LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    UPDATE public.ledger_lease SET epoch = epoch + 1 WHERE log_id = p_log RETURNING epoch
$$;

-- One call, one transaction, one fsync: entries, full tiles, signed checkpoint, and the head moved on
-- from exactly where the caller saw it. A caller of an older epoch, or with another head, changes nothing.
CREATE FUNCTION ledger.commit_batch(
    p_log int, p_epoch bigint, p_old bigint, p_prev bytea, p_us bigint,
    p_id uuid[], p_leaf bytea[], p_stream text[], p_seq bigint[], p_entry bytea[],
    t_level int[], t_n bigint[], t_data bytea[], t_root bytea[], p_note bytea
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
    RETURN p_old + count;
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
GRANT USAGE ON SCHEMA ledger TO ledger_seq, svc_evidence;
GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO ledger_seq, svc_evidence;
GRANT EXECUTE ON FUNCTION ledger.open_log, ledger.new_epoch, ledger.commit_batch TO ledger_seq;
""")
