"""What ``make`` says on a machine that can't run the example site: one clear sentence."""

import os
import socket
import subprocess
import sys

import pytest

from example_site import preflight

from ..free_ports import free_port
from .conftest import CHECKOUT

pytestmark = [pytest.mark.any_database, pytest.mark.any_wagtail]


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make as a person would, outside of the make that may run these tests."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    environment.pop("PORT", None)
    return subprocess.run(
        ["make", *arguments], cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False
    )


def test_bare_make_lists_the_commands():
    listing = make().stdout

    for command in ("make demo ", "make demo-reset ", "make test ", "make check ", "make messages "):
        assert command in listing


def test_busy_port_ends_in_one_sentence_that_names_the_way_out():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]

        done = make("demo", f"PORT={port}", f"PYTHON={sys.executable}")

    assert done.returncode != 0
    assert done.stdout == ""
    assert done.stderr.splitlines()[0].startswith(f"Port {port} is in use")
    assert f"PORT={port + 1}" in done.stderr


def test_free_port_is_taken(monkeypatch):
    monkeypatch.setenv("PORT", str(free_port()))

    preflight.check_port()


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1"])
def test_port_that_is_none_is_named(monkeypatch, port):
    monkeypatch.setenv("PORT", port)

    with pytest.raises(SystemExit, match=f"PORT is '{port}'"):
        preflight.check_port()


def test_old_python_is_named(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 12))

    with pytest.raises(SystemExit, match=r"Python 3\.11 or newer, and this is 3\.10"):
        preflight.check_python()


def test_missing_venv_module_is_named(monkeypatch):
    monkeypatch.setattr(preflight.importlib.util, "find_spec", lambda name: None)

    with pytest.raises(SystemExit, match="venv module, which is missing"):
        preflight.check_python()


def test_missing_python_ends_in_one_sentence():
    done = make("demo", "PYTHON=no-such-python")

    assert done.returncode != 0
    assert "there is no no-such-python" in done.stdout
