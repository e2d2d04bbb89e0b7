"""One family of errors; every message is a sentence for the person who meets it.

    PlacetError
    ├── WrongUsage            the words on the command line cannot be followed        exit 64
    ├── BadInput              a file or value cannot be read; says which and where
    │   ├── BadMedia          a picture or text that cannot be decoded
    │   │   └── TooLarge      more pixels or bytes than are decoded
    │   ├── BadDataset        a dataset, shard or column that is not what it should be
    │   ├── BadRecord         bytes that break a record format
    │   │   └── BadNote, BadCheckpoint, BadTile, BadProof, BadPolicy, BadCosignature, BadEntry
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

import re

__all__ = [
    "BadCheckpoint",
    "BadCosignature",
    "BadDataset",
    "BadEntry",
    "BadInput",
    "BadMedia",
    "BadNote",
    "BadPolicy",
    "BadProof",
    "BadRecord",
    "BadTile",
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
    "told",
]


class PlacetError(Exception):
    """The root: catch this at the edges, raise a leaf.

    `rule` is the id, in the catalogue of reasons, of what a sentence without an id of its own rests on.
    """

    rule = "program.fault"


class WrongUsage(PlacetError):
    """The words on the command line cannot be followed."""

    rule = "usage.words"


class BadInput(PlacetError):
    """A file or value cannot be read; the message names it and the place."""

    rule = "input.unreadable"


class BadMedia(BadInput):
    """A picture or text cannot be decoded."""

    rule = "media.unreadable"


class TooLarge(BadMedia):
    """A picture declares more pixels or bytes than are decoded."""

    rule = "media.too-large"


class BadDataset(BadInput):
    """A dataset, shard or column is not what it should be."""

    rule = "dataset.unreadable"


class BadRecord(BadInput):
    """Bytes break a record format: a note, tile, proof, checkpoint or entry."""

    rule = "record.form"


class BadNote(BadRecord):
    """What should be a signed note is none."""

    rule = "note.form"


class BadCheckpoint(BadRecord):
    """What should be a checkpoint is none."""

    rule = "checkpoint.form"


class BadTile(BadRecord):
    """What should be a tile, or a bundle of entries is none."""

    rule = "tile.form"


class BadProof(BadRecord):
    """What should be a proof of inclusion, or the hashes of a tree is none."""

    rule = "proof.form"


class BadPolicy(BadRecord):
    """What should be a policy of whom to trust is none."""

    rule = "policy.form"


class BadCosignature(BadRecord):
    """What should be a cosignature, or a request for one is none."""

    rule = "cosignature.form"


class BadEntry(BadRecord):
    """What should be an entry of a log is none."""

    rule = "entry.form"


class SignalError(BadInput):
    """A preference document cannot be read at all."""

    rule = "signal.unreadable"


class TooNew(BadInput):
    """A schema version that this release does not know."""

    rule = "input.too-new"


class NotFound(PlacetError):
    """Nothing by that name or id."""

    rule = "input.not-found"


class Refused(PlacetError):
    """Understood, and not done; the message says why."""

    rule = "refused.stated"


class PlanChanged(Refused):
    """A run was begun with another plan; its results cannot be mixed with this one's."""

    rule = "plan.changed"


class VerificationFailed(PlacetError):
    """A proof, signature or digest does not hold."""

    rule = "verify.failed"


class Untrusted(VerificationFailed):
    """It may hold, but nobody said whose key to believe."""

    rule = "verify.untrusted"


class Rollback(VerificationFailed):
    """Smaller than, or inconsistent with, what was seen before."""

    rule = "verify.rollback"


class StoreDamaged(PlacetError):
    """Our own files contradict each other; the message says the first thing that is wrong."""

    rule = "store.damaged"


class MissingExtra(PlacetError):
    """An optional package is not installed; the message gives the pip command."""

    rule = "extra.missing"


_NAMED = re.compile(r"\([a-z]+(?:[.-][a-z0-9]+)+\)\.?$")


def told(error: PlacetError) -> str:
    """The sentence with the id of the rule that it rests on, for whoever wants to look it up."""
    sentence = str(error)
    return sentence if _NAMED.search(sentence) else f"{sentence} ({error.rule})"
