"""The delivering stage: from a raised notification to an e-mail that a mail server has accepted.

``recipients`` says who is told, ``outbox`` keeps what is to be sent and lends it to one process at a time,
``message`` writes the e-mail from ``contents`` in the ``wording`` of its reader, ``sending`` hands it to the
mail server, ``faults`` tells a fault that may pass from one that won't, and ``waking`` asks the queue to begin.
"""
