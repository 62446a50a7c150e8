#!/usr/bin/env python
"""Django's commands for the example site; runs from any directory."""

import os
import sys
from pathlib import Path

#: The checkout in place of this file's own folder, so that the site is imported as ``example_site``.
sys.path[0] = str(Path(__file__).resolve().parent.parent)
# Whatever project this shell is set up for: this is the example site.
os.environ["DJANGO_SETTINGS_MODULE"] = "example_site.settings"

if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
