-- A decision in the making: another agency that asks about the same act is told that this one may decide it.
CREATE TABLE decision_attempts (
    name     uuid PRIMARY KEY,
    case_id  text NOT NULL,
    begun_at timestamptz NOT NULL
);
CREATE INDEX attempts_of_a_case ON decision_attempts (case_id, begun_at);
SELECT operational('decision_attempts', 'an attempt counts for ten minutes; one that is lost is begun again');
