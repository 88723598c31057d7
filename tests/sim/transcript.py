"""A recorder of what replicas say and do in the simulator, as text that a person can read."""

from __future__ import annotations

from collections.abc import Callable

from alarminati.core.effects import Effect, Leading
from alarminati.core.election.messages import Ask, ElectionMessage, Follow, Unfollow
from tests.sim.world import Node, World


class Recorder:
    """Writes down the election of a world, from now on."""

    def __init__(self, world: World) -> None:
        self.lines: list[str] = []
        self._world = world
        self._seen = len(world.story)
        for node in world.nodes:
            self._listen(node)

    def tell(self, text: str) -> None:
        """Add a line with the time at its head."""
        self.lines.append(f"{self._world.now:8.3f}  {text}")

    def text(self) -> str:
        """All of it."""
        return "\n".join(self.lines) + "\n"

    def _listen(self, node: Node) -> None:
        perform: Callable[[Effect], None] = node.perform

        def recorded(effect: Effect) -> None:
            self._catch_up()
            match effect:
                case Ask(address, word):
                    self.tell(f"{node.name} -> {self._name(address)}: {described(word)}")
                case Follow(_, name):
                    self.tell(f"{node.name} links itself to {name}")
                case Unfollow():
                    self.tell(f"{node.name} closes its link")
                case Leading(leading):
                    self.tell(f"{node.name} {'sends' if leading else 'does not send'}")
            perform(effect)

        node.perform = recorded  # type: ignore[method-assign]

    def _catch_up(self) -> None:
        """Lines of the world's own story: crashes, cuts, pauses."""
        for line in self._world.story[self._seen :]:
            at, text = line.split(maxsplit=1)
            if not text.startswith("leading:"):
                self.lines.append(f"{float(at):8.3f}  -- {text}")
        self._seen = len(self._world.story)

    def _name(self, address: str) -> str:
        return self._world.node_at(address).name


def described(word: ElectionMessage) -> str:
    """One word of the election with the view that it carries."""
    seen = f"master {word.master}, epoch {word.epoch}" if word.master else f"epoch {word.epoch}"
    successor = f", successor {word.successor}" if word.successor else ""
    return f"{word.kind.name} ({seen}{successor})"
