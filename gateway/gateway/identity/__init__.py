"""Identity: who the people of the platform are, for whom they act, and which roles they hold.

Invariants
  1. Roles come from `assignments` alone; no token of another issuer brings one.
  2. Of the three administrators (system, security, audit) no officer is two, and none of them has a business role.
  3. A client's secret is never stored, only its SHA-256; 256 random bits cannot be guessed from it.
  4. Facts have ids, roles and dates; names and certificate numbers stay in the rows.
"""
