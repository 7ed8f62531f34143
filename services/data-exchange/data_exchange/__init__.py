"""data-exchange: agencies that help each other, and what each of them may see of the other's data.

It answers for requests between agencies (assistance, data, transfer, correction), their clocks, urging and the
silence after it, comparisons with registers, and for the record of who asked about whom. It asks identity for the
agencies, and case whether a case is open and whether a penalty exists. Other services learn from the ledger what
happened here.

Invariants
1. Nothing leaves before it is in the ledger: an answer waits until its records are sequenced (`wire.ledgered`).
2. A request has two sides. Each act belongs to one of them, and a third agency finds no such request.
3. Assistance within competence is a duty: it is refused only by a code of the closed list, with reasons (NJ 18(1)).
4. Silence is a fact: when a period ends unanswered, the record that says so starts the urging.
5. Personal data is asked for a purpose, and a purpose belongs to an open case or an oversight item (NJ 17).
6. Texts and names are stored sealed under the secret of their exchange; records hold digests of them.
"""
