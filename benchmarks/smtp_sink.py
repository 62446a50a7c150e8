"""A mail server that takes everything and does nothing with it, so that it is not itself what is measured.

``python -m benchmarks.smtp_sink FILE`` prints its port and writes a line to the file for each e-mail when the server
accepts it: ``accepted``, the id in its Message-ID, the time.
"""

import re
import socket
import sys
import threading
import time
from pathlib import Path
from typing import TextIO

MESSAGE_ID = re.compile(rb"^Message-ID:\s*<([0-9a-f]{32})@", re.IGNORECASE | re.MULTILINE)


def main() -> None:
    """Listen until the process is ended."""
    with socket.create_server(("127.0.0.1", 0)) as listener, Path(sys.argv[1]).open("a", buffering=1) as times:
        print(listener.getsockname()[1], flush=True)
        while True:
            client, _address = listener.accept()
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=serve, args=(client, times), daemon=True).start()


def serve(client: socket.socket, times: TextIO) -> None:
    """Take the e-mails of one connection."""
    client.sendall(b"220 sink\r\n")
    waiting = b""
    with client:
        while True:
            line, waiting = take(client, waiting, b"\r\n")
            command = line[:4].upper()
            if command == b"DATA":
                client.sendall(b"354 go on\r\n")
                message, waiting = take(client, waiting, b"\r\n.\r\n")
                found = MESSAGE_ID.search(message)
                client.sendall(b"250 taken\r\n")
                times.write(f"accepted {found[1].decode() if found else '-'} {time.time()}\n")
            elif command == b"QUIT":
                client.sendall(b"221 bye\r\n")
                return
            elif not command:
                return
            else:
                client.sendall(b"250 ok\r\n")


def take(client: socket.socket, waiting: bytes, until: bytes) -> tuple[bytes, bytes]:
    """Return what comes up to an end, and what has come beyond it; nothing once the client has gone."""
    while until not in waiting:
        if not (more := client.recv(1 << 18)):
            return b"", b""
        waiting += more
    before, _end, after = waiting.partition(until)
    return before, after


if __name__ == "__main__":
    main()
