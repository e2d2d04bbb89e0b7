"""One registry for all adapters: a picture and a tale that are reserved, a picture that may be used."""

from __future__ import annotations

from typing import Any

import pytest

import placet
from placet.core.stance import Stance
from tests.factories import NOW
from tests.snapshot.world import World, a_world, jpeg, prose


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = a_world(tmp_path_factory.mktemp("adapters"))
    world.register(1, {"no.jpg": jpeg(1), "no.txt": prose(1).encode()}, Stance.RESERVE)
    world.register(3, {"yes.jpg": jpeg(3)}, Stance.ALLOW)
    world.snapshot()
    return world


@pytest.fixture
def clearance(registry: World) -> placet.Clearance:
    return clearance_of(registry)


def clearance_of(world: World, **asked: Any) -> placet.Clearance:
    usual: dict[str, Any] = {"use": "train.generative", "profile": "eu-art4", "home": world.home, "at": NOW}
    return placet.Clearance(world.home.path.parent / "snapshot", **usual | asked)
