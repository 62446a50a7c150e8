"""What the reader of an e-mail may still see of its contact, long after it was sent.

Takes a delivery; asks as it is now. Guarantees that a link in an old e-mail shows no more than a new e-mail to the
same reader would.
"""

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.delivering.standing_in import is_deputy_for
from wagtail_visit_alerts.models import Delivery, Role
from wagtail_visit_alerts.models.email_address import bare_address, email_key


def may_still_view(delivery: Delivery) -> bool:
    """Whether the delivery's reader may still be told of its contact.

    A user: while their account is active and they own the contact, may view them or stand in for the owner. An
    address in CC: while it stands in the alert's CC. The site's default address: while it is that.
    """
    contact, alert, user = delivery.notification.contact, delivery.notification.alert, delivery.user
    if user is not None:
        may_view = contact.owner_id == user.pk or contact.may_be_viewed_by(user)
        return user.is_active and (may_view or is_deputy_for(user, contact))
    if delivery.role == Role.DEFAULT:
        return email_key(bare_address(settings.DEFAULT_RECIPIENT)) == delivery.email_key
    if delivery.role != Role.CC or alert is None:  # of a user who was deleted, or of an alert that was
        return False
    return delivery.email_key in {email_key(bare_address(address)) for address in alert.cc_addresses}
