-- A remedy that the party takes against the decision (ARL, ALL): through the agency, or straight to organ or court.
CREATE TABLE remedies (
    case_id            text NOT NULL REFERENCES cases,
    number             int NOT NULL CHECK (number > 0),
    forum              text NOT NULL CHECK (forum IN ('RECONSIDERATION', 'LITIGATION')),
    through_agency     boolean NOT NULL,
    stage              text NOT NULL CHECK (stage IN ('RECEIVED', 'CORRECTED', 'PASSED_ON', 'TAKEN_UP', 'ENDED')),
    filed_on           date NOT NULL,
    in_time            boolean NOT NULL,
    handle_until       timestamptz,
    procedure          text CHECK (procedure IN ('ORDINARY', 'SIMPLIFIED')),
    accepted_on        date,
    answer_until       timestamptz,
    answer_document_id text REFERENCES documents,
    period_on          date,
    told_on            date,
    insisted_on        date,
    halt               text CHECK (halt IN ('AGENCY', 'ORGAN', 'APPLICANT', 'LAW')),
    ended_on           date,
    result             text,
    flaw               text,
    anew_until         timestamptz,
    anew_fallen        text REFERENCES documents,
    -- What the fallen decision was; the three columns after it hold its penalty.
    anew_outcome       text,
    anew_violations    text[],
    anew_kind          text,
    anew_fen           bigint CHECK (anew_fen >= 0),
    anew_report        bytea,
    anew_evidence      bytea,
    anew_may_repeat    boolean,
    late               text[] NOT NULL,
    -- The application, the opinion, the organ and its number, under the secret of the case; null once it is erased.
    sealed             bytea,
    row_salt           bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (case_id, number),
    CONSTRAINT only_reconsideration_goes_through_the_agency CHECK (NOT through_agency OR forum = 'RECONSIDERATION'),
    CONSTRAINT the_agency_has_its_days CHECK (through_agency = (handle_until IS NOT NULL)),
    CONSTRAINT acceptance_starts_the_time_to_answer CHECK ((accepted_on IS NULL) = (answer_until IS NULL)),
    CONSTRAINT an_end_has_its_day CHECK ((stage = 'ENDED') = (ended_on IS NOT NULL)),
    CONSTRAINT an_end_has_its_result CHECK ((ended_on IS NULL) = (result IS NULL)),
    CONSTRAINT what_is_ordered_anew_is_known CHECK (num_nonnulls(anew_until, anew_fallen, anew_outcome, anew_report,
        anew_evidence, anew_may_repeat) IN (0, 6)),
    CONSTRAINT only_a_penalty_that_fell_had_an_amount CHECK (num_nonnulls(anew_violations, anew_kind, anew_fen)
        = CASE WHEN anew_outcome = 'PENALTY' THEN 3 ELSE 0 END),
    CONSTRAINT who_insists_was_told CHECK (insisted_on IS NULL OR told_on IS NOT NULL),
    CONSTRAINT a_correction_was_told CHECK ((stage = 'CORRECTED') = (told_on IS NOT NULL))
);
SELECT guard('remedies', 'case', 'case_id');
SELECT fence_with('remedies', 'cases', 'case_id');
-- One after the other: what the agency has with one organ is not begun with another.
CREATE UNIQUE INDEX one_remedy_is_open ON remedies (case_id) WHERE stage NOT IN ('CORRECTED', 'ENDED');
