"""PageCache: an nginx that keeps whole pages, as many sites have one in front."""

import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from ...free_ports import free_port

CONFIGURATION = """
user root;
daemon off;
pid {folder}/pid;
error_log {folder}/errors.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    proxy_cache_path {folder}/pages keys_zone=pages:1m;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://127.0.0.1:{site_port};
            proxy_set_header Host $http_host;
            proxy_cache pages;
            proxy_cache_key $http_host$request_uri;
            proxy_cache_valid 200 1h;
            # One copy for all: the pages are the same for everybody. What sets a cookie would not be kept.
            proxy_ignore_headers Vary Cache-Control Expires;
            add_header X-Cache $upstream_cache_status always;
        }}
        location /visit-alerts/ {{
            proxy_pass http://127.0.0.1:{site_port};
            proxy_set_header Host $http_host;
        }}
    }}
}}
"""
START_SECONDS = 60


class PageCache:
    """Keeps each page that anybody has asked for, for an hour."""

    def __init__(self, site_port: int) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.port = free_port()
        configuration = Path(self._folder.name) / "nginx.conf"
        configuration.write_text(
            CONFIGURATION.format(folder=self._folder.name, port=self.port, site_port=site_port)
        )
        self._process = subprocess.Popen(
            ["nginx", "-c", str(configuration), "-p", self._folder.name], stderr=subprocess.DEVNULL
        )
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            with socket.socket() as visitor:
                if visitor.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
        raise AssertionError("nginx did not start.")

    def fill(self, host: str, page: str) -> None:
        """Ask for a page as a stranger does, so that it is kept."""
        url = f"http://127.0.0.1:{self.port}{page}"
        request = urllib.request.Request(url, headers={"Host": host})
        urllib.request.urlopen(request, timeout=START_SECONDS).close()  # noqa: S310

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()
        self._folder.cleanup()
