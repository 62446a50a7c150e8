"""Reporting: daily totals kept up to date, and what analytics read from them; who is on the site now.

Takes the rows that the other stages have written; they do not know it. Guarantees that totals can be made again from
those rows and are the same then, and that reading them costs the same however many page views there are.
"""
