"""case: one administrative penalty case from the first suspicion to the archive.

It answers for the procedure, its deadlines, the decision's guards, the legal documents and the payment. It also
opens oversight items from facts of other services (`oversight`), and takes the agency's reply and the result.
It asks evidence for the captures, the registry for the devices, and notification for the party's consent to
electronic service. The ledger tells it that evidence was accepted and backed up and that a document was served.

Invariants
1. No state is skipped in law: every act checks the state it starts from, under the row's lock.
2. A penalty is decided only when every guard holds at that instant; the refusal names all that fail.
3. The decided penalty is never heavier than a penalty that was notified and served (APL 45(2)). None is decided on
   facts, a party or a fault that an adopted defence removed (APL 57(1)(3)).
4. The hands are separate: evidence reviewers, investigators, the reviewer of the defence and the decider.
5. Only what the bank signed makes a case PERFORMED: its notices, confirmed by its file of the day. No officer can mark
   a payment (APL 67).
6. A document is stored as the bytes that were served, sealed for its case. The record holds its digest, never
   its text.
7. Data that identifies or describes a person is stored only under the secret of the case; records hold salted
   commitments to it. Destroying the secret erases the data here and in every backup (PIPL 47).
8. A record opens at most one oversight item, and no result of an item punishes anybody (AES 32, 33(1)).
9. An attempt to decide is on the table before the other agencies are asked. So of two agencies that ask about one act
   at once, at most one hears a no (APL 29).
10. What ends a case without a penalty is on record before the end: a correction, a look-back, an adopted defence. Who
   is not punished for a violation was educated, with a proof (APL 33(3)).
11. Hearing, legal review and discussion of the heads are entered where the law, the city's figures or the record call
   for them, whatever those who are reviewed say; no decision passes one by (APL 57(2), 58, 63). Nobody who had to
   withdraw acts in the case (APL 43).
12. Nothing is filed, noticed, decided, served, closed or archived on a capture whose device was found not to have been
   lawful, until somebody settled what follows. No word of an officer makes a device lawful (APL 41(1)).
13. An agency amends its own decision by three hands, and never to anything heavier; what was paid and is not owed any
   more goes back before the case closes (APL 45(2), 75(2)).
14. The content of a published decision leaves the public page in the commit in which the decision falls (APL 48(2)).
15. While a remedy is open no case ends, and no surcharge runs (APL 73). A decision that was ordered anew is not made
   again on the same report and captures, nor a heavier one (ARL 64(2)).
16. A capture belongs to one case that goes on. What decides which cases are about one act takes turns, so no decision
   misses a penalty for the same act that another one imposes (APL 29).
"""
