"""The rows of the exchange. No other package of it speaks SQL.

tables     the columns                         exchanges  requests between agencies, with their clocks
receipts   records with their places in the ledger
papers     what the two sides told each other  rows       between rows and values
transfers  transfers with files and notes      uploads    files on their way into a package

partners, applications (with their keys), agreements and purposes, over the columns in tables_partners
"""
