"""Explaining: why was, or wasn't, an alert raised by a page view? In one sentence for each alert concerned.

Takes page views, gives text in the language that is active. What was raised, held back or sent is read from what was
written then; what raised nothing is judged by the alerts as they stand now, by the functions that judge a real page
view, and the text says so. ``facts`` reads all of that at once, ``verdicts`` judges, the others say it in words.
"""

from wagtail_visit_alerts.explaining.answers import explain, explain_in_sentences

__all__ = ["explain", "explain_in_sentences"]
