"""Why somebody gets an e-mail, in a sentence.

Takes a delivery, gives text in the active language. One query where the owner is away, for until when.
"""

from django.utils.formats import date_format
from django.utils.translation import gettext

from wagtail_visit_alerts.delivering import wording
from wagtail_visit_alerts.delivering.reader_clock import preferences_of
from wagtail_visit_alerts.models import Delivery, Purpose, Role
from wagtail_visit_alerts.models.display_name import display_name


def reason_of(delivery: Delivery, *, alert_name: str) -> str:
    """Say why the recipient of a delivery gets it."""
    if delivery.purpose == Purpose.GIVEN_UP:
        text = gettext("You get this e-mail because you stand in for others in the alert “%(alert)s”.")
    elif delivery.role == Role.DEPUTY:
        return _deputy(delivery)
    else:
        text = _sentence(Role(delivery.role))
    return text % {"alert": wording.one_line(alert_name, longest=100)}


def _sentence(role: Role) -> str:
    sentences = {
        Role.ME: gettext("You get this e-mail because you chose to receive the alert “%(alert)s”."),
        Role.OWNER: gettext("You get this e-mail because you are the main owner of this contact."),
        Role.FALLBACK: gettext(
            "You get this e-mail in place of an owner: the contact has no active owner, and you stand in "
            "for them in the alert “%(alert)s”."
        ),
        Role.DEFAULT: gettext(
            "You get this e-mail because nobody else is left to tell: this is the site's default address for "
            "alerts, such as “%(alert)s”."
        ),
        Role.CC: gettext("You get this e-mail because your address is in CC of the alert “%(alert)s”."),
        Role.DESTINATION: gettext("The alert “%(alert)s” is sent to this destination."),
    }
    return sentences[role]


def _deputy(delivery: Delivery) -> str:
    """Whose deputy, and until when they are away."""
    owner = delivery.notification.contact.owner
    if owner is None:
        return gettext("You get this e-mail as the deputy of the contact's main owner.")
    words = {"owner": wording.one_line(display_name(owner), longest=100)}
    preferences = preferences_of(owner)
    if preferences is None or preferences.away_until is None:
        return (
            gettext("You get this e-mail as the deputy of %(owner)s, the contact's main owner, who is away.")
            % words
        )
    words["date"] = date_format(preferences.away_until, "DATE_FORMAT")
    return (
        gettext(
            "You get this e-mail as the deputy of %(owner)s, the contact's main owner, who is away until %(date)s."
        )
        % words
    )
