from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.utils import timezone
from wagtail.users.models import UserProfile

from wagtail_visit_alerts.delivering.recipients import (
    MOST_FALLBACKS,
    addressees,
    fallbacks,
    owners_summary,
    recheck,
)
from wagtail_visit_alerts.models import (
    Alert,
    AlertDestination,
    Contact,
    Destination,
    Mute,
    Purpose,
    ReaderPreferences,
    Recipient,
    Role,
)

from ..factories import AlertFactory, ContactFactory, DeliveryFactory, UserFactory
from ..query_counting import counted_queries

pytestmark = pytest.mark.django_db


def user_who_may_view_contacts(**fields):
    user = UserFactory(**fields)
    user.user_permissions.add(Permission.objects.get(codename="view_contact"))
    return user


def away(user, *, deputy=None, **fields):
    """The user is away from today on, and who stands in for them."""
    ReaderPreferences.objects.create(user=user, away_from=timezone.localdate(), deputy=deputy, **fields)
    return user


def mute(alert, email, *, contact=None, user=None):
    """A reader wants no more of the alert, for good."""
    Mute.objects.create(
        alert=alert, contact=contact, user=user, email=email, email_key=email.lower(), made_at=timezone.now()
    )


def told(alert, contact):
    return [(addressee.email, addressee.role) for addressee in addressees(alert, contact, now=timezone.now())]


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

    assert recheck(delivery, now=timezone.now()).addressee.user == delivery.user


def test_a_contacts_new_owner_gets_what_still_waits():
    delivery = DeliveryFactory()
    delivery.notification.contact.owner = new_owner = UserFactory()

    addressee = recheck(delivery, now=timezone.now()).addressee

    assert (addressee.user, addressee.role) == (new_owner, Role.OWNER)


def test_the_author_gets_what_waits_for_an_owner_who_was_switched_off():
    delivery = DeliveryFactory()
    delivery.notification.contact.owner.is_active = False
    delivery.notification.alert.author = author = user_who_may_view_contacts()

    addressee = recheck(delivery, now=timezone.now()).addressee

    assert (addressee.user, addressee.role) == (author, Role.FALLBACK)


def test_an_owner_who_has_come_gets_what_waits_for_the_author():
    delivery = DeliveryFactory()
    delivery.role, delivery.user = Role.FALLBACK, delivery.notification.alert.author

    addressee = recheck(delivery, now=timezone.now()).addressee

    assert (addressee.user, addressee.role) == (delivery.notification.contact.owner, Role.OWNER)


def test_a_delivery_is_cancelled_when_nobody_is_left_to_tell():
    delivery = DeliveryFactory()
    delivery.notification.contact.owner = None

    verdict = recheck(delivery, now=timezone.now())

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

    verdict = recheck(delivery, now=timezone.now())

    assert verdict.addressee is None
    assert reason in verdict.reason


def test_a_delivery_to_me_is_cancelled_when_the_user_may_no_longer_view_the_contact():
    delivery = DeliveryFactory(role=Role.ME, user=UserFactory())

    assert "may no longer view" in recheck(delivery, now=timezone.now()).reason


def test_a_delivery_to_me_is_cancelled_when_the_user_is_deleted():
    delivery = DeliveryFactory(role=Role.ME)
    delivery.user = None

    assert "deleted" in recheck(delivery, now=timezone.now()).reason


def test_a_delivery_follows_a_users_new_address():
    delivery = DeliveryFactory(role=Role.ME, user=user_who_may_view_contacts())
    delivery.user.email = "new@example.com"

    assert recheck(delivery, now=timezone.now()).addressee.email == "new@example.com"


def test_a_delivery_in_cc_is_cancelled_when_the_address_has_become_the_contacts():
    delivery = DeliveryFactory(role=Role.CC, user=None, email="anna@example.org")
    delivery.notification.contact.email = "Anna@example.org"
    delivery.notification.contact.save()

    assert "belongs to the contact" in recheck(delivery, now=timezone.now()).reason


