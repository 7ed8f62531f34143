-- What the clean-up found about a device (PJ §2). `grounds` are computed, `words` are a person's; one of them is there.
CREATE TABLE cleanup_findings (
    id              text PRIMARY KEY CHECK (id ~ '^fnd_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
    device_id       text NOT NULL REFERENCES devices,
    agency_id       text NOT NULL,
    category        text NOT NULL CHECK (category IN ('CU-1', 'CU-2', 'CU-3', 'CU-4', 'CU-5', 'CU-6', 'CU-7')),
    origin          text NOT NULL CHECK (origin IN ('AUTO', 'PROMPT', 'HUMAN')),
    grounds         jsonb NOT NULL CHECK (jsonb_typeof(grounds) = 'array'),
    words           text NOT NULL,
    state           text NOT NULL CHECK (state IN ('OPEN', 'PROPOSED', 'CONFIRMED', 'DISMISSED')),
    raised_at       timestamptz NOT NULL,
    proposal        text CHECK (proposal IN ('CONFIRM', 'DISMISS')),
    proposed_by     text,
    proposed_at     timestamptz,
    proposal_reason text NOT NULL,
    decided_by      text,
    decided_at      timestamptz,
    decision_reason text NOT NULL,
    row_salt        bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_finding_says_why CHECK ((origin = 'HUMAN') = (words <> '') AND
        (origin = 'HUMAN') = (jsonb_array_length(grounds) = 0)),
    CONSTRAINT a_proposal_has_an_author CHECK ((proposal IS NULL) = (proposed_by IS NULL)),
    CONSTRAINT a_decision_is_anothers CHECK (decided_by <> proposed_by),
    CONSTRAINT a_decided_finding_says_when
        CHECK ((state IN ('CONFIRMED', 'DISMISSED')) = (decided_at IS NOT NULL AND decided_by IS NOT NULL))
);
CREATE UNIQUE INDEX one_finding_of_a_kind_is_open ON cleanup_findings (device_id, category, origin)
    WHERE state IN ('OPEN', 'PROPOSED') AND origin <> 'HUMAN';
CREATE INDEX cleanup_findings_of_an_agency ON cleanup_findings (agency_id, state, id);
CREATE INDEX cleanup_findings_of_a_device ON cleanup_findings (device_id, id);
SELECT guard('cleanup_findings', 'finding', 'id');
SELECT fence('cleanup_findings');

-- Each attempt to make a stopped device lawful again: the plan, then what was done (D-T16, D-T17).
CREATE TABLE device_rectifications (
    device_id   text NOT NULL REFERENCES devices,
    n           int NOT NULL CHECK (n > 0),
    categories  jsonb NOT NULL,
    plan        text NOT NULL CHECK (plan <> ''),
    recorded_at timestamptz NOT NULL,
    evidence    text,
    files       jsonb NOT NULL CHECK (jsonb_typeof(files) = 'array'),
    handed_in_at timestamptz,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, n),
    CONSTRAINT a_rectified_device_shows_how CHECK ((evidence IS NULL) = (handed_in_at IS NULL))
);
SELECT guard('device_rectifications', 'device', 'device_id');
SELECT fence_with('device_rectifications', 'devices', 'device_id');

