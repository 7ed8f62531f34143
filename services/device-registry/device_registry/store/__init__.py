"""The registry's rows. No other package of this service speaks SQL.

tables     the columns                         devices    a device and its life
rows       a device as a row, and back         parts      the child rows that a fact adds
texts      the texts of rows beside the facts  dossiers   a device with everything on record about it
entries    a device as a reader sees it        imports    inventories and the devices they brought
accounts   Digest accounts, sealed             public     the fields that are public
checks     the day of the last nightly check
"""
