"""Tags of a file: each by the tag that there is, whatever its case, else as a new one."""

from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Q

from wagtail_visit_alerts.models import Contact, ContactTag
from wagtail_visit_alerts.models.primary import primary_alias


class TagNames:
    """The tags that a file names, each looked up or made once."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}

    def add(self, tags: Sequence[tuple[Contact, Iterable[str]]]) -> None:
        """Give contacts tags that they do not have yet. Writes."""
        self._find([name for _contact, names in tags for name in names])
        ContactTag.objects.bulk_create(
            [
                ContactTag(content_object_id=contact.pk, tag_id=self._ids[name.casefold()])
                for contact, names in tags
                for name in names
            ]
        )

    def _find(self, names: Sequence[str]) -> None:
        """Look them up or make them, spelled as the first one is."""
        new = [name for name in dict.fromkeys(names) if name.casefold() not in self._ids]
        if not new:
            return
        tags = ContactTag.tag_model()._default_manager.using(primary_alias())
        self._ids |= {tag.name.casefold(): tag.pk for tag in tags.filter(name__in=new)}
        for name in sorted(new, key=str.casefold):  # as others do at the same time
            if name.casefold() not in self._ids:
                tag = tags.filter(name__iexact=name).first() or tags.create(name=name)
                self._ids[name.casefold()] = tag.pk


def as_spelled(names: Iterable[str]) -> list[str]:
    """Each name as the tag is spelled that there is, else as it stands. At most one query."""
    names = list(names)
    if not names:
        return []
    condition = Q()
    for name in names:
        condition |= Q(name__iexact=name)
    tags = ContactTag.tag_model()._default_manager.using(primary_alias()).filter(condition)
    known = list(tags.values_list("name", flat=True))
    by_key = {name.casefold(): name for name in known}
    return [name if name in known else by_key.get(name.casefold(), name) for name in names]


def tags_of(contact_ids: Iterable[int]) -> Mapping[int, set[str]]:
    """The tags that contacts have, in small letters. One query."""
    tags: dict[int, set[str]] = {}
    tagged = ContactTag.objects.filter(content_object__in=list(contact_ids))
    for contact_id, name in tagged.values_list("content_object_id", "tag__name"):
        tags.setdefault(contact_id, set()).add(name.casefold())
    return tags
