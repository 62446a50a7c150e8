"""Tells a salesperson by e-mail that a contact they know is looking at a page that matters."""

__version__ = "0.1.0"
