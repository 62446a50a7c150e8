"""Generating: a site's data in any size, the same for the same seed, to try pages and measure them with."""

from wagtail_visit_alerts.generating.generator import Generated, generate
from wagtail_visit_alerts.generating.sizes import SIZES, Size

__all__ = ["SIZES", "Generated", "Size", "generate"]
