-- The part of the door that is in the database. The first migration of every service runs it as the owner role
-- own_<x>. svc_<x> is the role of the service, relay_<x> the role that carries records to the ledger.

-- The signed records, each stored in the transaction whose rows it explains. Nobody may change or delete a row.
CREATE TABLE outbox (
    record_id   uuid PRIMARY KEY,
    stream      text NOT NULL,
    seq         bigint NOT NULL CHECK (seq >= 0),
    type        text NOT NULL,
    recorded_at timestamptz NOT NULL,
    note        bytea NOT NULL,
    UNIQUE (stream, seq)
);

-- The last record of each stream. Every change locks it, so that the order of seq is the order of commits.
CREATE TABLE stream_head (
    stream text PRIMARY KEY,
    seq    bigint NOT NULL,
    prev   bytea NOT NULL CHECK (length(prev) = 32)
);

-- The records that the relay has not carried yet. For the guard below a row is also the proof that its transaction
-- recorded something: only a trigger inserts here, in the statement that stored the record, and the service has no
-- right to. So no foreign key looks the record up once more.
CREATE TABLE outbox_pending (
    record_id uuid PRIMARY KEY,
    stream    text NOT NULL,
    seq       bigint NOT NULL,
    xid       xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX outbox_pending_of_a_transaction ON outbox_pending (stream, xid);
COMMENT ON TABLE outbox_pending IS 'operational: emptied as records reach the ledger; outbox is what counts';

-- Where the ledger put each record.
CREATE TABLE receipts (
    record_id uuid PRIMARY KEY REFERENCES outbox,
    index     bigint NOT NULL UNIQUE CHECK (index >= 0),
    leaf_hash bytea NOT NULL CHECK (length(leaf_hash) = 32)
);

-- Salt and value behind each salted commitment of a record, sealed under the secret of its stream. No database and no
-- backup of a database holds the secret (common/door/secrets.py). Without it salt and value are erased; the proofs stay.
CREATE TABLE disclosures (
    digest bytea PRIMARY KEY CHECK (length(digest) = 32),
    stream text NOT NULL,
    field  text NOT NULL,
    sealed bytea NOT NULL
);
CREATE INDEX disclosures_of_a_stream ON disclosures (stream);

-- The first answer to each request: the hash of the request and the answer, sealed together under the secret of the
-- stream that the change wrote to.
CREATE TABLE idempotency (
    client     text NOT NULL,
    key        text NOT NULL,
    status     smallint NOT NULL,
    sealed     bytea NOT NULL,
    sealed_by  text NOT NULL,
    records    text NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (client, key)
);
CREATE INDEX answers_of_a_stream ON idempotency (sealed_by);
COMMENT ON TABLE idempotency IS 'operational: first answers, kept 48 hours';

-- Streams whose erasure is on record and whose contents are not all destroyed yet. Losing the table loses nothing:
-- every start fills it again from the outbox.
CREATE TABLE erasures_due (
    stream text PRIMARY KEY
);
COMMENT ON TABLE erasures_due IS
    'operational: approved, and not yet destroyed; filled again from the outbox at every start';
CREATE INDEX outbox_erasures ON outbox (stream) WHERE type LIKE '%.erased';

CREATE TABLE cursors (
    name     text PRIMARY KEY,
    position bigint NOT NULL
);
COMMENT ON TABLE cursors IS 'operational: how far this service has read the ledger';

CREATE FUNCTION enqueue() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO public.outbox_pending (record_id, stream, seq) SELECT s.record_id, s.stream, s.seq FROM stored s;
    RETURN NULL;
END $$;
CREATE TRIGGER enqueue AFTER INSERT ON outbox REFERENCING NEW TABLE AS stored
    FOR EACH STATEMENT EXECUTE FUNCTION enqueue();

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '42501';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON outbox FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON outbox FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON receipts FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- The first round trip of a change. It sets which rows the caller may see, takes the lock of the request's key, and
-- returns the first answer to that key, if there is one. `key` is null where the request has none.
CREATE FUNCTION begin_change(visible text, party text, client text, key text, at timestamptz,
    OUT is_mine boolean, OUT status smallint, OUT sealed bytea, OUT sealed_by text, OUT records text)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('mz.visible', begin_change.visible, true), set_config('mz.party', begin_change.party, true);
    IF begin_change.key IS NULL THEN RETURN; END IF;
    -- The lock lasts until the transaction ends. Of two equal requests at once, one runs; the other gets `is_mine` false.
    is_mine := pg_try_advisory_xact_lock(hashtextextended(begin_change.client || E'\n' || begin_change.key, 0));
    IF NOT is_mine THEN RETURN; END IF;
    -- Read after the lock and in a statement of its own, so that it sees the answer that the previous request committed.
    SELECT i.status, i.sealed, i.sealed_by, i.records
        INTO begin_change.status, begin_change.sealed, begin_change.sealed_by, begin_change.records
        FROM idempotency i
        WHERE i.client = begin_change.client AND i.key = begin_change.key AND i.expires_at > at;
END $$;

-- The last round trip before the commit: the records, the new ends of their streams, the sealed values of their
-- commitments, the answer. The caller chained the records to where it believed that each stream ends (`seqs`,
-- `prevs`). Every stream is locked until the commit, in the order of `streams`, which is sorted, so that two changes
-- never wait for each other in a circle. If one ends elsewhere, nothing is stored and the true ends are returned.
CREATE FUNCTION store_change(at timestamptz,
    streams text[], seqs bigint[], prevs bytea[], next_seqs bigint[], next_prevs bytea[],
    record_ids uuid[], record_streams text[], record_seqs bigint[], record_types text[], notes bytea[],
    digests bytea[], value_streams text[], fields text[], sealed_values bytea[],
    client text, key text, status smallint, sealed bytea, sealed_by text, records text, until timestamptz)
RETURNS TABLE (stream text, seq bigint, prev bytea) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    head        stream_head;
    is_believed boolean := true;
    begun       bigint := 0;
    nothing     bytea  := decode(repeat('00', 32), 'hex');
BEGIN
    -- Where every stream is believed to begin, one statement makes their ends, in their order, and no second one moves
    -- them. If one of them was there already, those that were made go back to where a new stream ends.
    IF -1 = ALL (seqs) THEN
        INSERT INTO stream_head (stream, seq, prev)
            SELECT n.stream, n.seq, n.prev FROM unnest(streams, next_seqs, next_prevs) AS n(stream, seq, prev)
            ON CONFLICT (stream) DO NOTHING;
        GET DIAGNOSTICS begun = ROW_COUNT;
        IF begun < cardinality(streams) THEN
            UPDATE stream_head h SET seq = -1, prev = nothing
                FROM unnest(streams, next_prevs) AS n(stream, prev) WHERE h.stream = n.stream AND h.prev = n.prev;
            begun := 0;
        END IF;
    END IF;
    FOR n IN 1 .. cardinality(streams) LOOP
        IF begun > 0 THEN
            stream := streams[n]; seq := -1; prev := nothing;
            RETURN NEXT;
            CONTINUE;
        END IF;
        SELECT h.* INTO head FROM stream_head h WHERE h.stream = streams[n] FOR UPDATE;
        IF NOT FOUND THEN
            INSERT INTO stream_head AS h (stream, seq, prev) VALUES (streams[n], -1, nothing)
                ON CONFLICT (stream) DO UPDATE SET stream = EXCLUDED.stream RETURNING h.* INTO head;
        END IF;
        is_believed := is_believed AND head.seq = seqs[n] AND head.prev = prevs[n];
        stream := head.stream; seq := head.seq; prev := head.prev;
        RETURN NEXT;
    END LOOP;
    IF NOT is_believed THEN RETURN; END IF;
    INSERT INTO outbox (record_id, stream, seq, type, recorded_at, note)
        SELECT r.id, r.stream, r.seq, r.type, at, r.note
        FROM unnest(record_ids, record_streams, record_seqs, record_types, notes) AS r(id, stream, seq, type, note);
    IF begun = 0 THEN
        UPDATE stream_head h SET seq = n.seq, prev = n.prev
            FROM unnest(streams, next_seqs, next_prevs) AS n(stream, seq, prev) WHERE h.stream = n.stream;
    END IF;
    INSERT INTO disclosures (digest, stream, field, sealed)
        SELECT * FROM unnest(digests, value_streams, fields, sealed_values);
    IF store_change.key IS NOT NULL THEN
        INSERT INTO idempotency (client, key, status, sealed, sealed_by, records, expires_at)
            VALUES (store_change.client, store_change.key, store_change.status, store_change.sealed,
                    store_change.sealed_by, store_change.records, until)
            ON CONFLICT (client, key) DO UPDATE SET status = EXCLUDED.status, sealed = EXCLUDED.sealed,
                sealed_by = EXCLUDED.sealed_by, records = EXCLUDED.records, expires_at = EXCLUDED.expires_at;
    END IF;
END $$;

-- No row of a guarded table commits unless its transaction stored a record in the stream of the row's owner. A row
-- that changes its owner needs a record in both streams. The trigger checks no signature: the keys are not here.
--
-- guard('device_reviews', 'device', 'device_id'): every write of the table needs a record in device/<device_id>. Each
-- table gets a function that names its owner's column: one function for all tables had to make JSON of every row, and
-- an inventory has sixty thousand.
CREATE FUNCTION guard(tbl text, noun text, owner_column text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    own text := 'require_fact_of_' || tbl;
BEGIN
    EXECUTE format($function$
        CREATE FUNCTION %1$I() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, public, pg_temp AS $body$
        BEGIN
            IF TG_OP <> 'DELETE' AND NOT EXISTS (SELECT FROM public.outbox_pending p
                    WHERE p.stream = %3$L || NEW.%2$I AND p.xid = pg_current_xact_id()) THEN
                RAISE EXCEPTION 'a row of %% in %% has no recorded fact', TG_TABLE_NAME, %3$L || NEW.%2$I
                    USING ERRCODE = '42501';
            END IF;
            IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND OLD.%2$I IS DISTINCT FROM NEW.%2$I) THEN
                IF NOT EXISTS (SELECT FROM public.outbox_pending p
                        WHERE p.stream = %3$L || OLD.%2$I AND p.xid = pg_current_xact_id()) THEN
                    RAISE EXCEPTION 'a row of %% in %% has no recorded fact', TG_TABLE_NAME, %3$L || OLD.%2$I
                        USING ERRCODE = '42501';
                END IF;
            END IF;
            RETURN NULL;
        END $body$ $function$, own, owner_column, noun || '/');
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %I FROM PUBLIC', own);
    EXECUTE format('CREATE CONSTRAINT TRIGGER guarded AFTER INSERT OR UPDATE OR DELETE ON %I
                    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION %I()', tbl, own);
    EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON %I
                    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', tbl);
    -- A fence (below) binds the owner of the table too: by itself PostgreSQL lets the owner pass.
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tbl);
END $$;

-- Row-level security guards against a forgotten WHERE. While mz.visible is not set no row is visible; '*' is for a
-- service at its own work.
CREATE FUNCTION sees(agency text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(current_setting('mz.visible', true) = '*'
        OR agency = ANY (string_to_array(nullif(current_setting('mz.visible', true), ''), ',')), false)
$$;
CREATE FUNCTION is_party(party text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(party = nullif(current_setting('mz.party', true), ''), false)
$$;

-- A session of a query code is for one case: its mz.party is 'pty_…/cas_…'.
CREATE FUNCTION is_party_in(party text, of_case text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT is_party(party) OR is_party(party || '/' || of_case)
$$;

-- fence('cases', 'party_id'): rows of the caller's agencies, and the party's own. `other_agency_column` names a second
-- agency that the row exists for: fence('exchanges', NULL, 'agency_id', 'to_agency_id'). `case_column` names the case of
-- the row; without it a session that is limited to one case sees no row.
CREATE FUNCTION fence(tbl text, party_column text DEFAULT NULL, agency_column text DEFAULT 'agency_id',
    other_agency_column text DEFAULT NULL, case_column text DEFAULT NULL)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    rule text := CASE WHEN agency_column IS NULL THEN 'current_setting(''mz.visible'', true) = ''*'''
                      ELSE format('sees(%I)', agency_column) END;
BEGIN
    IF case_column IS NOT NULL THEN rule := rule || format(' OR is_party_in(%I, %I)', party_column, case_column);
    ELSIF party_column IS NOT NULL THEN rule := rule || format(' OR is_party(%I)', party_column); END IF;
    IF other_agency_column IS NOT NULL THEN rule := rule || format(' OR sees(%I)', other_agency_column); END IF;
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tbl);
    EXECUTE format('CREATE POLICY fence ON %I USING (%s) WITH CHECK (%s)', tbl, rule, rule);
END $$;

-- fence_with('device_reviews', 'devices', 'device_id'): rows of the owners that the caller sees. The subquery runs under
-- the fence of the owner's table.
CREATE FUNCTION fence_with(tbl text, owner_table text, owner_column text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    rule text := format('EXISTS (SELECT FROM %I o WHERE o.id = %I.%I)', owner_table, tbl, owner_column);
BEGIN
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tbl);
    EXECUTE format('CREATE POLICY fence ON %I USING (%s) WITH CHECK (%s)', tbl, rule, rule);
END $$;

-- The only way for a service to delete disclosures: of a stream whose erasure is on record.
CREATE FUNCTION erase_values(of text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.outbox o JOIN public.receipts r ON r.record_id = o.record_id
                   WHERE o.stream = of AND o.type LIKE '%.erased') THEN
        RAISE EXCEPTION 'no record in the ledger says that % was erased', of USING ERRCODE = '42501';
    END IF;
    DELETE FROM public.disclosures d WHERE d.stream = of;
    DELETE FROM public.idempotency i WHERE i.sealed_by = of;
END $$;
REVOKE EXECUTE ON FUNCTION erase_values FROM PUBLIC;


-- No other role may use these functions: a trigger with enqueue() on a table of one's own would forge the proof that
-- the guard asks for.
REVOKE EXECUTE ON FUNCTION enqueue, refuse_change, guard, fence, fence_with FROM PUBLIC;

-- operational('viid_sessions', 'a camera registers again'): a table outside the record, whose loss harms no proof.
CREATE FUNCTION operational(tbl text, why text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('GRANT DELETE ON %I TO %I', tbl, replace(current_user, 'own_', 'svc_'));
    EXECUTE format('COMMENT ON TABLE %I IS %L', tbl, 'operational: ' || why);
END $$;
REVOKE EXECUTE ON FUNCTION operational FROM PUBLIC;

DO $$
DECLARE
    svc   text := replace(current_user, 'own_', 'svc_');
    relay text := replace(current_user, 'own_', 'relay_');
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %I, %I', svc, relay);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE ON TABLES TO %I', svc);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO %I', svc);
    EXECUTE format('GRANT SELECT, INSERT ON outbox, disclosures TO %I', svc);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON stream_head TO %I', svc);
    EXECUTE format('GRANT SELECT ON receipts, outbox_pending TO %I', svc);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency, cursors, erasures_due TO %I', svc);
    EXECUTE format('GRANT EXECUTE ON FUNCTION erase_values TO %I', svc);
    EXECUTE format('GRANT SELECT ON outbox TO %I', relay);
    EXECUTE format('GRANT SELECT, DELETE ON outbox_pending TO %I', relay);
    EXECUTE format('GRANT SELECT, INSERT ON receipts TO %I', relay);
END $$;
