"""Default owners: whose a new contact is that comes in by a form page or on a site."""

from django.db.models import Q

from wagtail_visit_alerts.models import DefaultOwner


def default_owner_id(*, form_page_id: int | None = None, site_id: int | None = None) -> int | None:
    """The id of the user set for the form page, else for the site; nobody whose account is off. At most one query."""
    places = Q()
    if form_page_id is not None:
        places |= Q(form_page=form_page_id)
    if site_id is not None:
        places |= Q(site=site_id)
    if not places:
        return None
    found = DefaultOwner.objects.filter(places, owner__is_active=True).values_list("form_page", "owner")
    owners = {page_id is not None: owner_id for page_id, owner_id in found}
    return owners.get(True, owners.get(False))
