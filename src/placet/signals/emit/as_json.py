"""The policy and what is made of it, for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from placet.core.declaration import Declaration
from placet.signals.emit.compose import Emission
from placet.signals.emit.file import File
from placet.signals.policy import listeners, said_at

__all__ = ["make"]


def make(emission: Emission) -> tuple[File, ...]:
    policy = emission.policy
    value = {
        "schema": "placet.policy/1",
        "made": " ".join(emission.banner),
        "site": policy.site,
        "contact": policy.contact,
        "policy": policy.digest.hex(),
        "files": {name: file.body.decode("utf-8") for name, file in emission.files.items()},
        "places": [
            {
                "path": place.path,
                "says": _says(
                    declaration
                    for agent in (None, *listeners(policy))
                    for declaration in said_at(policy, place.path, agent)
                ),
                "headers": dict(place.fields),
                "head": place.head,
            }
            for place in emission.places
        ],
    }
    return (File("policy.json", json.dumps(value, indent=1, ensure_ascii=True).encode() + b"\n"),)


def _says(declarations: Iterable[Declaration]) -> list[dict[str, Any]]:
    return [
        {
            "use": said.use.value,
            "stance": said.stance.word if said.stance else None,
            "terms": said.terms,
            "until": said.interval.until,
            "territory": list(said.territory),
            "agent": said.agent,
        }
        for said in dict.fromkeys(declarations)
    ]
