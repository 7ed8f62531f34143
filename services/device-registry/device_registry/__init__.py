"""The register of enforcement devices: may this device watch, and was it allowed to at that second?

    inventory file ─▶ import ─▶ LEGACY                     evidence ──"lawful at t?"──▶ signed capability
    device admin ─▶ DRAFT ─▶ … ─▶ ACTIVE ─▶ SUSPENDED      evidence ──Digest account──▶ HA1 of a push account
                       every step a record ─▶ ledger       anybody  ──public list───▶ place, dates, state

It answers for spec/law/02: the life of a device (`domain.lifecycle`, `domain.application`), the guards it must
satisfy (`domain.compliance`), what it was at any past instant (`domain.standing`) and the inventories that cities
bring (`domain.inventory`). It never sees a capture, and it judges no officer: roles are `common.policy`.

Invariants, cited from the code and the tests that hold them:

1. A missing guard blocks, it never warns; all that fail are named in one answer, each with its law.
2. Applicant, legal reviewer, technical reviewer and approver of a device are four different persons.
3. A capture is lawful only if the device was lawful at that second. What is recorded later in a device's favour
   never reaches back over an earlier gap; what is recorded later against it does.
4. No device exists in a place of VSR 8: no profile, role or import can lift that list.
5. An import accounts for every row and changes no device that exists; repeating it changes nothing.
6. A push password is shown once and never stored; its HA1 is sealed under a key that the database does not hold.
"""
