-- Which parts of a picture a reviewer opened to its party: four sides a box, in pixels.
CREATE TABLE regions (
    evidence_id text NOT NULL REFERENCES captures,
    n           int NOT NULL,
    agency_id   text NOT NULL,
    boxes       int[] NOT NULL CHECK (cardinality(boxes) % 4 = 0),
    opened_by   text NOT NULL,
    opened_at   timestamptz NOT NULL,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (evidence_id, n),
    FOREIGN KEY (evidence_id, n) REFERENCES media
);
SELECT guard('regions', 'evidence', 'evidence_id');
SELECT fence('regions');

-- A covered copy of a picture, sealed in the blob store: from which bytes, how, and what is open in it.
CREATE TABLE redactions (
    evidence_id  text NOT NULL REFERENCES captures,
    n            int NOT NULL,
    sha256       text NOT NULL,
    agency_id    text NOT NULL,
    derived_from text NOT NULL,
    method       text NOT NULL,
    boxes        int[] NOT NULL CHECK (cardinality(boxes) % 4 = 0),
    made_at      timestamptz NOT NULL,
    row_salt     bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    -- Not by the digest: a box that lies in another one opens nothing more, and the copy has the same bytes.
    PRIMARY KEY (evidence_id, n, method, boxes),
    FOREIGN KEY (evidence_id, n) REFERENCES media,
    CONSTRAINT a_copy_is_named_by_its_hash CHECK (sha256 ~ '^[0-9a-f]{64}$' AND derived_from ~ '^[0-9a-f]{64}$')
);
SELECT guard('redactions', 'evidence', 'evidence_id');
SELECT fence('redactions');