def test_a_delivery_is_cancelled_when_its_alert_is_deleted():
    delivery = DeliveryFactory()
    delivery.notification.alert = None

    assert "deleted" in recheck(delivery, now=timezone.now()).reason


def test_what_waits_is_still_sent_when_its_alert_is_switched_off():
    delivery = DeliveryFactory(notification__match__alert__is_on=False)

    assert recheck(delivery, now=timezone.now()).addressee is not None


class TestFallback:
    @pytest.fixture
    def contact(self):
        return ContactFactory(owner=None)

    @pytest.fixture
    def author(self):
        return user_who_may_view_contacts(email="author@example.com")

    @pytest.fixture
    def sales(self):
        """A group whose members may view any contact."""
        group = Group.objects.create(name="Sales")
        group.permissions.add(Permission.objects.get(codename="view_contact"))
        return group

    def member(self, group, name, **fields):
        user = UserFactory(username=name, **fields)
        user.groups.add(group)
        return user

    def test_the_chosen_user_stands_in_instead_of_the_author(self, contact, author):
        deputy = user_who_may_view_contacts(email="deputy@example.com")
        alert = AlertFactory(author=author, fallback_user=deputy)

        assert told(alert, contact) == [("deputy@example.com", Role.FALLBACK)]

    def test_nobody_stands_in_for_an_owner_who_can_be_told(self, author):
        alert = AlertFactory(author=author, fallback_user=user_who_may_view_contacts())
        contact = ContactFactory(owner__email="marta@example.com")

        assert told(alert, contact) == [("marta@example.com", Role.OWNER)]

    def test_each_member_of_the_chosen_group_stands_in_who_may_and_can_be_reached(self, contact, author, sales):
        self.member(sales, "one")
        self.member(sales, "off", is_active=False)
        self.member(sales, "silent", email="")
        self.member(sales, "two")
        alert = AlertFactory(author=author, fallback_group=sales)

        assert told(alert, contact) == [
            ("one@example.com", Role.FALLBACK),
            ("two@example.com", Role.FALLBACK),
        ]

    @pytest.mark.parametrize("fields", [{"is_active": False}, {"email": ""}])
    def test_the_author_stands_in_where_the_chosen_user_cannot_be_reached(self, contact, author, fields):
        alert = AlertFactory(author=author, fallback_user=user_who_may_view_contacts(**fields))

        assert told(alert, contact) == [("author@example.com", Role.FALLBACK)]

    def test_the_author_stands_in_where_the_chosen_user_may_not_view_the_contact(self, contact, author):
        alert = AlertFactory(author=author, fallback_user=UserFactory())

        assert told(alert, contact) == [("author@example.com", Role.FALLBACK)]

    def test_the_author_stands_in_where_the_chosen_group_has_nobody(self, contact, author):
        alert = AlertFactory(author=author, fallback_group=Group.objects.create(name="Empty"))

        assert told(alert, contact) == [("author@example.com", Role.FALLBACK)]

    def test_the_author_stands_in_where_the_chosen_user_is_the_contact(self, author):
        login = user_who_may_view_contacts()
        alert = AlertFactory(author=author, fallback_user=login)

        assert told(alert, ContactFactory(owner=None, user=login)) == [("author@example.com", Role.FALLBACK)]

    def test_the_contact_never_stands_in_among_a_group(self, author, sales):
        login = self.member(sales, "anna")
        self.member(sales, "one")
        alert = AlertFactory(author=author, fallback_group=sales)

        assert told(alert, ContactFactory(owner=None, user=login)) == [("one@example.com", Role.FALLBACK)]

    def test_nobody_of_the_group_is_told_twice(self, contact, author, sales):
        me = self.member(sales, "me")
        self.member(sales, "shared", email="ME@example.com")
        self.member(sales, "other")
        alert = AlertFactory(author=author, fallback_group=sales, cc="other@example.com")
        Recipient.objects.create(alert=alert, user=me)

        assert told(alert, contact) == [("me@example.com", Role.ME), ("other@example.com", Role.FALLBACK)]

    def test_a_large_group_is_told_in_part(self, contact, author, sales):
        for number in range(MOST_FALLBACKS + 2):
            self.member(sales, f"member{number}")

        assert len(fallbacks(AlertFactory(author=author, fallback_group=sales), contact)) == MOST_FALLBACKS

    def waiting(self, user, **alert_fields):
        """A delivery that waits for a user who stood in when the alert was raised."""
        delivery = DeliveryFactory(
            role=Role.FALLBACK,
            user=user,
            notification__match__page_view__visitor__contact__owner=None,
        )
        for name, value in alert_fields.items():
            setattr(delivery.notification.alert, name, value)
        return delivery

    def test_who_stands_in_still_keeps_a_waiting_delivery(self, sales):
        self.member(sales, "one")
        delivery = self.waiting(self.member(sales, "two"), fallback_group=sales)

        assert recheck(delivery, now=timezone.now()).addressee.user == delivery.user

    def test_an_owner_who_has_come_gets_what_waits_for_a_group(self, sales):
        delivery = self.waiting(self.member(sales, "one"), fallback_group=sales)
        delivery.notification.contact.owner = owner = UserFactory()

        addressee = recheck(delivery, now=timezone.now()).addressee

        assert (addressee.user, addressee.role) == (owner, Role.OWNER)

    def test_what_waits_for_somebody_who_left_the_group_goes_to_one_who_is_not_told_yet(self, sales):
        gone, told_already, other = (self.member(sales, name) for name in ("gone", "told", "other"))
        delivery = self.waiting(gone, fallback_group=sales)
        DeliveryFactory(notification=delivery.notification, role=Role.FALLBACK, user=told_already)
        gone.groups.clear()

        addressee = recheck(delivery, now=timezone.now()).addressee

        assert (addressee.user, addressee.role) == (other, Role.FALLBACK)

    def test_what_waits_for_somebody_who_left_the_group_is_cancelled_where_all_others_are_told(self, sales):
        gone, told_already = self.member(sales, "gone"), self.member(sales, "told")
        delivery = self.waiting(gone, fallback_group=sales)
        DeliveryFactory(notification=delivery.notification, role=Role.FALLBACK, user=told_already)
        gone.groups.clear()

        verdict = recheck(delivery, now=timezone.now())

        assert verdict.addressee is None
        assert "no longer" in verdict.reason

    def test_what_waits_for_a_chosen_user_who_may_not_view_the_contact_any_more_goes_to_the_author(
        self, author
    ):
        delivery = self.waiting(UserFactory())
        delivery.notification.alert.fallback_user = delivery.user
        delivery.notification.alert.author = author

        assert recheck(delivery, now=timezone.now()).addressee.user == author


