-- A record of the investigation that two officers sign, or their request for material (APL 42, 54, 55).
CREATE TABLE field_records (
    case_id     text NOT NULL REFERENCES cases,
    number      int NOT NULL CHECK (number > 0),
    kind        text NOT NULL CHECK (kind IN ('INQUIRY', 'INSPECTION', 'REQUEST')),
    first       text NOT NULL CHECK (first ~ '^off_[0-9a-z]{26}$'),
    began_at    timestamptz NOT NULL,
    ended_at    timestamptz NOT NULL,
    due_on      date,
    second      text NOT NULL CHECK (second ~ '^off_[0-9a-z]{26}$'),
    -- The party or its representative was there, and may read the document.
    with_party  boolean NOT NULL,
    document_id text REFERENCES documents,
    voided      boolean NOT NULL,
    provided_at timestamptz,
    is_whole    boolean,
    -- Every word of it, under the secret of the case; null once the case is erased.
    sealed      bytea,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (case_id, number),
    CONSTRAINT a_record_ends_after_it_began CHECK (began_at <= ended_at),
    CONSTRAINT two_officers_sign CHECK (second <> first),
    CONSTRAINT a_request_has_its_last_day CHECK ((due_on IS NOT NULL) = (kind = 'REQUEST')),
    CONSTRAINT material_comes_upon_a_request CHECK (
        num_nonnulls(provided_at, is_whole) IN (0, 2)
        AND (provided_at IS NULL OR (kind = 'REQUEST' AND document_id IS NOT NULL)))
);
SELECT guard('field_records', 'case', 'case_id');
SELECT fence_with('field_records', 'cases', 'case_id');

-- Evidence that is registered and kept where it is (APL 56).
CREATE TABLE preservations (
    case_id              text NOT NULL REFERENCES cases,
    number               int NOT NULL CHECK (number > 0),
    proposed_by          text NOT NULL CHECK (proposed_by ~ '^off_[0-9a-z]{26}$'),
    ordered_at           timestamptz,
    settle_by            date,
    document_id          text REFERENCES documents,
    handling             text CHECK (handling IN ('RETURN', 'RETURN_COPIED', 'EXAMINE', 'HAND_OVER', 'SEIZE')),
    handled_at           timestamptz,
    handling_document_id text REFERENCES documents,
    lapsed               boolean NOT NULL,
    returned_at          timestamptz,
    proof_sha256         text CHECK (proof_sha256 ~ '^[0-9a-f]{64}$'),
    -- When the party was released whose things it proposed to keep.
    released_at          timestamptz,
    -- The list, the place and the reasons, under the secret of the case; null once the case is erased.
    sealed               bytea,
    row_salt             bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (case_id, number),
    CONSTRAINT an_approval_has_its_day_and_document CHECK (
        num_nonnulls(ordered_at, settle_by, document_id) IN (0, 3)),
    CONSTRAINT a_decision_about_it_is_whole CHECK (
        num_nonnulls(handling, handled_at, handling_document_id) IN (0, 3)),
    CONSTRAINT only_what_is_kept_is_decided_about CHECK (
        ordered_at IS NOT NULL OR (handling IS NULL AND NOT lapsed)),
    CONSTRAINT what_lapsed_was_not_decided CHECK (NOT lapsed OR handling IS NULL),
    CONSTRAINT what_went_back_has_its_receipt CHECK (num_nonnulls(returned_at, proof_sha256) IN (0, 2)),
    CONSTRAINT only_what_is_free_goes_back CHECK (
        returned_at IS NULL OR lapsed OR handling IN ('RETURN', 'RETURN_COPIED', 'EXAMINE')),
    CONSTRAINT only_a_proposal_goes_with_its_party CHECK (released_at IS NULL OR ordered_at IS NULL)
);
CREATE INDEX preservations_in_force ON preservations (settle_by) WHERE handling IS NULL AND NOT lapsed;
SELECT guard('preservations', 'case', 'case_id');
SELECT fence_with('preservations', 'cases', 'case_id');
