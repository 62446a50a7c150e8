"""The Wagtail admin: listings, forms and the wizard. Requests stop here; the rules live in models and stages."""
