"""What an editor types or pastes as the path of a row: a path in any form, or a whole URL of one of the sites.

Takes the text and the sites, gives the site that its host names and the path. A host that is none of theirs is
refused by its name.
"""

import re
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail.models import Site

from wagtail_visit_alerts.matching import Pattern, parse_pattern


def read_path(text: str, *, sites: Sequence[Site]) -> tuple[Site | None, str]:
    """The site that the text names, if it names any, and the path.

    Raises ``PatternError`` where it is no path, ``ValidationError`` where its host is none of the sites'.
    """
    pattern = parse_pattern(with_scheme(text.strip(), sites=sites))
    return (None if pattern.host is None else _site_of(pattern, sites=sites)), pattern.path


def with_scheme(text: str, *, sites: Sequence[Site]) -> str:
    """The text, as a URL where it begins with a host: browsers show addresses without their scheme."""
    if text.startswith("//"):
        return f"https:{text}"
    host = re.split(r"[/?#]", text, maxsplit=1)[0].lower()
    names = {site.hostname.lower() for site in sites}
    is_host = re.sub(r":\d+$", "", host) in names or host.startswith("www.")
    return f"https://{text}" if is_host else text


def _site_of(pattern: Pattern, *, sites: Sequence[Site]) -> Site:
    hostname, _colon, port = str(pattern.host).partition(":")
    found = [
        site for site in sites if site.hostname.lower() == hostname and (not port or str(site.port) == port)
    ]
    if not found:
        raise ValidationError(
            _("%(host)s is no site of this installation: enter a path such as /pricing/."),
            params={"host": pattern.host},
        )
    return min(found, key=lambda site: (site.port not in (80, 443), site.pk))
