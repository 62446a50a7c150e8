"""A small memory per process for what the database tells and hardly ever changes."""

from typing import Any, ClassVar, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class ProcessMemory(Generic[K, V]):
    """A dictionary that empties itself when it is full: bounded, and never older than the process."""

    everything: "ClassVar[list[ProcessMemory[Any, Any]]]" = []

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._known: dict[K, V] = {}
        self.everything.append(self)

    def get(self, key: K) -> V | None:
        """What is remembered of a key, if anything."""
        return self._known.get(key)

    def remember(self, key: K, value: V) -> None:
        """Remember a value."""
        if len(self._known) >= self._limit:
            self._known.clear()
        self._known[key] = value

    def forget(self) -> None:
        """Remember nothing any more."""
        self._known.clear()

    @classmethod
    def forget_everything(cls) -> None:
        """Empty every memory of this process, as a test does that rolls its database back."""
        for memory in cls.everything:
            memory.forget()
