"""Many submitters, one append: whoever comes while the log is writing waits, and is written with all others who waited.

A submission is answered when the checkpoint that covers it is published, as in `Log.append`; a bad one is refused
alone.  When more waits than is allowed, new submissions are refused at once instead of queueing without end.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from placet.errors import PlacetError, Refused
from placet.log.sequencer import Submission

__all__ = ["Pool"]


@dataclass(slots=True)
class _Ticket:
    """`woken` is set when it is done, and when it is its turn to write for those who wait."""

    submission: Submission
    indexes: list[int] = field(default_factory=list)
    error: Exception | None = None
    is_done: bool = False
    woken: threading.Event = field(default_factory=threading.Event)

    def finish(self, indexes: list[int], error: Exception | None = None) -> None:
        self.indexes, self.error, self.is_done = indexes, error, True
        self.woken.set()


class Pool:
    """Gathers what threads submit.  `append` is the log's; `most` entries may wait, `together` are written at once.

    One of those who wait writes for all; when her own is done, the next one in the queue takes over.
    """

    def __init__(self, append: Callable[[Submission], list[int]], most: int = 20_000, together: int = 5_000) -> None:
        self._append = append
        self._most = most
        self._together = together
        self._queue: deque[_Ticket] = deque()
        self._waiting = 0
        self._is_led = False
        self._guard = threading.Lock()  # of the three above

    def submit(self, submission: Submission) -> list[int]:
        """The index of each entry, once it is published; Refused when too much waits already, or by the log."""
        ticket = _Ticket(submission)
        self._enter(ticket)
        ticket.woken.wait()
        if not ticket.is_done:
            self._lead(ticket)
        if ticket.error:
            raise ticket.error
        return ticket.indexes

    def _lead(self, ticket: _Ticket) -> None:
        try:
            while not ticket.is_done:
                self._write(self._take())
        finally:
            with self._guard:
                self._is_led = bool(self._queue)
                if self._queue:
                    self._queue[0].woken.set()

    def _enter(self, ticket: _Ticket) -> None:
        count = len(ticket.submission.entries)
        with self._guard:
            if self._queue and self._waiting + count > self._most:
                raise Refused(f"{self._waiting} entries wait to be written: nothing was taken, try again in a while")
            self._queue.append(ticket)
            self._waiting += count
            if not self._is_led:
                self._is_led = True
                ticket.woken.set()

    def _take(self) -> list[_Ticket]:
        """Those who waited longest, at least one of them."""
        taken, count = list[_Ticket](), 0
        with self._guard:
            while self._queue and (not taken or count + len(self._queue[0].submission.entries) <= self._together):
                taken.append(self._queue.popleft())
                count += len(taken[-1].submission.entries)
            self._waiting -= count
        return taken

    def _write(self, tickets: Sequence[_Ticket]) -> None:
        try:
            indexes = iter(self._append(_joined([ticket.submission for ticket in tickets])))
        except Exception as error:
            if len(tickets) == 1 or not isinstance(error, PlacetError):
                for ticket in tickets:
                    ticket.finish([], error)
            else:
                for ticket in tickets:
                    self._write([ticket])
            return
        except BaseException:
            for ticket in tickets:
                ticket.finish([], Refused("the writer was stopped: whether it was taken, the log says"))
            raise
        for ticket in tickets:
            ticket.finish([next(indexes) for _ in ticket.submission.entries])


def _joined(submissions: Sequence[Submission]) -> Submission:
    if len(submissions) == 1:
        return submissions[0]
    blobs, openings = dict[str, bytes](), dict[str, bytes]()
    for each in submissions:
        if any(blobs.setdefault(name, data) != data for name, data in each.blobs.items()):
            raise Refused("two submissions bring different blobs under one name")
        if any(openings.setdefault(name, data) != data for name, data in each.openings.items()):
            raise Refused("two submissions bring different openings under one name")
    return Submission(tuple(entry for each in submissions for entry in each.entries), blobs, openings)
