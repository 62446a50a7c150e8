"""A page below the site's own base page, where Wagtail lets a site have one."""

from django.conf import settings
from django.db import models
from wagtail import VERSION as WAGTAIL_VERSION

if WAGTAIL_VERSION >= (8, 0):
    from wagtail.test.basepage.models import BasePage
else:
    from wagtail.models import Page as BasePage


class ArticlePage(BasePage):
    base = models.OneToOneField(
        getattr(settings, "WAGTAIL_PAGE_MODEL", "wagtailcore.Page"),
        on_delete=models.CASCADE,
        parent_link=True,
        primary_key=True,
        related_name="+",
    )

    template = "articles/article_page.html"
