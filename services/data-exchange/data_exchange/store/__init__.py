"""The rows of the exchange. No other package of it speaks SQL.

tables     the columns                         exchanges  requests between agencies, with their clocks
papers     what the two sides told each other  rows       between rows and values
"""
