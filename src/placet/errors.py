"""One family of errors; every message is a sentence for the person who meets it.

    PlacetError
    ├── WrongUsage            the words on the command line cannot be followed        exit 64
    ├── BadInput              a file or value cannot be read; says which and where
    │   ├── BadMedia          a picture or text that cannot be decoded
    │   │   └── TooLarge      more pixels or bytes than are decoded
    │   ├── BadDataset        a dataset, shard or column that is not what it should be
    │   ├── BadRecord         bytes that break a record format (note, tile, proof, entry)
    │   ├── SignalError       a preference document that cannot be read at all
    │   └── TooNew            a schema version this release does not know
    ├── NotFound              nothing by that name or id
    ├── Refused               understood, and not done; says why
    │   └── PlanChanged       a run was begun with another plan
    ├── VerificationFailed    a proof, signature or digest does not hold
    │   ├── Untrusted         it may hold, but nobody said whose key to believe
    │   └── Rollback          smaller than, or inconsistent with, what was seen before
    ├── StoreDamaged          our own files contradict each other; says the first thing wrong
    └── MissingExtra          an optional package is not installed; says the pip command

Bad *data* among good is not an exception: it is a `placet.core.Problem` in the result.
"""

from __future__ import annotations

__all__ = [
    "BadDataset",
    "BadInput",
    "BadMedia",
    "BadRecord",
    "MissingExtra",
    "NotFound",
    "PlacetError",
    "PlanChanged",
    "Refused",
    "Rollback",
    "SignalError",
    "StoreDamaged",
    "TooLarge",
    "TooNew",
    "Untrusted",
    "VerificationFailed",
    "WrongUsage",
]


class PlacetError(Exception):
    """The root: catch this at the edges, raise a leaf."""


class WrongUsage(PlacetError):
    """The words on the command line cannot be followed."""


class BadInput(PlacetError):
    """A file or value cannot be read; the message names it and the place."""


class BadMedia(BadInput):
    """A picture or text cannot be decoded."""


class TooLarge(BadMedia):
    """A picture declares more pixels or bytes than are decoded."""


class BadDataset(BadInput):
    """A dataset, shard or column is not what it should be."""


class BadRecord(BadInput):
    """Bytes break a record format: a note, tile, proof, checkpoint or entry."""


class SignalError(BadInput):
    """A preference document cannot be read at all."""


class TooNew(BadInput):
    """A schema version that this release does not know."""


class NotFound(PlacetError):
    """Nothing by that name or id."""


class Refused(PlacetError):
    """Understood, and not done; the message says why."""


class PlanChanged(Refused):
    """A run was begun with another plan; its results cannot be mixed with this one's."""


class VerificationFailed(PlacetError):
    """A proof, signature or digest does not hold."""


class Untrusted(VerificationFailed):
    """It may hold, but nobody said whose key to believe."""


class Rollback(VerificationFailed):
    """Smaller than, or inconsistent with, what was seen before."""


class StoreDamaged(PlacetError):
    """Our own files contradict each other; the message says the first thing that is wrong."""


class MissingExtra(PlacetError):
    """An optional package is not installed; the message gives the pip command."""
