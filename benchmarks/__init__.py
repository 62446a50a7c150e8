"""What things cost: one file per question, each with a function ``measure``; ``make bench`` prints the figures.

Nothing here passes or fails: that something became dear is seen by comparing two runs on one machine. What must hold
everywhere, the number of queries, is tested (``tests/query_counting.py``).
"""
