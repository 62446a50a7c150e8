import pytest
from django.contrib.auth.models import Permission

from wagtail_visit_alerts.delivering.recipients import addressees, recheck
from wagtail_visit_alerts.models import Recipient, Role

from ..factories import AlertFactory, ContactFactory, DeliveryFactory, UserFactory

pytestmark = pytest.mark.django_db


def user_who_may_view_contacts(**fields):
    user = UserFactory(**fields)
    user.user_permissions.add(Permission.objects.get(codename="view_contact"))
    return user


def told(alert, contact):
    return [(addressee.email, addressee.role) for addressee in addressees(alert, contact)]


def test_the_owner_is_told_without_any_permission():
    contact = ContactFactory(owner__email="marta@example.com")

    assert told(AlertFactory(), contact) == [("marta@example.com", Role.OWNER)]


def test_the_owner_is_not_told_when_the_alert_does_not_say_so():
    assert told(AlertFactory(send_to_owner=False), ContactFactory()) == []


def test_a_user_who_chose_me_is_told():
    alert = AlertFactory(send_to_owner=False)
    Recipient.objects.create(alert=alert, user=user_who_may_view_contacts(email="me@example.com"))

    assert told(alert, ContactFactory()) == [("me@example.com", Role.ME)]


def test_a_user_who_chose_me_is_told_of_a_contact_they_own():
    owner = UserFactory(email="me@example.com")
    owner.user_permissions.add(Permission.objects.get(codename="view_own_contact"))
    alert = AlertFactory(send_to_owner=False)
    Recipient.objects.create(alert=alert, user=owner)

    assert told(alert, ContactFactory(owner=owner)) == [("me@example.com", Role.ME)]
    assert told(alert, ContactFactory()) == []


@pytest.mark.parametrize("fields", [{"is_active": False}, {"email": ""}])
def test_a_user_who_chose_me_is_not_told_when_switched_off_or_without_address(fields):
    alert = AlertFactory(send_to_owner=False)
    Recipient.objects.create(alert=alert, user=user_who_may_view_contacts(**fields))

    assert told(alert, ContactFactory()) == []


@pytest.mark.parametrize(
    "owner", [None, {"is_active": False}, {"email": ""}], ids=["none", "switched off", "no address"]
)
def test_the_author_stands_in_for_an_owner_who_is_missing(owner):
    alert = AlertFactory(author=user_who_may_view_contacts(email="author@example.com"))
    contact = ContactFactory(owner=owner and UserFactory(**owner))

    assert told(alert, contact) == [("author@example.com", Role.FALLBACK)]


def test_the_author_does_not_stand_in_when_they_may_not_view_the_contact():
    assert told(AlertFactory(), ContactFactory(owner=None)) == []


def test_addresses_in_cc_are_told_without_anybody_else():
    alert = AlertFactory(send_to_owner=False, cc="one@example.com, two@example.com")

    assert told(alert, ContactFactory()) == [("one@example.com", Role.CC), ("two@example.com", Role.CC)]


def test_nobody_is_told_twice_and_the_strongest_role_wins():
    owner = user_who_may_view_contacts(email="Marta@Example.com")
    alert = AlertFactory(cc="marta@EXAMPLE.com, marta@example.com")
    Recipient.objects.create(alert=alert, user=owner)

    assert told(alert, ContactFactory(owner=owner)) == [("Marta@Example.com", Role.OWNER)]


def test_me_is_stronger_than_standing_in():
    author = user_who_may_view_contacts(email="author@example.com")
    alert = AlertFactory(author=author, cc="author@example.com")
    Recipient.objects.create(alert=alert, user=author)

    assert told(alert, ContactFactory(owner=None)) == [("author@example.com", Role.ME)]


@pytest.mark.parametrize(
    "spelling", ["anna@bücher.example", "ANNA@Bücher.Example", " anna@xn--bcher-kva.example"]
)
def test_the_contact_is_never_told_by_any_spelling_of_their_address(spelling):
    alert = AlertFactory(send_to_owner=False, cc=spelling)
    Recipient.objects.create(alert=alert, user=user_who_may_view_contacts(email=spelling))

    assert told(alert, ContactFactory(email="anna@bücher.example")) == []


