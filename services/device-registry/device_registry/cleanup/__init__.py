"""The clean-up at work: what is asked of other services for it, many devices one after another, and its documents.

figures.py       how each device worked, as evidence and case counted it
evaluating.py    the seven situations of many devices, a batch a change
nightly.py       the same each night, and the end of LEGACY
campaigning.py   the baseline of a campaign, and the reports that are missing
annexing.py      the content of a report as the register has it now
filing.py        the files of a report, made again from its content
content.py       what each document must have; papers.py makes it with *.typ, workbook.py as a workbook
"""
