"""The chaos suite: programs are killed and servers fail while alerts are raised; then the books are balanced.

Run by ``make chaos`` or ``python -m tests.chaos``; docs/contributing/testing.md says how to read what it prints.
"""
