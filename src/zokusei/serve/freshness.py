"""Lets many threads read one view of a library, which is renewed when the library changes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from threading import Condition, Lock
from typing import Generic, TypeVar

View = TypeVar("View")


class Freshness(Generic[View]):
    """A view that is never older than the request that reads it.

    Whoever reads waits for a look at the library that began after they came;
    one look serves all who wait for it. Where something changed, the view is
    renewed when nobody reads, since that may change arrays in place.

    Args:
        look: Tells the library's state, cheaply; a changed one is unequal.
        renew: Makes the view of now.
    """

    def __init__(self, look: Callable[[], Hashable], renew: Callable[[], View]) -> None:
        self._look, self._renew = look, renew
        self._lock = Lock()
        # Two, so that a reader who leaves wakes nobody who waits for a look.
        self._looked, self._nobody_reads = Condition(self._lock), Condition(self._lock)
        self._num_readers = 0
        self._begun = self._done = 0  # looks
        self._looking = False
        self._state: Hashable = None
        self._view: View | None = None

    @contextmanager
    def reading(self) -> Iterator[View]:
        """The view; nobody changes it before the end of the context."""
        view = self._enter()
        try:
            yield view
        finally:
            with self._lock:
                self._num_readers -= 1
                if not self._num_readers:
                    self._nobody_reads.notify_all()

    def _enter(self) -> View:
        with self._lock:
            wanted = self._begun + 1
            while self._done < wanted:
                if self._looking:
                    self._looked.wait()
                else:
                    self._bring_up_to_date()
            self._num_readers += 1
            if self._view is None:
                raise AssertionError("a look was done without a view")
            return self._view

    def _bring_up_to_date(self) -> None:
        """Looks, and renews where something changed; others wait, for this or the next look."""
        self._looking = True
        self._begun += 1
        number = self._begun
        try:
            self._lock.release()
            try:
                state = self._look()
            finally:
                self._lock.acquire()
            if self._view is None or state != self._state:
                self._nobody_reads.wait_for(lambda: not self._num_readers)
                self._view, self._state = self._renew(), state
            self._done = number
        finally:
            self._looking = False
            self._looked.notify_all()

    def forget(self) -> None:
        """Sees to it that the next reader gets a new view, whatever the library's state."""
        with self._lock:
            self._state = None