-- The baseline is taken in batches after the opening; `frozen_at` says that it is whole.
CREATE TABLE cleanup_campaigns (
    id        text PRIMARY KEY CHECK (id ~ '^cln_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
    agency_id text NOT NULL,
    title     text NOT NULL CHECK (title <> ''),
    as_of     date NOT NULL,
    deadline  date NOT NULL,
    opened_at timestamptz NOT NULL,
    frozen_at timestamptz,
    devices   int,
    row_salt  bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_campaign_reports_what_was_before_it CHECK (as_of <= deadline),
    CONSTRAINT a_frozen_baseline_is_counted CHECK ((frozen_at IS NULL) = (devices IS NULL))
);
SELECT guard('cleanup_campaigns', 'campaign', 'id');

-- One report of each agency. `content` is what its files print.
CREATE TABLE cleanup_reports (
    id            text PRIMARY KEY CHECK (id ~ '^clr_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
    campaign_id   text NOT NULL REFERENCES cleanup_campaigns,
    agency_id     text NOT NULL,
    deadline      date NOT NULL,
    state         text NOT NULL CHECK (state IN ('NOT_STARTED', 'DRAFT', 'SUBMITTED', 'RETURNED', 'ACCEPTED')),
    kind          text CHECK (kind IN ('ANNEX_1', 'ZERO_DECLARATION')),
    content       jsonb,
    drafted_at    timestamptz,
    pdf_sha256    text CHECK (pdf_sha256 ~ '^[0-9a-f]{64}$'),
    seal          text CHECK (seal IN ('E_SEAL', 'SCANNED_COPY')),
    seal_sha256   text CHECK (seal_sha256 ~ '^[0-9a-f]{64}$'),
    submitted_at  timestamptz,
    overdue_at    timestamptz,
    return_reason text NOT NULL,
    row_salt      bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT an_agency_reports_once_in_a_campaign UNIQUE (campaign_id, agency_id),
    CONSTRAINT a_report_that_is_handed_in_is_sealed CHECK (state NOT IN ('SUBMITTED', 'ACCEPTED')
        OR (seal IS NOT NULL AND seal_sha256 IS NOT NULL AND content IS NOT NULL AND submitted_at IS NOT NULL))
);
CREATE INDEX cleanup_reports_not_handed_in ON cleanup_reports (deadline)
    WHERE overdue_at IS NULL AND state IN ('NOT_STARTED', 'DRAFT', 'RETURNED');
SELECT guard('cleanup_reports', 'cleanup_report', 'id');
SELECT fence('cleanup_reports');

-- A campaign exists for its supervisor, and for the agencies that report in it: the subquery runs under their fence.
ALTER TABLE cleanup_campaigns ENABLE ROW LEVEL SECURITY;
CREATE POLICY fence ON cleanup_campaigns USING (sees(agency_id)
    OR EXISTS (SELECT FROM cleanup_reports r WHERE r.campaign_id = cleanup_campaigns.id)) WITH CHECK (sees(agency_id));

-- A device as it was before the clean-up. No row of it changes.
CREATE TABLE cleanup_baseline (
    campaign_id text NOT NULL REFERENCES cleanup_campaigns,
    device_id   text NOT NULL REFERENCES devices,
    agency_id   text NOT NULL,
    state       text NOT NULL,
    kind        text NOT NULL,
    place       text NOT NULL,
    functions   jsonb NOT NULL,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (campaign_id, device_id)
);
CREATE INDEX cleanup_baseline_of_an_agency ON cleanup_baseline (campaign_id, agency_id, device_id);
SELECT guard('cleanup_baseline', 'campaign', 'campaign_id');
SELECT fence('cleanup_baseline');

-- The draws of a campaign. The seed makes a draw repeatable.
CREATE TABLE cleanup_draws (
    campaign_id text NOT NULL REFERENCES cleanup_campaigns,
    n           int NOT NULL CHECK (n > 0),
    seed        text NOT NULL CHECK (seed ~ '^[0-9a-f]{32}$'),
    population  int NOT NULL CHECK (population >= 0),
    abnormal    int NOT NULL,
    sample      int NOT NULL,
    drawn_at    timestamptz NOT NULL,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (campaign_id, n)
);
SELECT guard('cleanup_draws', 'campaign', 'campaign_id');
SELECT fence_with('cleanup_draws', 'cleanup_campaigns', 'campaign_id');

CREATE TABLE cleanup_inspections (
    id           text PRIMARY KEY CHECK (id ~ '^ins_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
    campaign_id  text NOT NULL REFERENCES cleanup_campaigns,
    device_id    text NOT NULL REFERENCES devices,
    agency_id    text NOT NULL,
    drawn_as     text NOT NULL CHECK (drawn_as IN ('ABNORMAL', 'SAMPLE')),
    outcome      text CHECK (outcome IN ('RESOLVED', 'UNRESOLVED')),
    photos       jsonb NOT NULL CHECK (jsonb_typeof(photos) = 'array'),
    note         text NOT NULL,
    inspected_by text,
    inspected_at timestamptz,
    row_salt     bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_device_is_drawn_once_in_a_campaign UNIQUE (campaign_id, device_id),
    CONSTRAINT a_result_shows_who_saw_it CHECK ((outcome IS NULL) = (inspected_at IS NULL)
        AND (outcome IS NULL) = (inspected_by IS NULL) AND (outcome IS NULL OR jsonb_array_length(photos) > 0))
);
SELECT guard('cleanup_inspections', 'inspection', 'id');
SELECT fence('cleanup_inspections');

-- The yearly report of new devices (PJ §3). It is filed once both recipients gave a receipt.
CREATE TABLE annual_reports (
    id         text PRIMARY KEY CHECK (id ~ '^anr_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
    agency_id  text NOT NULL,
    year       int NOT NULL,
    reminded   jsonb NOT NULL CHECK (jsonb_typeof(reminded) = 'array'),
    content    jsonb,
    drafted_at timestamptz,
    receipts   jsonb NOT NULL CHECK (jsonb_typeof(receipts) = 'object'),
    is_filed   boolean NOT NULL,
    overdue_at timestamptz,
    row_salt   bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT an_agency_reports_once_a_year UNIQUE (agency_id, year),
    CONSTRAINT a_filed_report_has_two_receipts
        CHECK (is_filed = (receipts ? 'GOVERNMENT' AND receipts ? 'JUSTICE')),
    CONSTRAINT a_receipt_is_for_a_draft CHECK (receipts = '{}' OR content IS NOT NULL)
);
SELECT guard('annual_reports', 'annual_report', 'id');
SELECT fence('annual_reports');
