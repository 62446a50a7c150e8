"""Widgets of our forms, where Wagtail's own need one thing more."""

from typing import Any

from wagtail.admin.widgets import AdminPageChooser
from wagtail.models import Site


class SitePageChooser(AdminPageChooser):
    """Wagtail's page chooser, opened at the pages of the default site instead of the tree's root."""

    def get_js_init_options(self, id_: str, name: str, value_data: Any) -> dict[str, Any]:
        options = super().get_js_init_options(id_, name, value_data)
        if "parentId" not in options:
            root_page_id = (
                Site.objects.filter(is_default_site=True).values_list("root_page_id", flat=True).first()
            )
            if root_page_id is not None:
                options["parentId"] = root_page_id
        return options
