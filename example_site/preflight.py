"""Checks, before anything is installed, that this machine can run ``make demo``; exits with one sentence if not.

Takes what to check as arguments: ``python``, ``port``. Runs on whatever ``python3`` is there, without any package.
"""

import importlib.util
import os
import socket
import sys

OLDEST_PYTHON = (3, 11)


def check_python() -> None:
    """Exit unless this Python is new enough and can make a virtual environment."""
    if sys.version_info < OLDEST_PYTHON:
        sys.exit(
            f"This needs Python 3.11 or newer, and this is {sys.version_info[0]}.{sys.version_info[1]}: "
            "install a newer one, or name it, as in: make demo PYTHON=python3.12"
        )
    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        sys.exit(
            "This needs Python's venv module, which is missing: install it "
            "(on Debian and Ubuntu: apt install python3-venv)."
        )


def check_port() -> None:
    """Exit unless ``PORT`` is a port number that nobody listens on."""
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        sys.exit(f"PORT is {text!r}, which is no port: use a number from 1 to 65535.")
    if is_busy(int(text)):
        sys.exit(
            f"Port {text} is in use: stop what listens there, or choose another one, as in: "
            f"make demo PORT={int(text) % 65535 + 1}"
        )


def is_busy(port: int) -> bool:
    """Whether somebody listens on this port of this machine, or the port may not be listened on."""
    for host in ("127.0.0.1", "::1"):
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            continue
        return True
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


if __name__ == "__main__":
    for check in sys.argv[1:]:
        {"python": check_python, "port": check_port}[check]()
