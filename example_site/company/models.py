"""The kinds of page of the company's site."""

from typing import Any

from django.db import models
from django.http import HttpRequest
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, InlinePanel
from wagtail.contrib.forms.models import AbstractForm, AbstractFormField
from wagtail.contrib.forms.panels import FormSubmissionsPanel
from wagtail.fields import RichTextField
from wagtail.models import Orderable, Page

from wagtail_visit_alerts.models import Contact


class CompanyPage(Page):
    """What every page of the site has: a sentence under its title, and text."""

    intro = models.TextField(blank=True)
    body = RichTextField(blank=True)

    content_panels = [*Page.content_panels, FieldPanel("intro"), FieldPanel("body")]

    class Meta:
        abstract = True


class HomePage(CompanyPage):
    """The front page: the products, and what customers and the blog say."""

    headline = models.CharField(max_length=80)

    content_panels = [*Page.content_panels, FieldPanel("headline"), FieldPanel("intro"), FieldPanel("body")]
    parent_page_types = ["wagtailcore.Page"]
    max_count = 1

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add what the front page shows of the pages below it."""
        return {
            **super().get_context(request, *args, **kwargs),
            "products": ProductPage.objects.live().descendant_of(self),
            "case_studies": CaseStudyPage.objects.live().descendant_of(self),
            "posts": BlogPostPage.objects.live().descendant_of(self).order_by("-published_on")[:3],
        }


class SectionPage(CompanyPage):
    """A page that lists the pages below it: products, case studies, the blog."""

    parent_page_types = ["company.HomePage"]
    subpage_types = ["company.ProductPage", "company.CaseStudyPage", "company.BlogPostPage"]

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the pages below this one, in their order in the tree."""
        return {
            **super().get_context(request, *args, **kwargs),
            "entries": [page.specific for page in self.get_children().live().specific()],
        }


class ProductPage(CompanyPage):
    """One scale or sensor."""

    class Drawing(models.TextChoices):
        FLOOR = "floor", "Floor scale"
        SHELF = "shelf", "Shelf sensor"
        FORK = "fork", "Forklift scale"

    drawing = models.CharField(max_length=8, choices=Drawing.choices, default=Drawing.FLOOR)
    capacity = models.CharField(max_length=40, blank=True)
    accuracy = models.CharField(max_length=40, blank=True)
    power = models.CharField(max_length=40, blank=True)

    content_panels = [
        *CompanyPage.content_panels,
        FieldPanel("drawing"),
        FieldPanel("capacity"),
        FieldPanel("accuracy"),
        FieldPanel("power"),
    ]
    parent_page_types = ["company.SectionPage"]
    subpage_types: list[str] = []


class CaseStudyPage(CompanyPage):
    """What one customer gained, with the figure that matters and what they say."""

    customer = models.CharField(max_length=80)
    figure = models.CharField(max_length=20)
    figure_caption = models.CharField(max_length=80)
    quote = models.TextField(blank=True)
    quote_by = models.CharField(max_length=80, blank=True)

    content_panels = [
        *CompanyPage.content_panels,
        FieldPanel("customer"),
        FieldPanel("figure"),
        FieldPanel("figure_caption"),
        FieldPanel("quote"),
        FieldPanel("quote_by"),
    ]
    parent_page_types = ["company.SectionPage"]
    subpage_types: list[str] = []


class BlogPostPage(CompanyPage):
    """A post of the blog."""

    published_on = models.DateField()
    author_name = models.CharField(max_length=80)

    content_panels = [*CompanyPage.content_panels, FieldPanel("published_on"), FieldPanel("author_name")]
    parent_page_types = ["company.SectionPage"]
    subpage_types: list[str] = []


class PriceListPage(CompanyPage):
    """The price list: the page that a customer opens shortly before they call, or do not."""

    content_panels = [*CompanyPage.content_panels, InlinePanel("prices", label="Price")]
    parent_page_types = ["company.HomePage"]
    subpage_types: list[str] = []


class Price(Orderable):
    """One line of the price list."""

    page = ParentalKey(PriceListPage, on_delete=models.CASCADE, related_name="prices")
    product = models.ForeignKey(ProductPage, on_delete=models.CASCADE, related_name="prices")
    variant = models.CharField(max_length=80)
    euros = models.PositiveIntegerField()
    per_month = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.variant

    @property
    def amount(self) -> str:
        """The price with its thousands set apart, such as "4,900"."""
        return f"{self.euros:,}"


class ContactPage(AbstractForm, CompanyPage):
    """The contact form: whoever submits it with their e-mail address is known from then on."""

    thanks = models.TextField(blank=True)

    content_panels = [
        *CompanyPage.content_panels,
        InlinePanel("form_fields", label="Field"),
        FieldPanel("thanks"),
        FormSubmissionsPanel(),
    ]
    parent_page_types = ["company.HomePage"]
    subpage_types: list[str] = []


class FormField(AbstractFormField):
    """One field of the contact form."""

    page = ParentalKey(ContactPage, on_delete=models.CASCADE, related_name="form_fields")


class NewsletterPage(CompanyPage):
    """A newsletter as a customer finds it in their mail, each link in it signed for that customer.

    Only a demonstration shows this as a page, for a contact of the visitor's choice; a real site puts such
    links into the e-mails that it sends.
    """

    parent_page_types = ["company.HomePage"]
    subpage_types: list[str] = []

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the contacts to choose from and the one chosen by ``?reader=``, by default the first."""
        readers = list(Contact.objects.filter(tags__name="newsletter").order_by("pk"))
        chosen = [reader for reader in readers if str(reader.pk) == request.GET.get("reader")]
        return {
            **super().get_context(request, *args, **kwargs),
            "readers": readers,
            "reader": next(iter(chosen or readers), None),
            "products": ProductPage.objects.live().order_by("path"),
        }
