"""From Freemarker to Jinja2: for people who bring their templates along.

``conversion.convert`` takes the text of a Freemarker template and gives the Jinja2 template that prints the same in
an attachment, with a finding for each thing that a person has to look at. Guarantees, whatever the text: it ends, the
result parses in Jinja2, and what could not be converted stands in it as a comment, so that nothing is lost silently.
"""
