"""Views that differ from Wagtail's generic ones."""
