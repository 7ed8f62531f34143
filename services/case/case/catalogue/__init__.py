"""The statutes that ship with the product, ready to be proposed to a city's catalogue of legal sources.

statutes.toml   each with its level, organ, number, articles and days in force
statutes        reads them as orders
matters         tells a process of the matters that are published

Nothing here is law in a city by itself: an officer proposes a statute and another approves it, and whoever approves
compares it with the gazette first.
"""
