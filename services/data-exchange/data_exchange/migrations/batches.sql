-- A file of subjects for one comparison: what was declared, and how far it is compared.
CREATE TABLE comparison_batches (
    comparison_id text PRIMARY KEY REFERENCES comparisons,
    agency_id     text NOT NULL,
    case_id       text NOT NULL,
    kind          text NOT NULL,
    purpose       text NOT NULL,
    agreement_id  text,
    subject_kind  text NOT NULL,
    media_type    text NOT NULL CHECK (media_type IN ('text/csv', 'application/x-ndjson')),
    sha256        text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    rows          integer NOT NULL CHECK (rows > 0),
    done          integer NOT NULL CHECK (done BETWEEN 0 AND rows),
    matched       integer NOT NULL,
    unmatched     integer NOT NULL,
    ambiguous     integer NOT NULL,
    unreadable    integer NOT NULL,
    failed        boolean NOT NULL,
    row_salt      bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT each_row_has_one_verdict CHECK (matched + unmatched + ambiguous + unreadable = done)
);
-- A file that failed may be announced again. Under another agreement its result is another one.
CREATE UNIQUE INDEX a_file_is_compared_once_for_a_case
    ON comparison_batches (agency_id, case_id, kind, purpose, sha256, coalesce(agreement_id, '')) WHERE NOT failed;
SELECT guard('comparison_batches', 'comparison', 'comparison_id');
SELECT fence_with('comparison_batches', 'comparisons', 'comparison_id');

-- A part of the file; its bytes lie sealed under their digest.
CREATE TABLE comparison_parts (
    comparison_id text NOT NULL REFERENCES comparison_batches,
    n             integer NOT NULL CHECK (n > 0),
    sha256        text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    size          integer NOT NULL CHECK (size > 0),
    row_salt      bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (comparison_id, n)
);
SELECT guard('comparison_parts', 'comparison', 'comparison_id');
SELECT fence_with('comparison_parts', 'comparisons', 'comparison_id');

-- The verdicts of some rows in a run, sealed under the secret of the comparison.
CREATE TABLE comparison_results (
    comparison_id text NOT NULL REFERENCES comparison_batches,
    first_row     integer NOT NULL CHECK (first_row >= 0),
    sealed        bytea NOT NULL,
    row_salt      bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (comparison_id, first_row)
);
SELECT guard('comparison_results', 'comparison', 'comparison_id');
SELECT fence_with('comparison_results', 'comparisons', 'comparison_id');

-- Which process works on a file now. Without it two would ask the register the same; the rows are compared once anyway.
CREATE TABLE batch_leases (
    comparison_id text PRIMARY KEY,
    holder        text NOT NULL,
    until         timestamptz NOT NULL
);
SELECT operational('batch_leases', 'a lease that is lost is taken again');
