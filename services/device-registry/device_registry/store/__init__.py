"""The registry's rows. The only place in this service that speaks SQL.

tables     what the columns are                devices    a device, its dossier, its life
papers     what proves it                      inventory  imports and the rows they brought
accounts   Digest accounts, sealed             public     what everybody may read
"""
