-- What is due to whom: a row for each period of the agency that runs. Each change of the case writes its rows again.
-- The lists read these rows by their indexes, so neither the archive nor the number of cases makes a page slower.
CREATE TABLE work_items (
    case_id        text NOT NULL REFERENCES cases,
    rule           text NOT NULL,
    agency_id      text NOT NULL,
    party_id       text,
    role           text NOT NULL,
    first_officer  text,
    second_officer text,
    due_on         date NOT NULL,
    alarm_on       date,
    law            text NOT NULL,
    -- Whether the supervisor has a record that this day passed, or hears of it from a fact of its own.
    is_reported    boolean NOT NULL,
    PRIMARY KEY (case_id, rule)
);
CREATE INDEX work_of_an_agency ON work_items (agency_id, due_on, case_id, rule);
CREATE INDEX work_of_a_role ON work_items (agency_id, role, due_on, case_id, rule);
CREATE INDEX work_of_a_first_officer ON work_items (first_officer, due_on);
CREATE INDEX work_of_a_second_officer ON work_items (second_officer, due_on);
CREATE INDEX work_to_report ON work_items (due_on) WHERE NOT is_reported;
SELECT operational('work_items', 'written again from the case by each of its changes');
-- The fence of the case itself. One that asks the table of cases would read all of them for one page.
SELECT fence('work_items', 'party_id', case_column => 'case_id');
