"""MonitoredPage: one row of an alert, a Wagtail page or a URL pattern, and the minimum dwell time."""

from datetime import timedelta
from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import formats
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.models import Orderable

from wagtail_visit_alerts.conf import PAGE_MODEL
from wagtail_visit_alerts.models.alert import Alert
from wagtail_visit_alerts.models.primary import PrimaryManager

#: A day: longer dwell times are not valid (design 3.2).
MAX_MINUTES = 1440
#: Long enough for the longest path people paste, short enough for an index on every database.
MAX_PATH_LENGTH = 500
#: The path that stands for every page of a site.
WHOLE_SITE = "**"


class MonitoredPage(Orderable):
    """Which page or URL an alert watches, and how long a contact must have stayed."""

    class Kind(models.TextChoices):
        PAGE = "page", pgettext_lazy("kind", "Page")
        URL = "url", pgettext_lazy("kind", "URL")

    alert = ParentalKey(Alert, on_delete=models.CASCADE, related_name="monitored_pages")
    kind = models.CharField(_("kind"), max_length=4, choices=Kind.choices, default=Kind.PAGE)
    page = models.ForeignKey(
        PAGE_MODEL, verbose_name=_("page"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    include_subpages = models.BooleanField(_("and all its subpages"), default=False)
    include_translations = models.BooleanField(_("and its translations"), default=False)
    site = models.ForeignKey(
        "wagtailcore.Site",
        verbose_name=_("site"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text=_("Leave empty for any site."),
    )
    is_exception = models.BooleanField(_("but not on"), default=False)
    path = models.CharField(_("path"), max_length=MAX_PATH_LENGTH, blank=True)
    minimum_minutes = models.DecimalField(
        _("minimum minutes on the page"),
        max_digits=6,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(MAX_MINUTES))],
    )

    objects: "PrimaryManager[MonitoredPage]" = PrimaryManager()

    class Meta(Orderable.Meta):
        base_manager_name = "objects"
        verbose_name = _("monitored page")
        verbose_name_plural = _("monitored pages")
        constraints = [
            models.CheckConstraint(
                name="visit_alerts_monitored_page_kind",
                condition=models.Q(kind="page", path="", site__isnull=True)
                | (models.Q(kind="url", page__isnull=True) & ~models.Q(path="")),
            ),
            models.CheckConstraint(
                name="visit_alerts_monitored_page_minutes",
                condition=models.Q(minimum_minutes__isnull=True)
                | models.Q(minimum_minutes__gte=0, minimum_minutes__lte=MAX_MINUTES),
            ),
        ]

    def __str__(self) -> str:
        if self.kind == self.Kind.PAGE:
            return self.page.title if self.page else gettext("a deleted page")
        return self._url_in_words()

    def _url_in_words(self) -> str:
        whole = self.path == WHOLE_SITE
        if self.site is None:
            if whole:
                return gettext("every page of every site")
            return gettext("%(path)s on any site") % {"path": self.path}
        host = self.site.hostname if self.site.port in (80, 443) else f"{self.site.hostname}:{self.site.port}"
        return gettext("every page of %(host)s") % {"host": host} if whole else f"{host}{self.path}"

    @property
    def in_words(self) -> str:
        """The row as a person says it: what is watched and for how long a contact must stay, or what is not."""
        text = str(self)
        if self.include_subpages and self.include_translations:
            text = gettext("%(page)s, all its subpages and their translations") % {"page": text}
        elif self.include_subpages:
            text = gettext("%(page)s and all its subpages") % {"page": text}
        elif self.include_translations:
            text = gettext("%(page)s and its translations") % {"page": text}
        if self.is_exception:
            return gettext("not on %(page)s") % {"page": text}
        if not self.minimum_minutes:
            return text
        minutes = formats.number_format(Decimal(self.minimum_minutes).normalize())
        return gettext("%(page)s, for at least %(minutes)s min") % {"page": text, "minutes": minutes}

    @property
    def watches_something(self) -> bool:
        """Whether a page view can satisfy the row: it is no exception, and its page still exists."""
        return not self.is_exception and (self.kind == self.Kind.URL or self.page_id is not None)

    @property
    def target(self) -> tuple[object, ...]:
        """What the row watches or excepts, whatever its minutes: two rows with the same target are the same row."""
        return self.is_exception, self.kind, self.page_id, self.site_id, self.path

    @property
    def minimum_dwell(self) -> timedelta:
        """The least dwell time; zero means that entering the page is enough."""
        return timedelta(minutes=float(self.minimum_minutes or 0))
