"""Importing: contacts from a CSV file, looked through first and written then, line by line."""
