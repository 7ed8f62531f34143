"""The rows of cases. No other package of this service speaks SQL.

tables     the columns                            cases      a case: lock, find, add, save
rows       a case as rows, and back               parts      the rows beside a case's own that a fact writes
texts      the contents that records only         dossiers   a case with everything on record about it
           commit to, and how a row seals them    documents  the legal documents
erasures   who proposed and approved an erasure   payments   the bank's notices

deliberation       hearings, legal reviews, discussions, recusals: what a fact of them writes
deliberationrows   their rows as values, and back
deliberationtables  their columns; deliberationtexts  the words that go with them

oversight         an oversight item: lock, search, add, save
oversight_tables  its columns
oversight_texts   the log of its object, and the words of the two sides, which are sealed

legalsources      the versions of a legal source, and the articles that are published
successions       which article takes the place of which
catalogue_tables  the columns of both
"""
