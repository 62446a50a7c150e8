"""The browser matrix: what people do in browsers, and what page views, dwell times and alerts come of it.

The modules ``going_on``, ``tabs``, ``leaving``, ``out_of_sight``, ``messages``, ``clocks`` and ``servers`` hold the
cases: each is declared right above what the person does, once, and both the tests and the table in
``docs/page-views.md`` are made from it. They import neither a browser's driver nor Django.
"""
