"""Starts a run's process without the packages that Beam loads if it can and no stage uses, and
with one heap for all its threads."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

LEFT_OUT = ("pandas", "pymongo")
"""45 MB and 7 MB, and a fifth of a second."""


class _LeftOut(MetaPathFinder):
    """While on `sys.meta_path`, these packages are not installed."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name in LEFT_OUT:
            raise ModuleNotFoundError(f"{name} is left out of a run", name=name)
        return None


def load_beam_leanly() -> None:
    """Import Beam and pyarrow as if `LEFT_OUT` were not installed; afterwards they can be imported.

    Beam loads pandas for data frames, pyarrow at the first list it converts, each only if it is
    there. For the whole process pyarrow then converts nothing to or from pandas, so this is for
    processes that are a run and nothing else.
    """
    share_one_heap()
    if "pandas" in sys.modules:
        return
    finder = _LeftOut()
    sys.meta_path.insert(0, finder)
    try:
        import apache_beam  # noqa: F401
        import pyarrow

        pyarrow.array([0])  # looks for pandas once and remembers
    finally:
        sys.meta_path.remove(finder)


M_ARENA_MAX, M_MMAP_THRESHOLD = -8, -3
"""glibc's numbers of the options (malloc.h)."""
BIG = 2**17
"""Bytes from which an allocation, such as a column of a shard, is given back when it is freed."""


def share_one_heap() -> None:
    """Let all threads allocate from one heap, and nothing big; without effect outside glibc.

    By default each gets a heap of its own, and what a thread freed stays with its heap: a run of
    some ten threads held 40 to 70 MB more. They wait for one interpreter lock anyway. And what is
    big moves up, by default, to 32 MB with use: columns of shards then leave holes in the heap.
    Arrow is to use the same heap, if it is not loaded yet: its Parquet code takes what this names,
    whatever pool is set later, and its own pool gave nothing back, 50 MB after some 40 shards.
    """
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    os.environ.setdefault("MALLOC_ARENA_MAX", "1")  # these, too, for the worker processes
    os.environ.setdefault("MALLOC_MMAP_THRESHOLD_", str(BIG))
    if platform.libc_ver()[0] == "glibc":
        heap = ctypes.CDLL(None)
        heap.mallopt(M_ARENA_MAX, 1)
        heap.mallopt(M_MMAP_THRESHOLD, BIG)
