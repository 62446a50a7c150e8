"""Pages of the test site: a plain one and a form."""

from django.db import models
from modelcluster.fields import ParentalKey
from wagtail.contrib.forms.models import AbstractEmailForm, AbstractFormField
from wagtail.models import Page


class ContentPage(Page):
    template = "testapp/content_page.html"


class FormField(AbstractFormField):
    page = ParentalKey("FormPage", on_delete=models.CASCADE, related_name="form_fields")


class FormPage(AbstractEmailForm):
    template = "testapp/form_page.html"
    landing_page_template = "testapp/content_page.html"
