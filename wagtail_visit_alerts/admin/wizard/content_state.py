"""The JSON in which Wagtail's rich text editor gives its content (Draft.js calls it a content state).

Takes whatever was posted, gives the parts of it that an alert's description may have. Guarantees that these have
the form that Wagtail's converter relies on: it fails, or never ends, at some of what is not from its editor.
"""

import json
from typing import Any

BLOCK_TYPES = ("unstyled", "unordered-list-item", "ordered-list-item")
STYLES = ("BOLD", "ITALIC")
#: The editor's own limit: a list in a list in a list in a list.
MAX_DEPTH = 4
LINK = "LINK"

State = dict[str, Any]


def parse(posted: Any) -> State | None:
    """The content in the editor's JSON; None if this is something else, such as plain text."""
    try:
        given = json.loads(posted)
    except (TypeError, ValueError, RecursionError):
        return None
    if given is None:  # what the editor posts for nothing
        return {"blocks": [], "entityMap": {}}
    blocks = given.get("blocks") if isinstance(given, dict) else None
    if not isinstance(blocks, list) or not all(map(_has_text, blocks)):
        return None
    links = _links(given.get("entityMap"))
    return {"blocks": [_block(block, links) for block in blocks], "entityMap": links}


def text_of(state: State) -> str:
    """The text without its formatting, the paragraphs one after the other."""
    return "".join(block["text"] for block in state["blocks"])


def meaning_of(state: State) -> list[Any]:
    """What two states of the same content have in common: everything but the keys, which differ each time."""
    return [
        [
            {**block, "key": None, "entityRanges": None},
            [state["entityMap"][str(r["key"])] for r in block["entityRanges"]],
        ]
        for block in state["blocks"]
        if text_of(state).strip()
    ]


def _has_text(block: Any) -> bool:
    return isinstance(block, dict) and isinstance(block.get("text"), str)


def _block(given: State, links: State) -> State:
    # What databases refuse and no keyboard makes: the zero character and halves of a pair.
    text = given["text"].replace("\0", "").encode("utf-8", "replace").decode()
    key, kind, depth = given.get("key"), given.get("type"), given.get("depth")
    return {
        "key": key if isinstance(key, str) and key.isascii() and key.isalnum() and len(key) < 20 else "",
        "text": text,
        "type": kind if kind in BLOCK_TYPES else BLOCK_TYPES[0],
        "depth": depth if type(depth) is int and 0 <= depth <= MAX_DEPTH else 0,
        "inlineStyleRanges": [
            {**found, "style": style["style"]}
            for style in _dicts(given.get("inlineStyleRanges"))
            if style.get("style") in STYLES and (found := _range(style, len(text)))
        ],
        "entityRanges": [
            {**found, "key": link["key"]}
            for link in _dicts(given.get("entityRanges"))
            if type(link.get("key")) is int and str(link["key"]) in links and (found := _range(link, len(text)))
        ],
    }


def _range(given: State, length: int) -> State | None:
    start, count = given.get("offset"), given.get("length")
    # Browsers count an emoji as two: a range may go on to twice the length.
    if type(start) is int and type(count) is int and start >= 0 and count > 0 and start + count <= 2 * length:
        return {"offset": start, "length": count}
    return None


def _links(given: Any) -> State:
    entities = given.items() if isinstance(given, dict) else ()
    return {
        key: {"type": LINK, "mutability": "MUTABLE", "data": data}
        for key, entity in entities
        if isinstance(entity, dict) and entity.get("type") == LINK and (data := _link_data(entity.get("data")))
    }


def _link_data(given: Any) -> State:
    """Of a link to a page its id, of another its address; the editor adds more, which is not stored."""
    if not isinstance(given, dict):
        return {}
    id_, url = given.get("id"), given.get("url")
    if type(id_) is int and 0 < id_ < 2**63:
        return {"id": id_, "url": url, "parentId": given.get("parentId")}
    return (
        {"url": url.replace("\0", "").encode("utf-8", "replace").decode()}
        if isinstance(url, str) and url
        else {}
    )


def _dicts(given: Any) -> list[State]:
    return [item for item in given if isinstance(item, dict)] if isinstance(given, list) else []
