"""Identity's rows. No other package of the gateway speaks SQL.

tables     the columns                         agencies, officers, outsiders, clients   one file per noun
people     everybody who may ask, at once, and the copy of it that the gateway keeps in memory
"""
