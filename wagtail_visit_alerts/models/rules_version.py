"""RulesVersion: the number by which every process knows that its compiled rules are out of date."""

from django.db import models
from django.db.models import F

from wagtail_visit_alerts.models.primary import PrimaryManager


class RulesVersion(models.Model):
    """One row; its number grows with every change of an alert, a page's place or a site."""

    ONLY_ROW = 1

    number = models.PositiveBigIntegerField(default=0)

    objects = PrimaryManager()

    class Meta:
        base_manager_name = "objects"

    def __str__(self) -> str:
        return str(self.number)

    @classmethod
    def bump(cls) -> None:
        """Say that the rules have changed. Writes one row."""
        if not cls.objects.filter(pk=cls.ONLY_ROW).update(number=F("number") + 1):
            cls.objects.get_or_create(pk=cls.ONLY_ROW, defaults={"number": 1})

    @classmethod
    def current(cls) -> int:
        """The number in the database; 0 before the first change."""
        return cls.objects.filter(pk=cls.ONLY_ROW).values_list("number", flat=True).first() or 0