class TestOwnersSummary:
    def test_owners_are_counted_once_and_contacts_without_one_who_can_be_told(self):
        marta = UserFactory()
        login = UserFactory()
        for owner in (marta, marta, UserFactory(), None, UserFactory(is_active=False), UserFactory(email="")):
            ContactFactory(owner=owner)
        ContactFactory(owner=login, user=login)
        ContactFactory(owner__email="Same@example.org", email="same@example.org")
        ContactFactory(owner=marta, user=UserFactory())

        with counted_queries() as queries:
            summary = owners_summary(Contact.objects.all())

        assert summary == (2, 5)
        assert len(queries) <= 3

    def test_only_the_given_contacts_count(self):
        ContactFactory(city="Berlin")
        ContactFactory(city="Kraków", owner=None)
        alert = AlertFactory(field_name="city", field_value="kraków")

        assert owners_summary(Contact.objects.in_scope_of(alert)) == (0, 1)

    def test_without_contacts_nobody_is_counted(self):
        assert owners_summary(Contact.objects.none()) == (0, 0)


class TestDeputy:
    @pytest.fixture
    def deputy(self):
        return user_who_may_view_contacts(email="jan@example.com")

    @pytest.fixture
    def alert(self):
        return AlertFactory(author=user_who_may_view_contacts(email="author@example.com"))

    @pytest.fixture
    def contact(self, deputy):
        """A contact whose owner is away."""
        return ContactFactory(owner=away(UserFactory(email="marta@example.com"), deputy=deputy))

    def test_the_deputy_is_told_while_the_owner_is_away(self, alert, contact):
        assert told(alert, contact) == [("jan@example.com", Role.DEPUTY)]

    @pytest.mark.parametrize("days", [(-9, -1), (1, 9)], ids=["over", "ahead"])
    def test_the_owner_is_told_before_and_after_an_absence(self, alert, deputy, days):
        owner = UserFactory(email="marta@example.com")
        first, last = (timezone.localdate() + timedelta(days=number) for number in days)
        ReaderPreferences.objects.create(user=owner, away_from=first, away_until=last, deputy=deputy)

        assert told(alert, ContactFactory(owner=owner)) == [("marta@example.com", Role.OWNER)]

    def test_an_absence_begins_and_ends_with_the_owners_own_day(self, alert, contact):
        UserProfile.objects.create(user=contact.owner, current_time_zone="Pacific/Auckland")
        ReaderPreferences.objects.update(away_from=date(2026, 11, 25), away_until=date(2026, 11, 25))
        # Still the day before in Europe, and already in Auckland.
        at = datetime(2026, 11, 24, 12, tzinfo=UTC)

        roles = [
            [one.role for one in addressees(alert, Contact.objects.get(), now=moment)]
            for moment in (at, at - timedelta(hours=2))
        ]

        assert roles == [[Role.DEPUTY], [Role.OWNER]]

    @pytest.mark.parametrize("fields", [{"is_active": False}, {"email": ""}])
    def test_the_deputy_is_told_where_the_owner_cannot_be(self, alert, deputy, fields):
        owner = UserFactory(**fields)
        ReaderPreferences.objects.create(user=owner, deputy=deputy)

        assert told(alert, ContactFactory(owner=owner)) == [("jan@example.com", Role.DEPUTY)]

    def test_the_deputys_own_deputy_is_told_where_both_are_away(self, alert, contact, deputy):
        away(deputy, deputy=user_who_may_view_contacts(email="ewa@example.com"))

        assert told(alert, contact) == [("ewa@example.com", Role.DEPUTY)]

    def test_deputies_who_stand_in_for_one_another_end_at_the_fallback(self, alert, contact, deputy):
        away(deputy, deputy=contact.owner)

        assert told(alert, contact) == [("author@example.com", Role.FALLBACK)]

    @pytest.mark.parametrize("fields", [{"is_active": False}, {"email": ""}])
    def test_the_fallback_is_told_where_the_deputy_cannot_be(self, alert, contact, deputy, fields):
        for name, value in fields.items():
            setattr(deputy, name, value)
        deputy.save()

        assert told(alert, Contact.objects.get()) == [("author@example.com", Role.FALLBACK)]

    def test_a_deputy_who_has_nothing_to_do_with_contacts_is_not_told(self, alert, contact, deputy):
        deputy.user_permissions.clear()

        assert told(alert, Contact.objects.get()) == [("author@example.com", Role.FALLBACK)]

    def test_a_deputy_needs_no_permission_for_the_contact_as_the_owner_needs_none(self, alert, contact, deputy):
        deputy.user_permissions.clear()
        ContactFactory(owner=deputy)

        assert told(alert, Contact.objects.get(pk=contact.pk)) == [("jan@example.com", Role.DEPUTY)]

    def test_the_contact_never_stands_in_for_their_own_owner(self, alert, contact, deputy):
        contact.user = deputy

        assert told(alert, contact) == [("author@example.com", Role.FALLBACK)]

    def test_an_owner_without_a_deputy_is_replaced_by_the_fallback(self, alert):
        assert told(alert, ContactFactory(owner=away(UserFactory()))) == [("author@example.com", Role.FALLBACK)]

    def test_an_owner_who_is_away_is_told_after_all_where_nobody_else_is_left(self):
        contact = ContactFactory(owner=away(UserFactory(email="marta@example.com")))

        assert told(AlertFactory(), contact) == [("marta@example.com", Role.OWNER)]

    def test_me_is_stronger_than_standing_in_as_deputy(self, alert, contact, deputy):
        Recipient.objects.create(alert=alert, user=deputy)

        assert told(alert, contact) == [("jan@example.com", Role.ME)]

    def test_the_deputy_gets_what_still_waits_for_an_owner_who_has_left(self, deputy):
        delivery = DeliveryFactory()
        away(delivery.user, deputy=deputy)
        delivery.refresh_from_db()

        addressee = recheck(delivery, now=timezone.now()).addressee

        assert (addressee.user, addressee.role) == (deputy, Role.DEPUTY)

    def test_the_owner_gets_what_still_waits_for_the_deputy_once_they_are_back(self, deputy):
        delivery = DeliveryFactory(role=Role.DEPUTY, user=deputy)

        addressee = recheck(delivery, now=timezone.now()).addressee

        assert (addressee.user, addressee.role) == (delivery.notification.contact.owner, Role.OWNER)

    def test_a_deputy_who_still_stands_in_keeps_a_waiting_delivery(self, deputy, contact):
        delivery = DeliveryFactory(
            role=Role.DEPUTY, user=deputy, notification__match__page_view__visitor__contact=contact
        )

        assert recheck(delivery, now=timezone.now()).addressee.user == deputy


