"""The company's users, with what they may do in the admin, and the contacts that they own."""

from django.contrib.auth.models import Group, Permission, User
from wagtail.models import GroupPagePermission, Page
from wagtail.users.models import UserProfile

from wagtail_visit_alerts.models import Alert, Contact, DefaultOwner, Destination

PASSWORD = "visit-alerts"

#: username, first name, last name, group
USERS = [
    ("editor", "Edyta", "Nowicka", "Editors of alerts"),
    ("marta", "Marta", "Zielińska", "Salespeople"),
    ("tomasz", "Tomasz", "Wójcik", "Salespeople"),
]

#: e-mail, name, position, company, city, phone, owner, tags
CONTACTS = [
    ("anna.nowak@example.org", "Anna Nowak", "Head of purchasing", "Baltic Pallets", "Gdynia",
     "+48 600 100 201", "marta", ["newsletter", "pallets"]),
    ("piotr.lis@example.org", "Piotr Lis", "Warehouse manager", "Lis & Sons Cold Store", "Poznań",
     "+48 600 100 202", "marta", ["newsletter", "cold store"]),
    ("greta.holm@example.org", "Greta Holm", "Operations director", "Nordkaj Logistik", "Malmö",
     "+46 40 555 01 03", "tomasz", ["newsletter", "ports"]),
    ("samuel.okoye@example.org", "Samuel Okoye", "Founder", "Okoye Spice Imports", "Rotterdam",
     "+31 10 555 0104", "tomasz", ["newsletter", "food"]),
    ("zofia.krol@example.org", "Zofia Król", "Plant manager", "Królewskie Soki", "Lublin",
     "+48 600 100 205", "marta", ["food"]),
    ("ivan.petrov@example.org", "Ivan Petrov", "Head of maintenance", "Danube Fasteners", "Ruse",
     "+359 82 555 106", "tomasz", ["small parts"]),
    ("claire.dubois@example.org", "Claire Dubois", "Stock controller", "Atelier Dubois", "Lyon",
     "+33 4 55 50 01 07", "tomasz", ["small parts"]),
    ("hans.meier@example.org", "Hans Meier", "Head of logistics", "Meier Getränke", "Leipzig",
     "+49 341 5550108", "marta", ["food", "pallets"]),
    ("ewa.mazur@example.org", "Ewa Mazur", "Buyer", "Mazur Paper", "Olsztyn",
     "+48 600 100 209", "marta", ["pallets"]),
    ("liam.byrne@example.org", "Liam Byrne", "Yard supervisor", "Shannon Freight", "Limerick",
     "+353 61 555 010", "tomasz", ["ports"]),
    ("marta.santos@example.org", "Marta Santos", "Quality manager", "Santos Conservas", "Porto",
     "+351 22 555 0111", "tomasz", ["food"]),
    # Nobody owns this one yet: alerts about them go to the person who made the alert.
    ("jan.wilk@example.org", "Jan Wilk", "Warehouse manager", "Wilk Timber", "Białystok",
     "+48 600 100 212", None, ["pallets"]),
]  # fmt: skip

#: What is known of some contacts beside that: the fields that the settings declare.
FURTHER = {
    "anna.nowak@example.org": {
        "customer_number": "0412", "customer_since": "2021-04-12", "industry": "Logistics",
        "has_service_contract": True, "scales": 14,
    },
    "piotr.lis@example.org": {"customer_number": "0388", "industry": "Food", "has_service_contract": False},
    "greta.holm@example.org": {"industry": "Logistics"},
}  # fmt: skip


def create_users() -> dict[str, User]:
    """Create the users, each in the group of their work; returned by their user names."""
    groups = {"Editors of alerts": _create_editors(), "Salespeople": _create_salespeople()}
    users = {}
    for username, first_name, last_name, group in USERS:
        user = User.objects.create_user(
            username, f"{username}@example.com", PASSWORD, first_name=first_name, last_name=last_name
        )
        user.groups.add(groups[group])
        UserProfile.objects.create(user=user, preferred_language="en")
        users[username] = user
    return users


def create_contacts(users: dict[str, User]) -> list[Contact]:
    """Create the contacts with their owners and tags."""
    contacts = []
    for email, name, position, company, city, phone, owner, tags in CONTACTS:
        contact = Contact.objects.create(
            email=email,
            name=name,
            position=position,
            company=company,
            city=city,
            phone=phone,
            owner=users[owner] if owner else None,
            extra=FURTHER.get(email, {}),
        )
        contact.tags.add(*tags)
        contact.save()
        contacts.append(contact)
    return contacts


def _create_editors() -> Group:
    """Create the group that edits the pages, the alerts and the contacts."""
    group = Group.objects.create(name="Editors of alerts")
    group.permissions.add(
        _permission("access_admin", "wagtailadmin"), *_permissions_on(Alert, Contact, DefaultOwner, Destination)
    )
    root = Page.get_first_root_node()
    for codename in ("add_page", "change_page", "publish_page"):
        GroupPagePermission.objects.create(
            group=group, page=root, permission=_permission(codename, "wagtailcore")
        )
    return group


def _create_salespeople() -> Group:
    """Create the group that enters the admin and sees the contacts it owns."""
    group = Group.objects.create(name="Salespeople")
    group.permissions.add(
        _permission("access_admin", "wagtailadmin"),
        _permission("view_own_contact", "wagtail_visit_alerts"),
    )
    return group


def _permission(codename: str, app_label: str) -> Permission:
    return Permission.objects.get(codename=codename, content_type__app_label=app_label)


def _permissions_on(*models: type[Alert | Contact | DefaultOwner | Destination]) -> list[Permission]:
    """Return the permissions to add, change, delete and view each of the models."""
    return [
        _permission(f"{action}_{model._meta.model_name}", model._meta.app_label)
        for model in models
        for action in ("add", "change", "delete", "view")
    ]
