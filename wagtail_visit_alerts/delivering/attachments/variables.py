"""The variables of templates, for people: the wizard's list and the documentation's table.

``variables`` gives what ``{{ ... }}`` prints as it is, ``examples`` pieces of a template for what has to be gone
through.
"""

from django.utils.translation import gettext_lazy

from wagtail_visit_alerts.models.declared_fields import declared_fields

_VARIABLES = {
    "contact.name": gettext_lazy("the contact's name"),
    "contact.email": gettext_lazy("the contact's e-mail address"),
    "contact.phone": gettext_lazy("the contact's phone number"),
    "contact.company": gettext_lazy("the contact's company"),
    "contact.position": gettext_lazy("the contact's position in the company"),
    "contact.city": gettext_lazy("the contact's city"),
    "contact.country": gettext_lazy("the contact's country"),
    "contact.language": gettext_lazy("the contact's language as a code, such as “pl”"),
    "contact.language_name": gettext_lazy("the contact's language in words"),
    "contact.tags": gettext_lazy("the contact's tags, separated by commas"),
    "contact.extra.budget": gettext_lazy(
        "a further field of the contact, here “budget”; empty where the contact lacks it"
    ),
    "contact.url": gettext_lazy("address of the contact in the admin, for readers who may see it there"),
    "owner.name": gettext_lazy("name of the contact's main owner"),
    "owner.first_name": gettext_lazy("first name of the contact's main owner"),
    "owner.last_name": gettext_lazy("last name of the contact's main owner"),
    "owner.email": gettext_lazy("e-mail address of the contact's main owner"),
    "alert.name": gettext_lazy("name of the alert"),
    "alert.group": gettext_lazy("group of the alert"),
    "alert.description": gettext_lazy("description of the alert, as plain text"),
    "page.title": gettext_lazy("title of the page that raised the alert"),
    "page.url": gettext_lazy("address of that page"),
    "page.entered_at": gettext_lazy("when the contact entered it, in the reader's time zone"),
    "page.dwell_time": gettext_lazy("how long the contact stayed, in words; empty while they are there"),
    "now": gettext_lazy("when the alert was raised, in the reader's time zone"),
    "language": gettext_lazy("the reader's language as a code"),
    "time_zone": gettext_lazy("the reader's time zone"),
}

_EXAMPLES = {
    "{% for visit in visits %}\n"
    "{{ visit.started_at|date }}\n"
    "{% for page in visit.pages %}\n"
    "- {{ page.entered_at|time }} {{ page.title }} {{ page.dwell_time }}\n"
    "{% endfor %}\n"
    "{% endfor %}\n": gettext_lazy("the latest visits with their pages, the latest visit first"),
    "{% for occasion in occasions %}\n"
    "{{ occasion.doing }} {{ occasion.page.title }}\n"
    "{{ occasion.recognized }} {{ occasion.in_view }}\n"
    "{% endfor %}\n": gettext_lazy(
        "each page view that raised the alert: what the contact did, how they are known, how long the page was in "
        "view where an alert asks for that"
    ),
    "{% for tag in contact.tags %}{{ tag }} {% endfor %}\n": gettext_lazy("the contact's tags, one by one"),
    "{% for name, value in contact.extra|dictsort %}\n{{ name }}: {{ value }}\n{% endfor %}\n": gettext_lazy(
        "all further fields of the contact"
    ),
    "{% if page.is_occasion %} ← {% endif %}": gettext_lazy(
        "within a visit: whether this page raised the alert"
    ),
}


def variables() -> list[tuple[str, str]]:
    """Return each variable that prints as it is, to be put between ``{{`` and ``}}``, and what it means.

    Behind all others, the fields of contacts that the site declares.
    """
    declared = {
        f"contact.extra.{field.name}": field.label for field in declared_fields() if "-" not in field.name
    }
    return [(name, str(meaning)) for name, meaning in {**_VARIABLES, **declared}.items()]


def examples() -> list[tuple[str, str]]:
    """Return pieces of a template, to be put in as they are, and what they print."""
    return [(piece, str(meaning)) for piece, meaning in _EXAMPLES.items()]
