-- A suspected crime: its team, the report, the head's decision, what the police and the court said (APL 27; CrimT 5–11).
CREATE TABLE crimes (
    case_id     text NOT NULL REFERENCES cases,
    number      int NOT NULL CHECK (number > 0),
    team        text[] NOT NULL,
    named_at    timestamptz NOT NULL,
    reported_at timestamptz,
    decide_by   date,
    approved    boolean,
    document_id text REFERENCES documents,
    exchange_id text CHECK (exchange_id ~ '^exc_[0-9a-z]{26}$'),
    to_agency   text CHECK (to_agency ~ '^agy_[0-9a-z]{26}$'),
    answer      text CHECK (answer IN ('FILED', 'NOT_FILED', 'RETURNED')),
    result      text CHECK (result IN ('PENALISED', 'NOT_PENALISED', 'PROSECUTED', 'NOT_PROSECUTED')),
    -- The report of the team and the head's reasons, under the secret of the case; null once the case is erased.
    sealed      bytea,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (case_id, number),
    CONSTRAINT a_team_has_two_or_more CHECK (cardinality(team) <> 1),
    CONSTRAINT a_report_starts_the_three_days CHECK (num_nonnulls(reported_at, decide_by) IN (0, 2)),
    CONSTRAINT a_team_reports_before_the_head_decides CHECK (
        approved IS NULL OR reported_at IS NOT NULL OR cardinality(team) = 0),
    CONSTRAINT only_an_approved_transfer_has_its_letter CHECK (document_id IS NULL OR approved),
    CONSTRAINT a_transfer_has_its_receiver CHECK ((exchange_id IS NULL) = (to_agency IS NULL)),
    CONSTRAINT the_police_answer_a_transfer CHECK (answer IS NULL OR exchange_id IS NOT NULL),
    CONSTRAINT a_case_that_was_filed_has_a_result CHECK (result IS NULL OR answer = 'FILED')
);
CREATE INDEX crimes_by_exchange ON crimes (exchange_id);
SELECT guard('crimes', 'case', 'case_id');
SELECT fence_with('crimes', 'cases', 'case_id');
