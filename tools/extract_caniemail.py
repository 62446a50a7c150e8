"""Takes what a test needs from the data of caniemail.com: which feature of HTML and CSS which e-mail program knows.

``npm install caniemail@2`` somewhere, then ``python tools/extract_caniemail.py .../node_modules/caniemail``. The
data is under the MIT licence, which the extract repeats.
"""

import json
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "tests" / "delivering" / "caniemail.json"
#: The programs that the e-mail must hold in, as caniemail names family and platform.
PROGRAMS = (
    ("gmail", "desktop-webmail"),
    ("gmail", "ios"),
    ("gmail", "android"),
    ("outlook", "windows"),
    ("apple-mail", "macos"),
    ("apple-mail", "ios"),
)
KINDS = ("html", "css")


def latest(stats: dict[str, Any], family: str, platform: str) -> str:
    """``y``, ``a`` (partly), ``n`` or ``u`` (not known), as of the program's latest version that was tested."""
    versions: dict[str, str] = stats.get(family, {}).get(platform, {})
    return list(versions.values())[-1][0] if versions else "u"


def extract(package: Path) -> dict[str, Any]:
    """The extract of an installed package."""
    data = json.loads((package / "data" / "caniemail.json").read_text())
    features = {
        feature["slug"]: "".join(latest(feature["stats"], *program) for program in PROGRAMS)
        for feature in data["data"]
        if feature["category"] in KINDS
    }
    return {
        "source": f"caniemail.com, as of {data['last_update_date'][:10]}, by way of the npm package caniemail",
        "licence": (package / "LICENSE").read_text(),
        "programs": ["/".join(program) for program in PROGRAMS],
        "features": dict(sorted(features.items())),
    }


if __name__ == "__main__":
    TARGET.write_text(json.dumps(extract(Path(sys.argv[1])), indent=1, ensure_ascii=False) + "\n")
