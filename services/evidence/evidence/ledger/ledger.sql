-- The ledger, as the database sees it: entries, full tiles, signed checkpoints, and the functions that append to them.
-- Run once by the first migration of evidence as its owner own_evidence. ledger_seq appends through the functions alone;
-- svc_evidence reads. Append-only: a change is a new migration.

-- One partition for each log; a new log, with a new origin, begins every year. Every column here can be recomputed
-- from the entries and the log's public key, and fsck does that: a changed bit cannot hide.
CREATE SCHEMA ledger;

CREATE TABLE ledger.log (
    log_id  int PRIMARY KEY,
    origin  text NOT NULL UNIQUE,
    size    bigint NOT NULL DEFAULT 0 CHECK (size >= 0),
    prev    bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex') CHECK (length(prev) = 32),
    last_us bigint NOT NULL DEFAULT 0
);

-- No foreign key and no further index: commit_batch ties rows to the log by its compare-and-set, and a
-- foreign key costs a fifth of the insert of a row. UNIQUE (stream, seq) also finds a stream's last record.
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

-- The same entries under SM3 (GB/T 32905): full tiles and checkpoints of <origin>/sm3. The leaf hashes of its open
-- tile are computed from the entries. A log without this suite has no row here.
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

-- A witness's signature line on the checkpoint of this size, newline included: c2sp.org/tlog-cosignature. A line of
-- ML-DSA-44 is too long for a key of an index, so the index holds its beginning: name, key id, time, and hundreds of
-- bits of the signature.
CREATE TABLE ledger.cosignature (
    log_id int NOT NULL,
    size   bigint NOT NULL,
    line   text NOT NULL CHECK (line LIKE E'\u2014 %\n'),
    FOREIGN KEY (log_id, size) REFERENCES ledger.checkpoint
);
CREATE UNIQUE INDEX a_cosignature_is_kept_once ON ledger.cosignature (log_id, size, left(line, 600));

-- An RFC 3161 token over the checkpoint note of this size as the log signed it, without cosignatures. A token with its
-- certificates is too long for a key of an index, so the index holds its hash.
CREATE TABLE ledger.time_token (
    log_id    int NOT NULL,
    size      bigint NOT NULL,
    authority text NOT NULL,
    token     bytea NOT NULL,
    FOREIGN KEY (log_id, size) REFERENCES ledger.checkpoint
);
-- By authority first: the newest token up to a size, and the first after it, are each one step in this index.
CREATE UNIQUE INDEX a_token_is_kept_once ON ledger.time_token (log_id, authority, size, sha256(token));

CREATE TABLE public.ledger_lease (
    log_id     int PRIMARY KEY,
    epoch      bigint NOT NULL,
    leader_url text
);
COMMENT ON TABLE public.ledger_lease IS
    'operational: the number that fences off a former sequencer, and where the present one is reached';
REVOKE INSERT, UPDATE ON public.ledger_lease FROM svc_evidence;

CREATE FUNCTION ledger.deny() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger.% is append-only (%)', TG_TABLE_NAME, TG_OP USING ERRCODE = '42501';
END $$;
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['entry', 'tile', 'checkpoint', 'twin_tile', 'twin_checkpoint', 'cosignature', 'time_token']
    LOOP
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

-- Called by the session that leads, with its own number: a predecessor that wakes up cannot name itself.
CREATE FUNCTION ledger.name_leader(p_log int, p_epoch bigint, p_url text) RETURNS void LANGUAGE sql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE public.ledger_lease SET leader_url = p_url WHERE log_id = p_log AND epoch = p_epoch
$$;

-- One call, one transaction, one fsync: entries, full tiles, signed checkpoint, the twin, and the head moved on
-- from exactly where the caller saw it. A caller of an older epoch, or with another head, changes nothing.
-- Ids, streams, numbers and the ends of the entries are separated by blanks, which none of them holds; leaf hashes
-- (32 bytes each) and entries lie one after the other: each element of an array would cost the sequencer a
-- microsecond. s_note is null for a log without a twin.
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

-- The twin of a log that had none, or whose twin stopped: its missing full tiles and one checkpoint over all entries.
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

-- Signatures of others on a checkpoint. The service may add them: every reader verifies the signatures.
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
GRANT USAGE ON SCHEMA ledger TO ledger_seq, svc_evidence;
GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO ledger_seq, svc_evidence;
GRANT EXECUTE ON FUNCTION ledger.open_log, ledger.new_epoch, ledger.name_leader, ledger.commit_batch,
    ledger.catch_up_twin TO ledger_seq;
GRANT EXECUTE ON FUNCTION ledger.add_cosignature, ledger.add_time_token TO ledger_seq, svc_evidence;
