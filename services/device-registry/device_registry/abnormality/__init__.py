"""The monthly look at every device of the city, and what follows from it.

monthly   counts of evidence and case ─▶ figures ─▶ flags ─▶ reviews, and the devices that are held
"""
