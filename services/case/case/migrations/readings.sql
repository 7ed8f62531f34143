-- Who read a case, and what for (NJ 17; PIPL 45). An officer, a purpose, a day and a depth make one row; an unmasking is
-- a row each time.
CREATE TABLE readings (
    case_id  text NOT NULL REFERENCES cases,
    reader   text NOT NULL,
    purpose  text NOT NULL,
    read_on  date NOT NULL,
    depth    text NOT NULL CHECK (depth IN ('MASKED', 'DOCUMENTS', 'UNMASKED')),
    -- Which unmasking of the officer's day; 0 for a reading.
    nth      int NOT NULL CHECK (nth >= 0),
    fields   text[] NOT NULL,
    read_at  timestamptz NOT NULL,
    row_salt bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (case_id, reader, purpose, read_on, depth, nth),
    CONSTRAINT an_unmasking_names_its_fields CHECK ((depth = 'UNMASKED') = (cardinality(fields) > 0))
);
CREATE INDEX readings_of_a_day ON readings (reader, read_on) WHERE depth <> 'MASKED';
SELECT guard('readings', 'case', 'case_id');
SELECT fence_with('readings', 'cases', 'case_id');

-- What a head lets an officer unmask beyond the budget of the day, because of a case (PIPL 51).
CREATE TABLE unmasking_grants (
    officer_id text NOT NULL,
    granted_on date NOT NULL,
    nth        int NOT NULL CHECK (nth > 0),
    case_id    text NOT NULL REFERENCES cases,
    more       int NOT NULL CHECK (more > 0),
    granted_by text NOT NULL,
    granted_at timestamptz NOT NULL,
    row_salt   bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (officer_id, granted_on, nth),
    CONSTRAINT nobody_grants_to_oneself CHECK (officer_id <> granted_by)
);
SELECT guard('unmasking_grants', 'case', 'case_id');
SELECT fence_with('unmasking_grants', 'cases', 'case_id');
