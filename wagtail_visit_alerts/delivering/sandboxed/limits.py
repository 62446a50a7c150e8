"""The limits that a child process sets for itself, as soon as it has imported what it needs.

Set here and not by the parent before the child starts: code between fork and exec is not safe where threads run.
Where the system has no such limits (Windows) only the parent's time-out and the count of the output remain;
``bounds_memory`` says so.
"""

import sys

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]


def bounds_memory() -> bool:
    """Whether this system keeps a process to the memory that it may have: Linux does, by RLIMIT_AS."""
    return resource is not None and sys.platform.startswith("linux")


def set_limits(*, cpu_seconds: int, memory_bytes: int, may_open_files: bool) -> None:
    """Limit this process for good: CPU seconds since its start, address space, no core dump.

    Without ``may_open_files`` it opens no file and no connection from here on, starts no process and writes nothing.
    """
    if resource is None:
        return
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_CPU, cpu_seconds, hard=cpu_seconds + 1)
    if bounds_memory():
        _lower(resource.RLIMIT_AS, memory_bytes)
    if not may_open_files:
        # The streams that are open stay; a number above theirs is given to no file any more.
        _lower(resource.RLIMIT_NOFILE, 3)
        _lower(resource.RLIMIT_FSIZE, 0)
        if hasattr(resource, "RLIMIT_NPROC"):
            _lower(resource.RLIMIT_NPROC, 0)


def _lower(limit: int, soft: int, *, hard: int | None = None) -> None:
    """Lower a limit, never above what somebody else has set for this process."""
    hard = soft if hard is None else hard
    _, present = resource.getrlimit(limit)
    if present != resource.RLIM_INFINITY:
        soft, hard = min(soft, present), min(hard, present)
    resource.setrlimit(limit, (soft, hard))
