"""Notification: telling people, and serving process on them. Two things that are never mixed.

Answers for: messages in a party's inbox, their delivery and viewing; consents to electronic service; service of
process by every manner, from the order of case to the day of service (ADR-0040). It asks case for the bytes of a
document, reads from the ledger which messages to send and what to serve, and tells the other services through the
ledger alone.

Invariants
1. A message is a NOTICE or a SERVICE from the moment it is made. A notice is never served, and every service was
   ordered by a person.
2. Nothing is served electronically without a signed consent that covers that kind of document and stands
   at the moment of delivery; the consent's id is in the record (APL 61(2)).
3. Delivery, viewing and legal effect are separate facts. Viewing has no legal effect; being served does.
4. A message carries the document whose digest case recorded, or no document at all.
5. A prompt (N-01) shows no amount, no way to pay and no verdict, and says that it costs nothing.
6. A party sees its own messages and consents; another's do not exist for it.
7. A record holds ids, codes, digests and times, never an address or a text.
8. That a provider took a message is never its arrival. Only the channel itself says that it arrived, and nobody counts
   as told whom nothing reached.
9. The begin of a call is durable before the call, and on record where it serves process. Where nobody knows how the
   call ended, what serves is not sent again.
10. A service has one date of service at most, and what was served stays served. A proved other time is kept beside it.
11. No wish of a party switches off what the law demands. Every other wish is asked once more before each call.
12. Messages that leave in one text keep each its own delivery and record. The text itself is stored nowhere.
"""
