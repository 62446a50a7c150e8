"""The Django app of the example site."""

from django.apps import AppConfig


class CompanyConfig(AppConfig):
    name = "example_site.company"
    label = "company"
    verbose_name = "Plumb & Heft"
