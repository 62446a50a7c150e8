"""The company's pages, in the order of the site's menu; their texts are in ``texts.toml``."""

import tomllib
from pathlib import Path
from typing import Any

from wagtail.models import Page, Site

from example_site.company.models import (
    BlogPostPage,
    CaseStudyPage,
    ContactPage,
    FormField,
    HomePage,
    NewsletterPage,
    Price,
    PriceListPage,
    ProductPage,
    SectionPage,
)

Texts = dict[str, Any]


def create_site(*, port: int) -> Site:
    """Create all pages and make the front page the root of the default site, instead of the welcome page."""
    texts = tomllib.loads(Path(__file__).with_name("texts.toml").read_text(encoding="utf-8"))
    home = HomePage(slug="plumb-and-heft", **texts["home"])
    root = Page.get_first_root_node()
    root.add_child(instance=home)
    site = Site.objects.get(is_default_site=True)
    site.hostname, site.port, site.site_name, site.root_page = "localhost", port, "Plumb & Heft", home.page_ptr
    site.save()
    root.refresh_from_db()
    root.get_children().exclude(pk=home.pk).delete()
    home.refresh_from_db()

    products = _create_section(home, texts, slug="products", entries="product_pages", model=ProductPage)
    _create_price_list(home, texts, {product.slug: product for product in products})
    _create_section(home, texts, slug="case-studies", entries="case_study_pages", model=CaseStudyPage)
    _create_section(home, texts, slug="blog", entries="blog_post_pages", model=BlogPostPage)
    _create_contact_form(home, texts)
    home.add_child(instance=NewsletterPage(slug="newsletter", **texts["newsletter"]))
    for page in Page.objects.descendant_of(home, inclusive=True).specific():
        page.save_revision().publish()  # so that the admin shows when each page was published
    return site


def _create_section(home: HomePage, texts: Texts, *, slug: str, entries: str, model: type[Page]) -> list[Page]:
    """Create a section and the pages below it; returns these."""
    section = SectionPage(slug=slug, show_in_menus=True, **texts[slug.replace("-", "_")])
    home.add_child(instance=section)
    return [section.add_child(instance=model(**fields)) for fields in texts[entries]]


def _create_price_list(home: HomePage, texts: Texts, products: dict[str, Page]) -> None:
    page = PriceListPage(slug="pricing", show_in_menus=True, **texts["pricing"])
    rows = [(products[slug], row) for slug, rows in texts["prices"].items() for row in rows]
    page.prices = [Price(product=product, sort_order=order, **row) for order, (product, row) in enumerate(rows)]
    home.add_child(instance=page)


def _create_contact_form(home: HomePage, texts: Texts) -> None:
    page = ContactPage(slug="contact", show_in_menus=True, **texts["contact"])
    page.form_fields = [
        FormField(sort_order=order, **field) for order, field in enumerate(texts["contact_fields"])
    ]
    home.add_child(instance=page)
