"""Address: the URL of a page, stored once; UserAgent: what a browser calls itself, stored once."""

import hashlib
from functools import partial
from typing import Self, cast

from django.db import models

from wagtail_visit_alerts.models.primary import PrimaryManager, on_commit
from wagtail_visit_alerts.models.process_memory import ProcessMemory

MAX_URL_LENGTH = 2048
MAX_USER_AGENT_LENGTH = 512

_ids: ProcessMemory[tuple[type, str], int] = ProcessMemory(limit=20_000)


class StoredOnce(models.Model):
    """A text that many rows refer to by a small key, found by its hash."""

    text = models.CharField(max_length=MAX_URL_LENGTH)
    text_hash = models.CharField(max_length=32, unique=True, editable=False)

    objects = PrimaryManager()

    class Meta:
        base_manager_name = "objects"
        abstract = True

    def __str__(self) -> str:
        return self.text

    @classmethod
    def hash_of(cls, text: str) -> str:
        """128 bits of SHA-256 as text: an index on every database, whatever the length of the text."""
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    @classmethod
    def store(cls, text: str) -> Self:
        """Return the row of this text, writing it at its first use."""
        row, _created = cls._default_manager.get_or_create(text_hash=cls.hash_of(text), defaults={"text": text})
        return cast(Self, row)

    @classmethod
    def id_of(cls, text: str) -> int:
        """The key of this text's row, written at its first use; no query where this process has met it before."""
        if (known := _ids.get((cls, text))) is not None:
            return known
        row_id = cls.store(text).pk
        # Only what is committed may be remembered: a row that is rolled back would be referred to for ever.
        on_commit(partial(_ids.remember, (cls, text), row_id))
        return row_id


class Address(StoredOnce):
    """A canonical absolute URL (``canonical_url``), without fragment and dropped query parameters."""


class UserAgent(StoredOnce):
    """The ``User-Agent`` header of a browser, cut to 512 characters."""
