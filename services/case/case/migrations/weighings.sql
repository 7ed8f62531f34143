-- The law of the act and that of the day on which somebody weighed them, each with what it allows (APL 37).
CREATE TABLE weighings (
    case_id       text NOT NULL REFERENCES cases,
    n             integer NOT NULL CHECK (n > 0),
    acted_on      date NOT NULL,
    weighed_on    date NOT NULL,
    law           text NOT NULL CHECK (law IN ('OF_THE_ACT', 'OF_TODAY', 'NONE')),
    of_the_act    jsonb NOT NULL,
    of_today      jsonb,
    circumstances jsonb NOT NULL,
    row_salt      bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (case_id, n),
    CONSTRAINT no_law_is_weighed_before_the_act CHECK (weighed_on >= acted_on),
    CONSTRAINT without_a_law_there_is_no_violation CHECK ((law = 'NONE') = (of_today IS NULL))
);
SELECT guard('weighings', 'case', 'case_id');
SELECT fence_with('weighings', 'cases', 'case_id');
