-- An application to pay later or by parts (APL 66(2)), and the plan that was granted.
CREATE TABLE reliefs (
    case_id     text NOT NULL REFERENCES cases,
    number      int NOT NULL CHECK (number > 0),
    applied_at  timestamptz NOT NULL,
    -- Each part by its last day, its amount in fen, and the bank's reference once it is granted.
    due_on      date[] NOT NULL CHECK (cardinality(due_on) > 0),
    amount_fen  bigint[] NOT NULL CHECK (0 < ALL (amount_fen)),
    references_ text[] NOT NULL,
    granted     boolean,
    from_on     date,
    granted_at  timestamptz,
    answered_at timestamptz,
    service_ordered boolean NOT NULL,
    served_at   timestamptz,
    document_id text REFERENCES documents,
    -- The party's grounds and the reason of the answer, under the secret of the case; null once the case is erased.
    sealed      bytea,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (case_id, number),
    CONSTRAINT each_part_has_its_day CHECK (cardinality(due_on) = cardinality(amount_fen)),
    CONSTRAINT each_part_of_a_plan_has_its_reference CHECK (
        cardinality(references_) = CASE WHEN granted THEN cardinality(due_on) ELSE 0 END),
    CONSTRAINT a_plan_counts_from_a_day CHECK (
        num_nonnulls(from_on, granted_at) = CASE WHEN granted THEN 2 ELSE 0 END),
    CONSTRAINT an_answer_has_its_document CHECK (num_nonnulls(granted, document_id, answered_at) IN (0, 3)),
    CONSTRAINT what_is_served_was_answered CHECK (answered_at IS NOT NULL OR NOT service_ordered AND served_at IS NULL)
);
CREATE INDEX reliefs_by_reference ON reliefs USING gin (references_);
SELECT guard('reliefs', 'case', 'case_id');
SELECT fence_with('reliefs', 'cases', 'case_id');

-- A rest of the procedure before the decision.
CREATE TABLE suspensions (
    case_id     text NOT NULL REFERENCES cases,
    number      int NOT NULL CHECK (number > 0),
    ground      text NOT NULL,
    proposed_by text NOT NULL,
    back_to     text,
    since       date,
    until       date,
    -- The party of this row proved to be the wrong one.
    released_at timestamptz,
    -- The officer's reason, under the secret of the case; null once the case is erased.
    sealed      bytea,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (case_id, number),
    CONSTRAINT a_rest_leads_back CHECK ((since IS NULL) = (back_to IS NULL)),
    CONSTRAINT a_rest_ends_after_it_began CHECK (until >= since),
    CONSTRAINT what_never_began_does_not_end CHECK (until IS NULL OR since IS NOT NULL)
);
SELECT guard('suspensions', 'case', 'case_id');
SELECT fence_with('suspensions', 'cases', 'case_id');

-- The execution of a penalty that was not performed: the demand, the court, the end.
CREATE TABLE executions (
    case_id             text PRIMARY KEY REFERENCES cases,
    demand_document_id  text REFERENCES documents,
    demanded_at         timestamptz,
    surcharge_reference text CHECK (surcharge_reference ~ '^[0-9]{20}$'),
    demand_served_at    timestamptz,
    answer_until        timestamptz,
    court_document_id   text REFERENCES documents,
    applied_on          date,
    ruling              text CHECK (ruling IN ('ACCEPTED', 'NOT_ACCEPTED', 'GRANTED', 'REFUSED')),
    ruled_on            date,
    objected_on         date,
    rests_since         date,
    rest_ground         text,
    ended               text,
    -- Why it ended, in the officer's words, under the secret of the case; null without, and once the case is erased.
    sealed              bytea,
    row_salt            bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_surcharge_reference_names_one_case UNIQUE (surcharge_reference),
    CONSTRAINT a_demand_is_whole CHECK (
        num_nonnulls(demand_document_id, demanded_at, surcharge_reference) IN (0, 3)),
    CONSTRAINT service_starts_the_ten_days CHECK ((demand_served_at IS NULL) = (answer_until IS NULL)),
    CONSTRAINT the_court_is_asked_after_the_demand CHECK (
        num_nonnulls(court_document_id, applied_on) IN (0, 2) AND (applied_on IS NULL OR answer_until IS NOT NULL)),
    CONSTRAINT a_rest_has_its_ground CHECK ((rests_since IS NULL) = (rest_ground IS NULL))
);
SELECT guard('executions', 'case', 'case_id');
SELECT fence_with('executions', 'cases', 'case_id');

-- What the party said to the demand (AEL 36), and its answer.
CREATE TABLE demand_objections (
    case_id      text NOT NULL REFERENCES cases,
    number       int NOT NULL CHECK (number > 0),
    submitted_at timestamptz NOT NULL,
    answered     boolean NOT NULL,
    adopted      boolean,
    -- The statement and the reason of its answer, under the secret of the case; null once the case is erased.
    sealed       bytea,
    row_salt     bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (case_id, number),
    CONSTRAINT an_answer_to_an_objection_says_whether CHECK (answered = (adopted IS NOT NULL))
);
SELECT guard('demand_objections', 'case', 'case_id');
SELECT fence_with('demand_objections', 'cases', 'case_id');
