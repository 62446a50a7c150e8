"""The tokens of signed links: made for a contact, valid for a time, and all of them revoked at once."""

from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.core import signing

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.models import Contact
from wagtail_visit_alerts.models.contact import new_link_key

LINK_SALT = "wagtail_visit_alerts.link"


def link_token(contact: Contact) -> str:
    """A signed token that names a contact to us and to nobody else; valid for ``LINK_MAX_AGE_DAYS`` days."""
    return _signer().sign(contact.link_key)


def signed_link(contact: Contact, url: str) -> str:
    """The URL, absolute or a path of the site, with a token that recognises the contact who opens it.

    Neither id nor address can be read in it. A token that the URL has already is replaced; its fragment stays.
    """
    return with_token(url, link_token(contact))


def with_token(url: str, token: str) -> str:
    """The URL with a token in the query parameter of signed links, in place of one that it has already."""
    parts = urlsplit(url)
    query = [
        pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != settings.LINK_PARAMETER
    ]
    query.append((settings.LINK_PARAMETER, token))
    return urlunsplit(parts._replace(query=urlencode(query)))


def link_key_in(token: str) -> str | None:
    """What a token says of its contact; None where it is forged or expired. No query.

    A token that was signed before a rotation of the site's secret holds as long as ``SECRET_KEY_FALLBACKS`` has it.
    """
    try:
        return _signer().unsign(token, max_age=timedelta(days=settings.LINK_MAX_AGE_DAYS))
    except (signing.BadSignature, UnicodeError):
        return None


def contact_of_token(token: str) -> Contact | None:
    """The contact that a signed link was made for; None where the token is forged, expired or revoked."""
    link_key = link_key_in(token)
    return None if link_key is None else Contact.objects.filter(link_key=link_key).first()


def revoke_links(contact: Contact) -> None:
    """Let all signed links that were made for a contact so far identify nobody any more.

    Browsers that they have identified stay the contact's; links that are made from now on work.
    """
    contact.link_key = new_link_key()
    contact.save(update_fields=["link_key", "updated_at"])


def _signer() -> signing.TimestampSigner:
    return signing.TimestampSigner(sep=".", salt=LINK_SALT)
