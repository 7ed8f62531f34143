-- A capture of the case is no evidence any more, because its device was not lawful then (APL 41(1)): a task.
CREATE TABLE invalidations (
    case_id      text NOT NULL REFERENCES cases,
    number       int NOT NULL CHECK (number > 0),
    -- The record of the registry that says so.
    source       text NOT NULL,
    guard        text NOT NULL,
    codes        text[] NOT NULL,
    evidence_ids text[] NOT NULL CHECK (cardinality(evidence_ids) > 0),
    opened_at    timestamptz NOT NULL,
    settle_by    date NOT NULL,
    overdue_at   timestamptz,
    way          text CHECK (way IN ('GO_ON', 'KEEP', 'ELIMINATE', 'END_LEAD', 'NO_PENALTY', 'REVOKE')),
    settled_at   timestamptz,
    settled_by   text,
    -- Why it was settled so, under the secret of the case; null before that, and once the case is erased.
    sealed       bytea,
    row_salt     bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (case_id, number),
    CONSTRAINT a_finding_opens_one_task_in_a_case UNIQUE (case_id, source),
    CONSTRAINT a_settlement_is_whole CHECK (num_nonnulls(way, settled_at, settled_by) IN (0, 3))
);
CREATE INDEX invalidations_that_wait ON invalidations (settle_by) WHERE settled_at IS NULL;
SELECT guard('invalidations', 'case', 'case_id');
SELECT fence_with('invalidations', 'cases', 'case_id');
