"""The sandbox: it watches the calls of partners' systems, plays faults on them, moves the clock, signs the report.

recorder     holds each call against the checklist (`domain.checklist`), and loses an answer on demand
faults       what a system can have happen to its next call
hints        the same for hints to its address
clock        the demo clock, forward by working days
report       the signed report of conformance

Nothing of it runs outside a sandbox.
"""
