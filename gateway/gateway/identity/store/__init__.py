"""Identity's rows. No other package of the gateway speaks SQL.

tables     the columns                         agencies, officers, outsiders, clients   one file per noun
people     the directory of all people and clients, and the copy that the gateway keeps in memory
"""
