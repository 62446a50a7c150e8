"""Print the figures of every benchmark, or of those named: ``python -m benchmarks entry_message``.

Some take a size as well: ``python -m benchmarks delivery_backlog=300``. Where a figure has a limit and is over it,
this ends with 1.

They run on the tests' settings and a database of their own; ``DATABASE_URL`` says which kind. ``KEEP_DATABASE`` keeps
it for the next time: for benchmarks that first write for minutes.
"""

import importlib
import logging
import os
import pkgutil
import sys
from pathlib import Path

import django
from django.db import connection
from django.test.utils import setup_test_environment

HERE = Path(__file__).resolve().parent
NO_QUESTIONS = {"__main__", "figures", "delivery_settings", "delivery_stage", "smtp_sink", "stopwatch"}


def main(names: list[str]) -> None:
    """Run the benchmarks with these names, or all."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    setup_test_environment()
    logging.disable(logging.INFO)  # the queue tells of each task
    found = sorted({module.name for module in pkgutil.iter_modules([str(HERE)])} - NO_QUESTIONS)
    sizes = dict(name.split("=") for name in names if "=" in name)
    names = [name.partition("=")[0] for name in names]
    if unknown := set(names) - set(found):
        sys.exit(f"There is no benchmark {', '.join(sorted(unknown))}: choose from {', '.join(found)}.")
    name, keep = connection.settings_dict["NAME"], bool(os.environ.get("KEEP_DATABASE"))
    if keep and connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = name  # a file, where by default it would be in memory
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False, keepdb=keep)
    too_much = 0
    try:
        from benchmarks.figures import HEADINGS  # needs Django's settings

        print(f"{connection.display_name}\n{HEADINGS}")
        for question in names or found:
            size = {"size": int(sizes[question])} if question in sizes else {}
            for figure in importlib.import_module(f"benchmarks.{question}").measure(**size):
                print(figure, flush=True)
                too_much += getattr(figure, "is_too_much", False)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0, keepdb=keep)
    if too_much:
        sys.exit(f"Over the limit: {too_much}.")


if __name__ == "__main__":
    main(sys.argv[1:])
