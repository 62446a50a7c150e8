"""Makes the scripts that a site's pages load from their readable sources beside them: ``make scripts``.

What it makes is committed, so that installing from the repository needs no build step.
"""

import zlib
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "wagtail_visit_alerts" / "static" / "wagtail_visit_alerts"
SOURCE_ENDING = ".source.js"


def scripts() -> list[tuple[Path, Path]]:
    """Each source, and the script that is made of it."""
    sources = sorted(FOLDER.glob(f"*{SOURCE_ENDING}"))
    return [(source, source.with_name(f"{source.name.removesuffix(SOURCE_ENDING)}.js")) for source in sources]


def minified(source: Path) -> str:
    """The script that a source gives."""
    import minify  # of the package tdewolff-minify, which not every system has a wheel of

    return f"{minify.string('application/javascript', source.read_text())}\n"


def compressed_size(script: str) -> int:
    """Bytes of a script as a web server sends it: gzip at its best."""
    compressor = zlib.compressobj(level=9, wbits=31)
    return len(compressor.compress(script.encode()) + compressor.flush())


if __name__ == "__main__":
    for source, script in scripts():
        script.write_text(minified(source))
        print(f"{script.name}: {compressed_size(script.read_text())} bytes, compressed")
