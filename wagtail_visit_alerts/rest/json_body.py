"""Reads a request's body: one JSON object of bounded size, or a refusal."""

import json
from typing import Any

from django.utils.translation import gettext
from rest_framework import status
from rest_framework.parsers import BaseParser

from wagtail_visit_alerts.rest.refusals import Refused

#: Bytes: every field of a contact at its longest fits several times.
MAX_BYTES = 256 * 1024


class JsonObjectParser(BaseParser):
    """In place of the framework's own, which reads a body of any size and depth."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        """Read it. Raises ``Refused``."""
        body = stream.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise Refused(
                gettext("The body is longer than %(count)d KB: send less at once.")
                % {"count": MAX_BYTES // 1024},
                status_code=status.HTTP_413_REQUEST_ENTITY_TOO_LARGE,
            )
        try:
            data = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise Refused(gettext("The body is no JSON in UTF-8: correct it.")) from error
        return object_of(data)


def object_of(data: Any) -> dict[str, Any]:
    """What a request says as an object; that of an empty body has nothing in it. Raises ``Refused``."""
    if isinstance(data, dict):
        return dict(data.items())
    raise Refused(gettext("Send one JSON object, in braces."))


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)
