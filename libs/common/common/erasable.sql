-- The vault in its second form: values are sealed under secrets that no database and no backup of one holds
-- (common/shred.py). Run by one migration of every service.

-- Only the service has the secrets, so it seals these itself when it starts next, and empties this table.
CREATE TABLE disclosures_in_clear AS SELECT digest, stream, field, salt, value FROM disclosures;
ALTER TABLE disclosures_in_clear ADD PRIMARY KEY (digest);
SELECT operational('disclosures_in_clear', 'values of before; the service seals them when it starts and empties this');

TRUNCATE disclosures;
ALTER TABLE disclosures DROP COLUMN salt, DROP COLUMN value, ADD COLUMN sealed bytea NOT NULL;

-- First answers may hold what was asked for: sealed under the stream that the change wrote to; NULL is of before.
ALTER TABLE idempotency ADD COLUMN sealed_by text;
CREATE INDEX answers_of_a_stream ON idempotency (sealed_by);

CREATE INDEX outbox_erasures ON outbox (stream) WHERE type LIKE '%.erased';

-- The vault is append-only for the service but for this: what the record says was erased.
CREATE FUNCTION erase_values(of text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.outbox o WHERE o.stream = of AND o.type LIKE '%.erased') THEN
        RAISE EXCEPTION 'no record says that % was erased', of USING ERRCODE = '42501';
    END IF;
    DELETE FROM public.disclosures d WHERE d.stream = of;
    DELETE FROM public.idempotency i WHERE i.sealed_by = of;
END $$;
REVOKE EXECUTE ON FUNCTION erase_values FROM PUBLIC;

DO $$ BEGIN
    EXECUTE format('GRANT EXECUTE ON FUNCTION erase_values TO %I', replace(current_user, 'own_', 'svc_'));
END $$;
