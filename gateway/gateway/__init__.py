"""The gateway: authenticates every caller and forwards requests by a route table, each with a token of its own.

Neighbours: all services, by URL (or in process, in `allinone`). It also owns identity: agencies, officers, parties,
roles and clients live in its own database (`gateway.identity`).

Invariants
  1. An unknown or ambiguous request is refused before any service hears of it.
  2. Only the caller's headers on the allow-list reach a service, each at most once; Authorization never does (except
     Digest under /VIID).
  3. A service learns who asks from the internal token alone, and the token is made from our own assignments.
  4. A route that states no act (`Allow`) does not exist at the gateway.
  5. A role is assigned by a rule that is given the other roles of that officer (`identity.domain.officers`).
"""
