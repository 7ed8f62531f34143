-- The education of a party that is not punished (APL 33(3)): each has its document.
CREATE TABLE educations (
    document_id text PRIMARY KEY REFERENCES documents,
    case_id     text NOT NULL REFERENCES cases,
    -- What the party was told, under the secret of the case; null once the case is erased.
    sealed      bytea,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid())
);
CREATE INDEX educations_of_a_case ON educations (case_id);
SELECT guard('educations', 'case', 'case_id');
SELECT fence_with('educations', 'cases', 'case_id');

-- Why a lead is to become no case, as an officer proposed it.
CREATE TABLE non_filings (
    case_id     text PRIMARY KEY REFERENCES cases,
    proposed_at timestamptz NOT NULL,
    -- The officer's words, under the secret of the case; null once the case is erased.
    sealed      bytea,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid())
);
SELECT guard('non_filings', 'case', 'case_id');
SELECT fence_with('non_filings', 'cases', 'case_id');
