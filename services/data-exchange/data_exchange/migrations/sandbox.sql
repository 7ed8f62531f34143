-- What a sandbox noted about the calls of a partner's system: checks that are passed, notes, faults that are armed.
CREATE TABLE sandbox_marks (
    application_id text NOT NULL CHECK (application_id ~ '^app_[0-9a-z]{26}$'),
    mark           text NOT NULL,
    value          text NOT NULL,
    at             timestamptz NOT NULL,
    PRIMARY KEY (application_id, mark)
);
CREATE INDEX sandbox_marks_of_a_value ON sandbox_marks (mark, value);
SELECT operational('sandbox_marks', 'it exists in a sandbox alone, where nothing has legal effect');