class TestDefaultRecipient:
    @pytest.fixture(autouse=True)
    def default(self, settings):
        settings.WAGTAIL_VISIT_ALERTS = {
            **settings.WAGTAIL_VISIT_ALERTS,
            "DEFAULT_RECIPIENT": "Sales <sales@example.com>",
        }

    def test_the_sites_default_address_is_told_where_nobody_else_is_left(self):
        assert told(AlertFactory(), ContactFactory(owner=None)) == [("sales@example.com", Role.DEFAULT)]

    def test_the_author_is_told_before_the_sites_default_address(self):
        alert = AlertFactory(author=user_who_may_view_contacts(email="author@example.com"))

        assert told(alert, ContactFactory(owner=None)) == [("author@example.com", Role.FALLBACK)]

    def test_the_default_address_is_not_told_of_alerts_that_are_not_sent_to_owners(self):
        assert told(AlertFactory(send_to_owner=False), ContactFactory(owner=None)) == []

    def test_the_contact_is_not_told_as_the_default_recipient(self):
        assert told(AlertFactory(), ContactFactory(owner=None, email="Sales@example.com")) == []

    def test_an_owner_who_has_come_gets_what_waits_for_the_default_address(self):
        delivery = DeliveryFactory(role=Role.DEFAULT, user=None, email="sales@example.com")

        addressee = recheck(delivery, now=timezone.now()).addressee

        assert addressee.role == Role.OWNER

    def test_the_default_address_keeps_a_waiting_delivery(self):
        delivery = DeliveryFactory(role=Role.DEFAULT, user=None, email="sales@example.com")
        delivery.notification.contact.owner = None

        addressee = recheck(delivery, now=timezone.now()).addressee

        assert (addressee.email, addressee.role) == ("sales@example.com", Role.DEFAULT)


