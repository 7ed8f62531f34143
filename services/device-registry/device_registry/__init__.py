"""The register of enforcement devices: may this device watch, and was it allowed to at that second?

    inventory file ─▶ import ─▶ LEGACY                     evidence ──"lawful at t?"──▶ signed capability
    device admin ─▶ DRAFT ─▶ … ─▶ ACTIVE ─▶ SUSPENDED      evidence ──Digest account──▶ HA1 of a push account
                       every step a record ─▶ ledger       anybody  ──public list───▶ place, dates, state

Its law: the life of a device (`domain.application`, `domain.lifecycle`, `domain.facts`), the guards that a device must
satisfy (`domain.compliance`), its standing at any past instant (`domain.standing`), and the inventories that cities
bring (`inventories`, `domain.inventory`, `domain.legacy`). Devices whose figures are out of line are found by
`domain.abnormality` and reviewed by people (`domain.anomalies`, `domain.analyses`). It never sees a capture. It judges
no officer: roles are in `common.policy`.

Invariants, cited from the code and from the tests that hold them:

1. A missing guard blocks, it never warns. One answer names every guard that fails, each with its law.
2. Applicant, legal reviewer, technical reviewer and approver of a device are four different persons.
3. A capture is lawful only if the device was lawful at that second. A paper that is recorded later in a device's favour
   never reaches back over an earlier gap; a finding that is recorded later against it does.
4. No device exists in a place of VSR 8: no profile, role or import can lift that list.
5. An import accounts for every row. It never certifies what its file does not say, it changes a device only by a later
   file of the same source, and only what then differs; repeating it changes nothing.
6. A push password is shown once and never stored; its HA1 is sealed under a secret that the database does not hold.
   A secret address is shown once, and its digest kept.
7. A signing key is taken with a proof of possession, and is valid from its enrolment on and never before.
"""
