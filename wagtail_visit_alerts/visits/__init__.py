"""Visits: what a browser sends and gets. The front door of requests; knows the pipeline, decides nothing itself."""
