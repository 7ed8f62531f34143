"""The clean-up at work: what is asked of other services for it, and many devices looked at one after another.

figures.py      how each device worked, as evidence and case counted it
evaluating.py   the seven situations of many devices, a batch a change
"""
