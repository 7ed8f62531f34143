"""Identity: who the people of the platform are, for whom they act, and which roles they hold.

Invariants
  1. Roles come from `assignments` alone; no token of anybody else's brings one.
  2. Of the three administrators (system, security, audit) nobody is two, and none holds a business role.
  3. A client's secret is never stored: its SHA-256 is, and 256 random bits cannot be guessed from it.
  4. Facts hold ids, roles and dates; names and certificate numbers stay in the rows.
"""
