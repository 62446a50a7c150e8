"""Generating: a site's data in any size, the same for the same seed, to try pages and measure them with."""
