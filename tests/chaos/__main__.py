"""Raise notifications while everything breaks, then balance the books: ``python -m tests.chaos``.

``DATABASE_URL`` and ``REDIS_URL`` name the servers, as for the tests; with neither it runs on SQLite and the
database broker.
"""

import argparse
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.chaos.mail_server import MailServer

REFUSED = "gone@refused.example"


def main() -> int:
    """Run once and print the table; gives the exit code."""
    options = _options()
    folder = Path(tempfile.mkdtemp(prefix="visit-alerts-chaos-"))
    is_sqlite = not os.environ.get("DATABASE_URL")
    disk = _small_disk(folder / "disk") if is_sqlite else None
    mail_server = MailServer(seed=options.seed, refused={REFUSED})
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "tests.chaos.settings",
        "CHAOS_MAIL_PORT": str(mail_server.port),
        "CHAOS_DATABASE": str((disk or folder) / "db.sqlite3") if is_sqlite else "visit_alerts_chaos",
    }
    try:
        from tests.chaos.run import Run  # needs these settings

        return Run(options, folder=folder, disk=disk, mail_server=mail_server).hold()
    finally:
        mail_server.close()
        if disk is not None:
            subprocess.run(["umount", "--lazy", disk], check=False)
        if options.keep:
            print(f"The programs' logs are in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.chaos", description=__doc__)
    parser.add_argument("--notifications", type=int, default=1000, help="how many are raised")
    parser.add_argument("--seconds", type=float, default=150, help="for how long things break")
    parser.add_argument("--every", type=float, default=5, help="about how many seconds apart")
    parser.add_argument("--seed", type=int, help="the order of what breaks; a random one otherwise")
    parser.add_argument(
        "--restart-database", default="", metavar="COMMAND", help="restarts the database server"
    )
    parser.add_argument("--keep", action="store_true", help="keep the programs' logs")
    options = parser.parse_args()
    if options.seed is None:
        options.seed = secrets.randbelow(10**6)
    return options


def _small_disk(path: Path) -> Path | None:
    """A file system of its own that can be full; None where this machine lets nobody mount one."""
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(path)]
    if shutil.which("mount") and subprocess.run(mount, check=False, capture_output=True).returncode == 0:
        return path
    print("No file system can be mounted here, so the disk will not be full.", file=sys.stderr)
    return None


if __name__ == "__main__":
    sys.exit(main())
