"""What runs in a process of its own, with limits of its own: attachments' templates, and PDF.

Nothing here imports Django or anything else of the app: the child has to start within a tenth of a second, and what
a template could reach must not be there. ``attachments.child_process`` starts these modules.
"""