class TestDisplayNames:
    def test_an_address_in_cc_with_a_name_is_told_once(self):
        alert = AlertFactory(
            send_to_owner=False, cc="Anna <a@example.com>, a@EXAMPLE.com, Anna Nowak<A@example.com>"
        )

        assert told(alert, ContactFactory()) == [("a@example.com", Role.CC)]

    def test_an_owner_in_cc_with_a_name_is_told_once(self):
        alert = AlertFactory(cc="Marta <MARTA@example.com>")

        assert told(alert, ContactFactory(owner__email="marta@example.com")) == [
            ("marta@example.com", Role.OWNER)
        ]

    def test_the_contact_in_cc_with_a_name_is_not_told(self):
        alert = AlertFactory(send_to_owner=False, cc="Anna Nowak <ANNA@example.org>")

        assert told(alert, ContactFactory(email="anna@example.org")) == []


class TestMuted:
    def test_whoever_has_muted_the_alert_is_left_out(self):
        alert = AlertFactory(cc="one@example.com,two@example.com", send_to_owner=False)
        mute(alert, "one@example.com")

        assert told(alert, ContactFactory()) == [("two@example.com", Role.CC)]

    def test_nobody_takes_the_place_of_an_owner_who_has_muted_the_alert(self):
        alert = AlertFactory(author=user_who_may_view_contacts())
        contact = ContactFactory()
        mute(alert, contact.owner.email, user=contact.owner, contact=contact)

        assert told(alert, contact) == []

    def test_a_mute_about_another_contact_changes_nothing(self):
        alert, contact = AlertFactory(), ContactFactory()
        mute(alert, contact.owner.email, user=contact.owner, contact=ContactFactory())

        assert told(alert, contact) == [(contact.owner.email, Role.OWNER)]

    def test_what_waits_is_cancelled_for_whoever_has_muted_the_alert(self):
        delivery = DeliveryFactory()
        mute(delivery.notification.alert, delivery.email, user=delivery.user)

        verdict = recheck(delivery, now=timezone.now())

        assert verdict.addressee is None
        assert "muted" in verdict.reason


