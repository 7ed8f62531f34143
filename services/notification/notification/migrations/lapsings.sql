-- Of which class no notice about a case that was made by this time is sent any more.
CREATE TABLE lapsings (
    case_id text NOT NULL CHECK (case_id ~ '^cas_[0-9a-z]{26}$'),
    code    text NOT NULL,
    at      timestamptz NOT NULL,
    PRIMARY KEY (case_id, code)
);
SELECT operational('lapsings', 'which notices have no reason any more; the records of the ledger say so again');
