"""Muting: a reader wants no more of an alert, about one contact or altogether, for some time or for good.

Takes an alert, a contact and a reader; keeps mutes and says who has muted what. Guarantees that a mute holds for the
one who asked for it wherever their address is spelled differently, or changes, and for nobody who takes over the
address of a user.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Q
from wagtail.log_actions import log

from wagtail_visit_alerts.models import Alert, Contact, Delivery, Mute
from wagtail_visit_alerts.models.email_address import address_of, email_key
from wagtail_visit_alerts.models.mute import MuteQuerySet
from wagtail_visit_alerts.models.primary import atomic

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser

#: The actions in the alert's history; ``admin.log_actions`` says them in words.
MUTE: Final = "visit_alerts.mute"
END_MUTE: Final = "visit_alerts.end_mute"
#: Mutes that one sweep deletes; those left over wait for the next.
MAX_EXPIRED = 1000


@dataclass(frozen=True)
class Reader:
    """Whoever reads an e-mail: a user, or an address that is known from CC (then without a user)."""

    user: Any  # whatever the site's user model is
    email: str

    @classmethod
    def of(cls, delivery: Delivery) -> "Reader":
        """The reader of a delivery's e-mail."""
        return cls(delivery.user, delivery.email)

    @property
    def mutes(self) -> MuteQuerySet:
        """The mutes that they asked for."""
        if self.user is not None:
            return Mute.objects.filter(user=self.user)
        return Mute.objects.filter(user=None, email_key=email_key(self.email))


def muted_keys(alert_id: int, *, contact_id: int, now: datetime) -> set[str]:
    """Return the keys of the addresses that want no alert of this kind about this contact now. One query.

    A user counts by the address that they have now, an address in CC by itself.
    """
    about = Q(contact=None) | Q(contact=contact_id)
    mutes = Mute.objects.lasting(now).filter(about, alert=alert_id).select_related("user")
    return {email_key(address_of(each.user)) if each.user else each.email_key for each in mutes}


def mute(
    alert: Alert, *, contact: Contact | None, reader: Reader, lasts: timedelta | None, now: datetime
) -> Mute:
    """Let a reader get no more of an alert: about one contact or, without one, about anybody; for good without
    ``lasts``. Writes, and takes the place of what they asked for before about the same.
    """
    with atomic():
        Alert.objects.select_for_update().filter(pk=alert.pk).first()  # two clicks at once: one after the other
        reader.mutes.filter(alert=alert, contact=contact).delete()
        made = Mute.objects.create(
            alert=alert,
            contact=contact,
            user=reader.user,
            email=reader.email,
            email_key=email_key(reader.email),
            until=None if lasts is None else now + lasts,
            made_at=now,
        )
        _log(MUTE, made, user=reader.user)
    return made


def end(mutes: Iterable[Mute], *, user: "AbstractUser | None") -> int:
    """End mutes, whoever asked for them; ``user`` is who does it. Returns how many there were."""
    ended = 0
    for each in mutes:
        with atomic():
            deleted, _ = Mute.objects.filter(pk=each.pk).delete()
            if deleted:
                _log(END_MUTE, each, user=user)
        ended += deleted
    return ended


def delete_expired(*, now: datetime) -> int:
    """Delete mutes that are over, at most a thousand of them; return how many."""
    over = list(
        Mute.objects.filter(until__lte=now).order_by("until").values_list("pk", flat=True)[:MAX_EXPIRED]
    )
    deleted, _ = Mute.objects.filter(pk__in=over, until__lte=now).delete() if over else (0, {})
    return deleted


def _log(action: str, of: Mute, *, user: "AbstractUser | None") -> None:
    """Note it in the alert's history: without the contact's name, which not all may see who may see the history."""
    data: dict[str, Any] = {
        "until": None if of.until is None else of.until.isoformat(),
        "about_contact": of.contact_id is not None,
    }
    log(instance=of.alert, action=action, user=user, data=data)
