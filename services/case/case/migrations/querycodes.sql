-- The query code of a case, made when its party is first prompted: a digest under a key that the database does not have,
-- by which it is found, and the code itself for printing, under the secret of the case; null once the case is erased.
CREATE TABLE query_codes (
    case_id  text PRIMARY KEY REFERENCES cases,
    digest   bytea NOT NULL CHECK (length(digest) = 32),
    made_at  timestamptz NOT NULL,
    sealed   bytea,
    row_salt bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_query_code_opens_one_case UNIQUE (digest)
);
SELECT guard('query_codes', 'case', 'case_id');
SELECT fence_with('query_codes', 'cases', 'case_id');
