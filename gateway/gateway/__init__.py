"""The gateway: authenticates every caller, and forwards what the route tables know with a token for that one request.

Neighbours: all services, by URL (or in process, in `allinone`). It also owns identity: agencies, officers, parties,
partners, roles and clients live in its own database (`gateway.identity`).

Invariants
  1. An unknown or ambiguous request is refused before any service hears of it.
  2. No header of the caller's reaches a service but those on the allow-list, each at most once; never Authorization
     (except Digest under /VIID).
  3. What a service is told about who asks stands in the internal token alone, and comes from our own assignments.
  4. A route that states no act (`Allow`) does not exist at the gateway.
  5. A role is assigned by a rule that knows the other roles of that person (`identity.domain`).
"""
