"""The editor's guide inside the admin, in the reader's language: each step of the wizard links to its page here.

The pages are templates that ``make guide`` writes from ``docs/guide/``, so that they are those of this version and
need no other server. A site may override them as any template.
"""

from typing import Any, Final

from django.http import Http404
from django.urls import URLPattern, path, reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.generic import TemplateView
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

#: The pages in their order, by the names of their files; those of the wizard's steps are the steps' slugs.
SECTIONS: Final = ("index", "name", "pages", "frequency", "details", "summary", "managing", "test-visits")
#: The languages that the guide is written in; others read the first.
LANGUAGES: Final = ("en", "pl")
URL_NAME: Final = "visit_alerts_guide"
TITLE: Final = gettext_lazy("Guide to visit alerts")


def guide_url(slug: str) -> str:
    """Where the guide explains a step of the wizard, or anything else that has a page in it."""
    return reverse(URL_NAME, args=[slug])


def menu_item() -> MenuItem:
    """For Wagtail's hook ``register_help_menu_item``."""
    return MenuItem(TITLE, guide_url(SECTIONS[0]), name="visit-alerts-guide", icon_name="view", order=1100)


def urlpatterns() -> list[URLPattern]:
    """For Wagtail's hook ``register_admin_urls``: whoever may enter the admin may read the guide."""
    view = GuideView.as_view()
    return [
        path("visit-alerts/guide/", view, {"section": "index"}),
        path("visit-alerts/guide/<slug:section>/", view, name=URL_NAME),
    ]


def language_of_guide() -> str:
    """The language of the guide that is nearest to the active one."""
    active = (get_language() or "").partition("-")[0]
    return active if active in LANGUAGES else LANGUAGES[0]


class GuideView(WagtailAdminTemplateMixin, TemplateView):
    """Show a page of the guide in Wagtail's frame."""

    page_title = TITLE
    header_icon = "help"

    def get_template_names(self) -> list[str]:
        section = self.kwargs["section"]
        if section not in SECTIONS:
            raise Http404(_("The guide has no page “%(section)s”.") % {"section": section})
        return [f"wagtail_visit_alerts/guide/{language_of_guide()}/{section}.html"]

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        language = language_of_guide()
        return {
            **super().get_context_data(**kwargs),
            "section": self.kwargs["section"],
            "guide_language": language,
            "contents_template": f"wagtail_visit_alerts/guide/{language}/contents.html",
        }