def test_the_contact_is_never_told_by_the_address_of_their_login():
    login = user_who_may_view_contacts(email="anna@private.example")
    alert = AlertFactory(send_to_owner=False, cc="anna@private.example")
    Recipient.objects.create(alert=alert, user=login)

    assert told(alert, ContactFactory(user=login)) == []


def test_a_contact_who_owns_themselves_has_no_owner_to_tell():
    login = UserFactory()
    alert = AlertFactory(author=user_who_may_view_contacts(email="author@example.com"))

    assert told(alert, ContactFactory(user=login, owner=login)) == [("author@example.com", Role.FALLBACK)]


def test_an_owner_who_is_still_the_owner_keeps_a_waiting_delivery():
    delivery = DeliveryFactory()

    assert recheck(delivery).addressee.user == delivery.user


def test_a_contacts_new_owner_gets_what_still_waits():
    delivery = DeliveryFactory()
    delivery.notification.contact.owner = new_owner = UserFactory()

    addressee = recheck(delivery).addressee

    assert (addressee.user, addressee.role) == (new_owner, Role.OWNER)


def test_the_author_gets_what_waits_for_an_owner_who_was_switched_off():
    delivery = DeliveryFactory()
    delivery.notification.contact.owner.is_active = False
    delivery.notification.alert.author = author = user_who_may_view_contacts()

    addressee = recheck(delivery).addressee

    assert (addressee.user, addressee.role) == (author, Role.FALLBACK)


def test_an_owner_who_has_come_gets_what_waits_for_the_author():
    delivery = DeliveryFactory()
    delivery.role, delivery.user = Role.FALLBACK, delivery.notification.alert.author

    addressee = recheck(delivery).addressee

    assert (addressee.user, addressee.role) == (delivery.notification.contact.owner, Role.OWNER)


def test_a_delivery_is_cancelled_when_nobody_is_left_to_tell():
    delivery = DeliveryFactory()
    delivery.notification.contact.owner = None

    verdict = recheck(delivery)

    assert verdict.addressee is None
    assert "no active owner" in verdict.reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"is_active": False}, "switched off"), ({"email": ""}, "no longer has an e-mail address")],
)
def test_a_delivery_to_me_is_cancelled_when_the_user_is_switched_off_or_loses_their_address(change, reason):
    delivery = DeliveryFactory(role=Role.ME, user=user_who_may_view_contacts())
    for field, value in change.items():
        setattr(delivery.user, field, value)

    verdict = recheck(delivery)

    assert verdict.addressee is None
    assert reason in verdict.reason


def test_a_delivery_to_me_is_cancelled_when_the_user_may_no_longer_view_the_contact():
    delivery = DeliveryFactory(role=Role.ME, user=UserFactory())

    assert "may no longer view" in recheck(delivery).reason


def test_a_delivery_to_me_is_cancelled_when_the_user_is_deleted():
    delivery = DeliveryFactory(role=Role.ME)
    delivery.user = None

    assert "deleted" in recheck(delivery).reason


def test_a_delivery_follows_a_users_new_address():
    delivery = DeliveryFactory(role=Role.ME, user=user_who_may_view_contacts())
    delivery.user.email = "new@example.com"

    assert recheck(delivery).addressee.email == "new@example.com"


def test_a_delivery_in_cc_is_cancelled_when_the_address_has_become_the_contacts():
    delivery = DeliveryFactory(role=Role.CC, user=None, email="anna@example.org")
    delivery.notification.contact.email = "Anna@example.org"
    delivery.notification.contact.save()

    assert "belongs to the contact" in recheck(delivery).reason


def test_a_delivery_is_cancelled_when_its_alert_is_deleted():
    delivery = DeliveryFactory()
    delivery.notification.alert = None

    assert "deleted" in recheck(delivery).reason


def test_what_waits_is_still_sent_when_its_alert_is_switched_off():
    delivery = DeliveryFactory(notification__match__alert__is_on=False)

    assert recheck(delivery).addressee is not None