class TestDestinations:
    @pytest.fixture
    def destination(self):
        return Destination.objects.create(name="Sales room", channel="webhook", address="https://example.com")

    def named_by(self, destination, **fields):
        alert = AlertFactory(send_to_owner=False, **fields)
        AlertDestination.objects.create(alert=alert, destination=destination)
        return Alert.objects.get(pk=alert.pk)

    def test_destinations_of_the_alert_are_told(self, destination):
        addressee = addressees(self.named_by(destination), ContactFactory(), now=timezone.now())[0]

        assert (addressee.destination, addressee.role) == (destination, Role.DESTINATION)
        assert (addressee.user, addressee.email, addressee.key) == (None, "", destination.key)

    def test_destinations_that_are_off_are_not_told(self, destination):
        destination.is_on = False
        destination.save()

        assert told(self.named_by(destination), ContactFactory()) == []

    def waiting(self, destination):
        return DeliveryFactory(
            role=Role.DESTINATION, user=None, email="", email_key=destination.key, destination=destination
        )

    def test_a_destination_keeps_a_waiting_delivery(self, destination):
        verdict = recheck(self.waiting(destination), now=timezone.now())

        assert verdict.addressee.key == destination.key

    def test_what_waits_for_a_destination_is_cancelled_once_it_is_off_or_gone(self, destination):
        off, gone = self.waiting(destination), self.waiting(destination)
        destination.is_on = False
        gone.destination = None

        assert "switched off" in recheck(off, now=timezone.now()).reason
        assert "deleted" in recheck(gone, now=timezone.now()).reason


class TestOtherPurposes:
    """What a reader is told after the alert itself: nobody takes their place."""

    @pytest.mark.parametrize("purpose", [Purpose.TAKEN, Purpose.GIVEN_UP])
    def test_the_owner_is_told_without_any_permission(self, purpose):
        delivery = DeliveryFactory(purpose=purpose)

        addressee = recheck(delivery, now=timezone.now()).addressee

        assert (addressee.user, addressee.role) == (delivery.user, Role.OWNER)

    @pytest.mark.parametrize("purpose", [Purpose.TAKEN, Purpose.GIVEN_UP])
    def test_a_former_owner_who_may_not_view_the_contact_is_not_told(self, purpose):
        delivery = DeliveryFactory(purpose=purpose)
        delivery.notification.contact.owner = UserFactory()

        assert recheck(delivery, now=timezone.now()).addressee is None

    def test_who_stands_in_is_told_though_the_owner_can_be(self):
        delivery = DeliveryFactory(
            purpose=Purpose.GIVEN_UP, role=Role.FALLBACK, user=user_who_may_view_contacts()
        )

        assert recheck(delivery, now=timezone.now()).addressee.user == delivery.user

    def test_who_has_muted_the_alert_is_not_told_that_somebody_took_the_contact(self):
        delivery = DeliveryFactory(purpose=Purpose.TAKEN)
        mute(delivery.notification.alert, delivery.email, user=delivery.user)

        assert recheck(delivery, now=timezone.now()).addressee is None
