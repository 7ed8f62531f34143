-- Figures of a device in a month, as evidence and case count them. Dropped, they are counted again.
CREATE TABLE device_figures (
    device_id text NOT NULL,
    month     date NOT NULL CHECK (extract(day FROM month) = 1),
    captures  bigint NOT NULL DEFAULT 0,
    accepted  bigint NOT NULL DEFAULT 0,
    fines     bigint NOT NULL DEFAULT 0,
    fine_fen  bigint NOT NULL DEFAULT 0,
    disputes  bigint NOT NULL DEFAULT 0,
    upheld    bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (device_id, month)
);
SELECT operational('device_figures', 'counted again from evidence and case');

-- How many vehicles passed. A later count of a month replaces an earlier one and does not delete it.
CREATE TABLE device_flow_counts (
    device_id   text NOT NULL REFERENCES devices,
    n           int NOT NULL CHECK (n > 0),
    month       date NOT NULL CHECK (extract(day FROM month) = 1),
    passes      bigint NOT NULL CHECK (passes >= 0),
    recorded_at timestamptz NOT NULL,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, n)
);
CREATE INDEX flow_counts_of_a_month ON device_flow_counts (device_id, month, n);
SELECT guard('device_flow_counts', 'device', 'device_id');
SELECT fence_with('device_flow_counts', 'devices', 'device_id');

-- The versions of a device's technical parameters.
CREATE TABLE device_parameters (
    device_id  text NOT NULL REFERENCES devices,
    n          int NOT NULL CHECK (n > 0),
    parameters jsonb NOT NULL CHECK (jsonb_typeof(parameters) = 'array'),
    reason     text NOT NULL CHECK (reason <> ''),
    set_by     text NOT NULL,
    set_at     timestamptz NOT NULL,
    row_salt   bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, n)
);
SELECT guard('device_parameters', 'device', 'device_id');
SELECT fence_with('device_parameters', 'devices', 'device_id');

-- From which figures a flag is raised, for the whole city. A version is never changed.
CREATE TABLE anomaly_thresholds (
    id        text PRIMARY KEY CHECK (id ~ '^thr_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
    agency_id text NOT NULL,
    figures   jsonb NOT NULL CHECK (jsonb_typeof(figures) = 'object'),
    from_on   date NOT NULL CHECK (extract(day FROM from_on) = 1),
    reason    text NOT NULL CHECK (reason <> ''),
    set_by    text NOT NULL,
    set_at    timestamptz NOT NULL,
    row_salt  bytea NOT NULL DEFAULT uuid_send(gen_random_uuid())
);
SELECT guard('anomaly_thresholds', 'thresholds', 'id');
SELECT fence('anomaly_thresholds');

-- A device whose figures were out of line, the look at its place, and what a person decided.
CREATE TABLE anomaly_reviews (
    id         text PRIMARY KEY CHECK (id ~ '^abr_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
    device_id  text NOT NULL REFERENCES devices,
    agency_id  text NOT NULL,
    months     date[] NOT NULL CHECK (cardinality(months) > 0),
    flags      text[] NOT NULL CHECK (cardinality(flags) > 0),
    figures    jsonb NOT NULL CHECK (jsonb_typeof(figures) = 'object'),
    thresholds text NOT NULL,
    is_held    boolean NOT NULL,
    opened_at  timestamptz NOT NULL,
    due_on     date NOT NULL,
    visited_on date,
    visited_by text,
    answers    jsonb NOT NULL CHECK (jsonb_typeof(answers) = 'array'),
    photos     text[] NOT NULL,
    remarks    text,
    outcome    text CHECK (outcome IN ('KEEP', 'MOVE', 'RE_PARAMETERISE', 'SUSPEND', 'STOP')),
    reason     text,
    decided_by text,
    decided_at timestamptz,
    row_salt   bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT flags_are_known CHECK (flags <@ ARRAY['A1', 'A2', 'A3', 'A4', 'A5', 'A6', 'A7', 'A8']),
    CONSTRAINT a_visit_is_whole CHECK (num_nonnulls(visited_on, visited_by, remarks) IN (0, 3)),
    CONSTRAINT a_decision_is_whole CHECK (num_nonnulls(outcome, reason, decided_by, decided_at) IN (0, 4)),
    CONSTRAINT nobody_decides_before_the_visit CHECK (decided_at IS NULL OR visited_on IS NOT NULL)
);
CREATE UNIQUE INDEX a_device_has_one_review_at_a_time ON anomaly_reviews (device_id) WHERE decided_at IS NULL;
CREATE INDEX reviews_of_a_device ON anomaly_reviews (device_id, id);
CREATE INDEX reviews_of_an_agency ON anomaly_reviews (agency_id, id);
SELECT guard('anomaly_reviews', 'anomaly', 'id');
SELECT fence('anomaly_reviews');

-- The analysis of a quarter, one an agency. Its report is kept as it was signed.
CREATE TABLE device_analyses (
    id              text PRIMARY KEY CHECK (id ~ '^dan_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
    agency_id       text NOT NULL,
    quarter         date NOT NULL CHECK (extract(day FROM quarter) = 1 AND extract(month FROM quarter) IN (1, 4, 7, 10)),
    totals          jsonb NOT NULL CHECK (jsonb_typeof(totals) = 'object'),
    flagged         jsonb NOT NULL CHECK (jsonb_typeof(flagged) = 'array'),
    opened_at       timestamptz NOT NULL,
    due_on          date NOT NULL,
    closed_at       timestamptz,
    closed_by       text,
    report          text,
    report_sha256   text CHECK (report_sha256 ~ '^[0-9a-f]{64}$'),
    document        bytea,
    document_sha256 text CHECK (document_sha256 ~ '^[0-9a-f]{64}$'),
    row_salt        bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT an_agency_has_one_analysis_of_a_quarter UNIQUE (agency_id, quarter),
    CONSTRAINT a_closed_analysis_has_its_report CHECK (
        num_nonnulls(closed_at, closed_by, report, report_sha256, document, document_sha256) IN (0, 6))
);
SELECT guard('device_analyses', 'analysis', 'id');
SELECT fence('device_analyses');

-- A decision about a flagged device that was made in the analysis itself.
CREATE TABLE analysis_decisions (
    analysis_id text NOT NULL REFERENCES device_analyses,
    n           int NOT NULL CHECK (n > 0),
    device_id   text NOT NULL REFERENCES devices,
    decision    text NOT NULL CHECK (decision IN ('KEEP', 'MOVE', 'RE_PARAMETERISE', 'STOP')),
    reason      text NOT NULL CHECK (reason <> ''),
    decided_by  text NOT NULL,
    decided_at  timestamptz NOT NULL,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (analysis_id, n)
);
SELECT guard('analysis_decisions', 'analysis', 'analysis_id');
SELECT fence_with('analysis_decisions', 'device_analyses', 'analysis_id');
