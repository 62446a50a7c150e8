"""The example site: a maker of warehouse scales whose salespeople use wagtail_visit_alerts."""
