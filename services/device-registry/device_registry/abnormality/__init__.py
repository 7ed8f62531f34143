"""The monthly look at every device of the city, and what follows from it.

monthly   counts of evidence and case ─▶ figures ─▶ flags ─▶ reviews, and the devices that are held
quarterly after the last month of a quarter: the analysis of every agency with devices
report    the analysis as data and as a document; analysis.typ is its page
"""
