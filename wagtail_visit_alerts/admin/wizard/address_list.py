"""E-mail addresses as people type and paste them: one after the other, with names, with any separator.

Takes the text of a text area, gives plain addresses joined by commas. Guarantees that each is one that mail can
reach, and none is there twice by another spelling.
"""

import re
from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import AdminAutoHeightTextInput

from wagtail_visit_alerts.models.alert import MAX_CC_LENGTH
from wagtail_visit_alerts.models.email_address import email_key

#: A part is a name in quotes, an address in angle brackets, or anything else up to the next separator.
_PART = re.compile(r"""(?:"[^"\n\r]*"|<[^<>\n\r]*>|[^,;\n\r])+""")
_WITH_NAME = re.compile(r"[^<>]*<\s*(?:mailto:)?([^<>]*?)\s*>")


class AddressesField(forms.CharField):
    """E-mail addresses with commas, semicolons or line breaks between them; cleaned: joined by commas."""

    widget = AdminAutoHeightTextInput

    def clean(self, value: Any) -> str:
        addresses: dict[str, str] = {}
        for address in addresses_in(super().clean(value)):
            _check(address)
            addresses.setdefault(email_key(address), address)
        joined = ",".join(addresses.values())
        if len(joined) > MAX_CC_LENGTH:
            raise ValidationError(
                _("These addresses have %(length)d characters together; at most %(limit)d are possible."),
                params={"length": len(joined), "limit": MAX_CC_LENGTH},
            )
        return joined


def addresses_in(text: str) -> Iterator[str]:
    """The addresses in a text, valid or not; of “Anna Nowak <anna@example.com>” only what is in brackets."""
    for part in _PART.findall(text):
        stripped = part.strip().removeprefix("mailto:")
        if with_name := _WITH_NAME.fullmatch(stripped):
            yield with_name[1]
        elif all("@" in word for word in stripped.split()):
            # Addresses with nothing but spaces between them, as a spreadsheet's cells are pasted.
            yield from stripped.split()
        elif stripped:
            yield stripped


def _check(address: str) -> None:
    if not address.rpartition("@")[0].isascii():
        # Mail servers without SMTPUTF8 (RFC 6531) can't be given such an address.
        raise ValidationError(
            _("“%(address)s” has letters before the @ that many mail servers refuse: use plain ones."),
            params={"address": address},
        )
    try:
        validate_email(address)
    except ValidationError:
        raise ValidationError(
            _("“%(address)s” is not a valid e-mail address."), params={"address": address}
        ) from None
