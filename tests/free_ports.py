"""Ports that nobody takes meanwhile: below those that the system itself gives to whoever asks for any."""

import random
import socket

#: Linux hands out 32,768 and above, other systems 49,152; a program that starts slowly would find such a one taken.
BY_HAND = range(15_000, 32_000)


def free_port() -> int:
    """A loopback port at which nothing listens, for a program that listens at it later, or for none."""
    chance = random.SystemRandom()
    while True:
        port = chance.choice(BY_HAND)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
