-- The draft of a transfer is its sender's alone: the receiver sees it from its dispatch on.
CREATE FUNCTION is_dispatched(kind text, state text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT state <> 'DRAFT' OR kind NOT IN ('TRANSFER', 'CRIMINAL_TRANSFER')
$$;
CREATE POLICY a_draft_is_its_senders ON exchanges AS RESTRICTIVE
    USING (is_dispatched(kind, state) OR sees(agency_id))
    WITH CHECK (is_dispatched(kind, state) OR sees(agency_id));

-- One transfer: what its exchange does not know.
CREATE TABLE transfers (
    exchange_id         text PRIMARY KEY REFERENCES exchanges,
    prepared_by         text NOT NULL CHECK (prepared_by ~ '^off_[0-9a-z]{26}$'),
    recognised_at       timestamptz NOT NULL,
    examined            boolean NOT NULL,
    limitation_on       date,
    reverse_of          text REFERENCES exchanges,
    evidence_ids        text[] NOT NULL,
    submitted_by        text,
    manifest_sha256     text CHECK (manifest_sha256 ~ '^[0-9a-f]{64}$'),
    approved_by         text,
    approved_at         timestamptz,
    dispatched_at       timestamptz,
    is_late             boolean,
    received_by         text,
    receipt_sha256      text CHECK (receipt_sha256 ~ '^[0-9a-f]{64}$'),
    filing              text CHECK (filing IN ('FILED', 'NOT_FILED')),
    filed_at            timestamptz,
    competent_agency_id text,
    forward_to          text,
    reconsidered_at     timestamptz,
    goods_handed_at     timestamptz,
    outcome             text CHECK (outcome IN ('PENALISED', 'NOT_PENALISED', 'PROSECUTED', 'NOT_PROSECUTED')),
    result_is_late      boolean,
    row_salt            bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT two_persons_decide CHECK (approved_by IS NULL OR approved_by NOT IN (prepared_by, submitted_by)),
    CONSTRAINT a_dispatch_was_approved CHECK (dispatched_at IS NULL OR approved_at IS NOT NULL),
    CONSTRAINT an_approval_names_a_manifest CHECK (approved_at IS NULL OR manifest_sha256 IS NOT NULL)
);
CREATE INDEX transfers_to_pass_on ON transfers (exchange_id) WHERE forward_to IS NOT NULL;
SELECT guard('transfers', 'exchange', 'exchange_id');
SELECT fence_with('transfers', 'exchanges', 'exchange_id');

-- One file of a package. Its bytes lie sealed under the secret of the exchange, and so does its name, in `sealed`.
CREATE TABLE transfer_files (
    exchange_id text NOT NULL REFERENCES transfers,
    n           integer NOT NULL CHECK (n > 0),
    enclosure   text NOT NULL CHECK (enclosure IN ('TRANSFER_LETTER', 'INVESTIGATION_REPORT', 'GOODS_LIST',
                                                   'EXPERT_REPORT', 'OTHER')),
    sha256      text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    size        integer NOT NULL CHECK (size > 0),
    media_type  text NOT NULL,
    level       integer NOT NULL CHECK (level BETWEEN 1 AND 4),
    evidence_id text CHECK (evidence_id ~ '^evd_[0-9a-z]{26}$'),
    picture     integer,
    sealed      bytea,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (exchange_id, n)
);
SELECT guard('transfer_files', 'exchange', 'exchange_id');
SELECT fence_with('transfer_files', 'exchanges', 'exchange_id');

-- The signed statements of a transfer: its manifest, and a receipt for each time that it was received.
CREATE TABLE transfer_notes (
    exchange_id text NOT NULL REFERENCES transfers,
    kind        text NOT NULL CHECK (kind IN ('MANIFEST', 'RECEIPT')),
    sha256      text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    sealed      bytea,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (exchange_id, kind, sha256)
);
SELECT guard('transfer_notes', 'exchange', 'exchange_id');
SELECT fence_with('transfer_notes', 'exchanges', 'exchange_id');

-- A file on its way into a package, and the verdict on it. The accepted file is a row of transfer_files.
CREATE TABLE uploads (
    exchange_id text NOT NULL REFERENCES exchanges,
    n           integer NOT NULL CHECK (n > 0),
    enclosure   text NOT NULL,
    level       integer NOT NULL,
    media_type  text NOT NULL,
    size        integer NOT NULL,
    sha256      text NOT NULL,
    sealed      bytea NOT NULL,
    codes       text[],
    PRIMARY KEY (exchange_id, n)
);
SELECT operational('uploads', 'a file on its way; its sender uploads again what is lost');
CREATE TABLE upload_parts (
    exchange_id text NOT NULL,
    upload      integer NOT NULL,
    part        integer NOT NULL CHECK (part > 0),
    size        integer NOT NULL CHECK (size > 0),
    sha256      text NOT NULL,
    PRIMARY KEY (exchange_id, upload, part),
    FOREIGN KEY (exchange_id, upload) REFERENCES uploads
);
SELECT operational('upload_parts', 'the parts of a file on its way');
