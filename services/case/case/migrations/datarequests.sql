-- What the party asks about its own data (PIPL 44 to 50), and how the agency decided.
CREATE TABLE data_requests (
    case_id    text NOT NULL REFERENCES cases,
    number     int NOT NULL CHECK (number > 0),
    party_id   text NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('ACCESS', 'COPY', 'CORRECTION', 'ERASURE')),
    asked_at   timestamptz NOT NULL,
    granted    boolean,
    ground     text CHECK (ground IN ('SECRECY', 'IMPEDES_DUTY', 'IS_CORRECT', 'KEPT_BY_LAW')),
    law        text,
    decided_by text,
    decided_at timestamptz,
    -- When its party was released as the wrong one: nobody decides it any more.
    released_at timestamptz,
    -- The words of the request and the reasons of the answer, under the secret of the case; null once it is erased.
    sealed     bytea,
    row_salt   bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (case_id, number),
    CONSTRAINT an_answer_is_whole CHECK (num_nonnulls(granted, law, decided_by, decided_at) IN (0, 4)),
    CONSTRAINT a_refusal_has_its_ground CHECK ((granted IS FALSE) = (ground IS NOT NULL))
);
CREATE UNIQUE INDEX one_request_of_a_kind_waits ON data_requests (case_id, kind)
    WHERE granted IS NULL AND released_at IS NULL;
SELECT guard('data_requests', 'case', 'case_id');
SELECT fence_with('data_requests', 'cases', 'case_id');
