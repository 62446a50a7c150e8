"""The one app of the example site: its pages and its sample data."""
