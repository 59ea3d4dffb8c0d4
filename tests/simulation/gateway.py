"""A gateway of the real store and the real uplink, which can be killed and put back from an image."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from contract.keys import PrivateKey, PublicKey
from contract.names import Lane
from edge_agent.commands import SETTING as COMMANDS
from edge_agent.commands import Commands
from edge_agent.desired import SETTING as DESIRED
from edge_agent.desired import DesiredState
from edge_agent.identity import Identity
from edge_agent.ledger import Ledger
from edge_agent.ports import Clock, HubLink, Work
from edge_agent.store.database import Limits, Store
from edge_agent.uplink.loop import Uplink
from tests.simulation.model_hub import HUB_ID

T = TypeVar("T")
SLOT, KID = "cs-017", "cs-017#1"
SOURCE = "/baiyun/cs-017"


class InlineWriter:
    """The Recorder side of the writer without its thread: every record commits at once, so that a
    run is the same each time. The store behind it is the real one."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.on_commit: Callable[[frozenset[Lane]], None] | None = None

    async def record(self, work: Work) -> tuple[str, ...]:
        (ids,) = self.store.commit([work])
        lanes = frozenset(conclusion.payload.lane for conclusion in work.conclusions)
        if self.on_commit is not None and lanes:
            self.on_commit(lanes)
        return ids

    async def flush(self) -> None:
        """Everything is durable already."""

    async def call(self, fn: Callable[[Store], T]) -> T:
        return fn(self.store)


@dataclass(frozen=True)
class Image:
    """A copy of the data folder, as a technician keeps of a card. `starts` is part of it."""

    folder: Path
    starts: int


class Gateway:
    """`fixed_epoch` is a flaw for red proofs: the epoch follows from what is on the disk, so that an
    image that was put back draws the same one again."""

    def __init__(
        self,
        folder: Path,
        *,
        link: HubLink,
        clock: Clock,
        rng: random.Random,
        key: PrivateKey,
        command_key: PublicKey,
        fixed_epoch: bool = False,
        limits: Limits | None = None,
    ) -> None:
        self._folder, self._link, self._clock, self._rng = folder, link, clock, rng
        self._identity = Identity(KID, key)
        self._command_key, self._fixed_epoch = command_key, fixed_epoch
        self._limits = limits or Limits()
        self._lives, self.starts = 0, 0
        self.data_dir = folder / "life-0"
        self.writer: InlineWriter
        self.uplink: Uplink
        self.commands: Commands
        self.desired: DesiredState
        self.start()

    def start(self, *, unclean: bool = False) -> None:
        self.starts += 1
        store = Store.open(
            self.data_dir,
            limits=self._limits,
            entropy=(lambda _: self.starts) if self._fixed_epoch else self._rng.getrandbits,
            source=SOURCE,
            moment=self._clock.moment(),
            unclean=unclean,
            versions={"agent": "0"},
        )
        self.writer = InlineWriter(store)
        self.ledger = Ledger()
        self.desired = DesiredState(
            slot=SLOT, key=self._command_key, validate=lambda _: [], written=store.setting(DESIRED)
        )
        self.commands = Commands(
            slot=SLOT,
            key=self._command_key,
            recorder=self.writer,
            clock=self._clock,
            executors={},
            written=store.setting(COMMANDS),
        )
        self.uplink = Uplink(
            writer=self.writer,
            link=self._link,
            identity=self._identity,
            clock=self._clock,
            hub_id=HUB_ID,
            command_key=self._command_key,
            desired=self.desired,
            commands=self.commands,
            ledger=self.ledger,
            random=self._rng.random,
        )

    @property
    def store(self) -> Store:
        return self.writer.store

    def kill(self) -> None:
        """The power goes and comes back: what is on the disk now is what the next life finds."""
        after = self._next_folder()
        shutil.copytree(self.data_dir, after)
        self._leave(after)
        self.start(unclean=True)

    def image(self) -> Image:
        kept = self._folder / f"image-{self._lives}-{self.starts}-{self._rng.getrandbits(32)}"
        shutil.copytree(self.data_dir, kept)
        return Image(kept, self.starts)

    def put_back(self, image: Image) -> None:
        after = self._next_folder()
        shutil.copytree(image.folder, after)
        self._leave(after)
        self.starts = image.starts
        self.start(unclean=True)

    def stop(self) -> None:
        self.store.close()

    def _next_folder(self) -> Path:
        self._lives += 1
        return self._folder / f"life-{self._lives}"

    def _leave(self, after: Path) -> None:
        self.store.close()
        shutil.rmtree(self.data_dir)
        self.data_dir = after
