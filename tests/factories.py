"""The least valid object of each kind."""

import factory
from django.contrib.auth import get_user_model
from django.utils import timezone

from wagtail_visit_alerts import models


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = get_user_model()
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    email = factory.LazyAttribute(lambda o: f"{o.username}@example.com")


class ContactFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Contact

    email = factory.Sequence(lambda n: f"contact{n}@example.org")
    name = factory.Sequence(lambda n: f"Contact {n}")
    owner = factory.SubFactory(UserFactory)


class AlertFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Alert

    name = factory.Sequence(lambda n: f"Alert {n}")
    author = factory.SubFactory(UserFactory)
    is_on = True


class MonitoredPageFactory(factory.django.DjangoModelFactory):
    """A row that watches ``/pricing/`` on any site."""

    class Meta:
        model = models.MonitoredPage

    alert = factory.SubFactory(AlertFactory)
    kind = models.MonitoredPage.Kind.URL
    path = "/pricing/"


class VisitorFactory(factory.django.DjangoModelFactory):
    """A visitor who is not identified; pass ``contact`` for one who is, by a link."""

    class Meta:
        model = models.Visitor

    key_hash = factory.Sequence(lambda n: f"{n:064x}")
    last_seen_at = factory.LazyFunction(timezone.now)
    identified_by = factory.LazyAttribute(lambda o: models.Method.LINK if o.contact else models.Method.NONE)
    contact = None


class AddressFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Address
        django_get_or_create = ("text_hash",)

    text = "http://testserver/pricing/"
    text_hash = factory.LazyAttribute(lambda o: models.Address.hash_of(o.text))


class PageViewFactory(factory.django.DjangoModelFactory):
    """A page view of an identified visitor, entered now."""

    class Meta:
        model = models.PageView

    visitor = factory.SubFactory(VisitorFactory, contact=factory.SubFactory(ContactFactory))
    contact = factory.LazyAttribute(lambda o: o.visitor.contact)
    address = factory.SubFactory(AddressFactory)
    source = models.Source.BEACON
    beacon_id = factory.Faker("uuid4")
    entered_at = factory.LazyFunction(timezone.now)


class MatchFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Match

    page_view = factory.SubFactory(PageViewFactory)
    contact = factory.LazyAttribute(lambda o: o.page_view.contact)
    alert = factory.SubFactory(AlertFactory)
    outcome = models.Outcome.RAISED
    happened_at = factory.LazyFunction(timezone.now)


class NotificationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Notification

    match = factory.SubFactory(MatchFactory)
    alert = factory.LazyAttribute(lambda o: o.match.alert)
    alert_name = factory.LazyAttribute(lambda o: o.alert.name)
    contact = factory.LazyAttribute(lambda o: o.match.contact)
    raised_at = factory.LazyFunction(timezone.now)


class DeliveryFactory(factory.django.DjangoModelFactory):
    """A delivery to the contact's owner, due now."""

    class Meta:
        model = models.Delivery

    notification = factory.SubFactory(NotificationFactory)
    role = models.Role.OWNER
    user = factory.LazyAttribute(lambda o: o.notification.contact.owner)
    email = factory.LazyAttribute(lambda o: o.user.email)
    email_key = factory.LazyAttribute(lambda o: o.email.lower())
    due_at = factory.LazyFunction(timezone.now)


class DestinationFactory(factory.django.DjangoModelFactory):
    """A webhook."""

    class Meta:
        model = models.Destination

    name = factory.Sequence(lambda n: f"Destination {n}")
    channel = "webhook"
    address = "https://crm.example.com/alerts"
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class DestinationDeliveryFactory(DeliveryFactory):
    """A delivery to a destination, due now."""

    role = models.Role.DESTINATION
    user = None
    email = ""
    destination = factory.SubFactory(DestinationFactory)
    email_key = factory.LazyAttribute(lambda o: o.destination.key)


class DailyTotalFactory(factory.django.DjangoModelFactory):
    """What an alert made of a contact's page views today: nothing, unless told."""

    class Meta:
        model = models.DailyTotal

    day = factory.LazyFunction(timezone.localdate)
    alert = factory.SubFactory(AlertFactory)
    contact = factory.SubFactory(ContactFactory)


class DailyPageTotalFactory(DailyTotalFactory):
    """The same of one page."""

    class Meta:
        model = models.DailyPageTotal

    address = factory.SubFactory(AddressFactory)


class DailyLatencyFactory(DailyTotalFactory):
    """One e-mail that left within two seconds."""

    class Meta:
        model = models.DailyLatency

    seconds = 1
    emails = 1
