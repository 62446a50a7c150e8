"""Identifying: which contact is this visitor?

Takes a visitor and a contact with the way in which they were named, gives the visitor that stands for the contact
from now on: the same one, or a new one where the browser was another contact's until now. Never merges two
contacts: what the browser did before stays with whom it was bound to.
"""

from wagtail_visit_alerts.identifying.binding import identify, part, retire, strength_of
from wagtail_visit_alerts.identifying.contact_data import (
    UnknownContactField,
    contact_of_form,
    fill_contact,
    save_contact,
)
from wagtail_visit_alerts.identifying.default_owners import default_owner_id
from wagtail_visit_alerts.identifying.keys import following_key, hash_of_key, key_in_use, new_key
from wagtail_visit_alerts.identifying.link_openings import (
    Opening,
    lock_link,
    note_opening_by_colleague,
    open_link,
    opened_link,
)
from wagtail_visit_alerts.identifying.link_tokens import (
    contact_of_token,
    link_token,
    revoke_links,
    signed_link,
    with_token,
)
from wagtail_visit_alerts.identifying.site_users import ENTER_ADMIN, Login, is_colleague, login_of

__all__ = [
    "ENTER_ADMIN",
    "Login",
    "Opening",
    "UnknownContactField",
    "contact_of_form",
    "contact_of_token",
    "default_owner_id",
    "fill_contact",
    "following_key",
    "hash_of_key",
    "identify",
    "is_colleague",
    "key_in_use",
    "link_token",
    "lock_link",
    "login_of",
    "new_key",
    "note_opening_by_colleague",
    "open_link",
    "opened_link",
    "part",
    "retire",
    "revoke_links",
    "save_contact",
    "signed_link",
    "strength_of",
    "with_token",
]
