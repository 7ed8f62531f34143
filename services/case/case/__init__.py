"""case: one administrative penalty case from the first suspicion to the archive.

It answers for the procedure, its deadlines, the decision's guards, the legal documents and the payment.
It asks evidence what a capture is worth and notification whether a party consented to electronic service;
it learns from the ledger that evidence was accepted and backed up and that a document was served.

Invariants
1. No state is skipped in law: every act checks the state it starts from, under the row's lock.
2. A penalty is decided only when every guard of `domain/guards.py` holds at that instant; all that fail are returned.
3. The decided penalty is never heavier than one that was notified and served (APL 45(2)).
4. The hands are separate: evidence reviewers, investigators, the reviewer of the defence and the decider.
5. Only the bank's signed notice makes a case PERFORMED; no officer can mark a payment (APL 67).
6. A document is kept as the bytes that were served, sealed for its case; its digest is in the record, its text
   never is.
7. What identifies or describes a person stands nowhere but sealed under the secret of the case; records hold
   salted commitments to it. Destroying the secret erases it here and in every backup (PIPL 47).
"""
