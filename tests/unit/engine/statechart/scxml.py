"""Appendix D of W3C SCXML (https://www.w3.org/TR/scxml/), written down naively: a second reading of the algorithm.

It has nothing in common with the engine. The procedures have the recommendation's names; a state is a node of a tree,
and sets are lists. Where the engine departs from the recommendation (see ``workflows.engine.statechart``), a comment
says so. ``language`` switches on what the language of processes has of its own: the outcome of a compound state waits
for a transition, and lapses when its final state is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

MOST_MICROSTEPS = 100
ERROR = "error.execution"
"""An element of executable content that fails. A block is a list of such elements, and of events that it raises."""


class Endless(Exception):
    """More microsteps than a step may have."""


@dataclass(eq=False)
class Arrow:
    """A transition. ``guard`` is the value of ``flag`` that it needs; None needs none."""

    source: Node
    events: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    internal: bool = False
    guard: bool | None = None
    sets: bool | None = None
    raises: tuple[str, ...] = ()
    closed: bool = False


@dataclass(eq=False)
class Node:
    """A state, with the state around it; the root is ``scxml`` itself."""

    id: str
    kind: str
    parent: Node | None = None
    initial: tuple[str, ...] = ()
    children: list[Node] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)
    on_entry: tuple[str, ...] = ()
    on_exit: tuple[str, ...] = ()
    failed: bool = False

    def walk(self) -> Iterator[Node]:
        yield self
        for child in self.children:
            yield from child.walk()


class Interpreter:
    """One session: the global variables of the appendix."""

    def __init__(
        self, root: Node, *, language: bool = False, regions_alone: bool = False, limit: int = MOST_MICROSTEPS
    ) -> None:
        self.root = root
        self.limit = limit
        self.language = language
        self.regions_alone = regions_alone
        self.order = list(root.walk())
        self.place = {node: number for number, node in enumerate(self.order)}
        self.around = {node: list(_ancestors(node)) for node in self.order}
        self.by_id = {node.id: node for node in self.order}
        self.arrows = [arrow for node in self.order for arrow in node.arrows]
        self.configuration: list[Node] = []
        self.history_value: dict[str, list[Node]] = {}
        self.internal_queue: list[str] = []
        self.due: list[str] = []
        self.running = True
        self.flag = False
        self.lines: list[str] = []
        self.microsteps = 0

    # Sessions

    def interpret(self) -> None:
        self.microsteps = 0
        self.enter_by([Arrow(self.root, targets=self.root.initial, internal=True)])
        self.finish_macrostep()

    def send(self, event: str) -> bool:
        """Handles an external event; False where no transition takes it."""
        self.microsteps = 0
        enabled = self.select_transitions(event) if self.running else []
        if enabled:
            self.microstep(enabled)
            self.finish_macrostep()
        return bool(enabled)

    def finish_macrostep(self) -> None:
        while self.running:
            enabled = self.select_transitions(None)
            if not enabled and self.internal_queue:
                event = self.internal_queue.pop(0)
                enabled = self.select_transitions(event)
                if not enabled:
                    # Of the language: an outcome waits for a transition. SCXML drops it.
                    self.due += [event] if self.language and ".state." in event else []
                    continue
            if not enabled:
                event = next((one for one in self.due if self.select_transitions(one)), "")
                if not event:
                    return
                self.due.remove(event)
                enabled = self.select_transitions(event)
            self.microstep(enabled)

    # Selection

    def select_transitions(self, event: str | None) -> list[Arrow]:
        enabled: list[Arrow] = []
        for state in (node for node in self.configuration if self.is_atomic(node)):
            found = next(
                (arrow for node in (state, *self.proper_ancestors(state)) for arrow in node.arrows
                 if self.matches(arrow, event)), None)  # fmt: skip
            if found is not None and found not in enabled:
                enabled.append(found)
        return self.remove_conflicting(enabled)

    def matches(self, arrow: Arrow, event: str | None) -> bool:
        named = not arrow.events if event is None else any(_names(one, event) for one in arrow.events)
        return named and not arrow.closed and arrow.guard in (None, self.flag)

    def remove_conflicting(self, enabled: list[Arrow]) -> list[Arrow]:
        filtered: list[Arrow] = []
        for one in enabled:
            preempted = False
            to_remove: list[Arrow] = []
            for other in filtered:
                if any(node in self.exit_set([other]) for node in self.exit_set([one])):
                    if self.is_descendant(one.source, other.source):
                        to_remove.append(other)
                    else:
                        preempted = True
                        break
            if not preempted:
                filtered = [other for other in filtered if other not in to_remove]
                filtered.append(one)
        return filtered

    # Microsteps

    def microstep(self, enabled: list[Arrow]) -> None:
        self.microsteps += 1
        if self.microsteps > self.limit:
            raise Endless
        self.exit_by(enabled)
        for arrow in sorted(enabled, key=self.arrows.index):
            self.lines.append(f"{arrow.source.id}→{' '.join(arrow.targets)}")
            self.flag = self.flag if arrow.sets is None else arrow.sets
            self.execute(arrow.raises)
        self.enter_by(enabled)

    def execute(self, block: tuple[str, ...]) -> None:
        """Section 4.9: an element that fails ends its block, and no other block."""
        for element in block:
            if element == ERROR:
                # In this language a failure is a problem of the ticket. SCXML also raises an event for it.
                self.internal_queue += () if self.language else (ERROR,)
                return
            self.internal_queue.append(element)

    def exit_by(self, enabled: list[Arrow]) -> None:
        leaving = self.exit_set(enabled)
        for state in leaving:
            for history in (child for child in state.children if child.kind in ("shallow", "deep")):
                self.history_value[history.id] = [
                    node for node in self.configuration
                    if (node.parent is state if history.kind == "shallow"
                        else self.is_atomic(node) and self.is_descendant(node, state))
                ]  # fmt: skip
        for state in sorted(leaving, key=self.place.__getitem__, reverse=True):
            self.execute(state.on_exit)
            self.lines.append(f"-{state.id}")
            self.configuration.remove(state)
            if self.language:
                self.internal_queue = [one for one in self.internal_queue if self.still_holds(one)]
                self.due = [one for one in self.due if self.still_holds(one)]

    def still_holds(self, event: str) -> bool:
        """Of the language: whether the outcome's state is in a final state. In SCXML the event stays in the queue."""
        name, is_outcome, state = event.partition(".state.")
        return not is_outcome or name not in ("done", "failed") or self.is_in_final_state(self.by_id[state])

    def exit_set(self, enabled: Iterable[Arrow]) -> list[Node]:
        found: list[Node] = []
        for arrow in enabled:
            domain = self.transition_domain(arrow)
            if domain is None:
                continue
            targets = self.effective_targets(arrow.targets)
            for node in self.configuration:
                if not self.is_descendant(node, domain) or node in found:
                    continue
                # Of the language: of an internal transition of a parallel state, the regions with a target alone.
                region = next((one for one in domain.children if self.is_within(node, one)), domain)
                if domain.kind == "parallel" and not any(self.is_within(target, region) for target in targets):
                    continue
                found.append(node)
        return found

    def enter_by(self, enabled: list[Arrow]) -> None:
        entering: list[Node] = []
        for arrow in enabled:
            domain = self.transition_domain(arrow)
            # A departure: SCXML follows the histories among the targets here, and so leaves the domain.
            targets = self.effective_targets(arrow.targets)
            for target in targets:
                self.add_descendants(target, entering)
            for target in targets:
                self.add_ancestors(target, domain, entering)
        for state in sorted(entering, key=self.place.__getitem__):
            self.configuration = sorted([*self.configuration, state], key=self.place.__getitem__)
            self.lines.append(f"+{state.id}")
            self.execute(state.on_entry)
            if state.kind == "final":
                self.report_done(state)

    def report_done(self, final: Node) -> None:
        parent = final.parent
        assert parent is not None
        if parent is self.root:
            self.running = False
            self.lines.append(f"ended {final.id}")
            return
        self.raise_done(parent)
        around = parent.parent
        # A departure: SCXML looks at one parallel state alone, not at the parallel state of which it is a region.
        while around is not None and around.kind == "parallel" and self.is_in_final_state(around):
            self.raise_done(around)
            around = around.parent

    def raise_done(self, state: Node) -> None:
        name = "failed" if self.language and self.has_failed(state) else "done"
        self.lines.append(f"{name} {state.id}")
        self.internal_queue.append(f"{name}.state.{state.id}")

    def has_failed(self, state: Node) -> bool:
        """Of the language: whether the final state in which it is, or that of one of its regions, is a failure."""
        if state.kind == "parallel":
            return any(self.has_failed(region) for region in state.children)
        return any(child.failed and child in self.configuration for child in state.children)

    # Entry

    def add_descendants(self, state: Node, entering: list[Node]) -> None:
        if state.kind in ("shallow", "deep"):
            represented = self.effective_targets([state.id])
            for one in represented:
                self.add_descendants(one, entering)
            for one in represented:
                self.add_ancestors(one, state.parent, entering)
            return
        if state not in entering:
            entering.append(state)
        if state.kind == "parallel":
            self.add_regions(state, entering)
        elif state.children:
            inside = [self.by_id[name] for name in state.initial]
            for one in inside:
                self.add_descendants(one, entering)
            for one in inside:
                self.add_ancestors(one, state, entering)

    def add_ancestors(self, state: Node, domain: Node | None, entering: list[Node]) -> None:
        for ancestor in self.proper_ancestors(state):
            if ancestor is domain or ancestor is self.root:
                return
            if ancestor not in entering:
                entering.append(ancestor)
            if ancestor.kind == "parallel":
                self.add_regions(ancestor, entering)

    def add_regions(self, parallel: Node, entering: list[Node]) -> None:
        for region in (child for child in parallel.children if child.kind not in ("shallow", "deep")):
            if not any(self.is_within(node, region) for node in entering):
                self.add_descendants(region, entering)

    # The tree

    def transition_domain(self, arrow: Arrow) -> Node | None:
        targets = self.effective_targets(arrow.targets)
        if not targets:
            return None
        kinds = ("compound", "parallel") if self.regions_alone else ("compound",)
        if arrow.source is self.root:
            return self.root  # a departure: in SCXML the root has no transitions
        stays_inside = arrow.internal and arrow.source.kind in kinds
        if stays_inside and all(self.is_descendant(target, arrow.source) for target in targets):
            return arrow.source
        for ancestor in self.proper_ancestors(arrow.source):
            if ancestor.kind == "compound" and all(self.is_descendant(target, ancestor) for target in targets):
                return ancestor
        return self.root

    def effective_targets(self, targets: Iterable[str]) -> list[Node]:
        found: list[Node] = []
        for name in targets:
            state = self.by_id[name]
            if state.kind not in ("shallow", "deep"):
                found.append(state)
            elif state.id in self.history_value:
                found += self.history_value[state.id]
            else:
                found += self.effective_targets(state.initial)
        return found

    def is_in_final_state(self, state: Node) -> bool:
        inside = [child for child in state.children if child.kind not in ("shallow", "deep")]
        if state.kind == "parallel":
            return all(self.is_in_final_state(child) for child in inside)
        return any(child.kind == "final" and child in self.configuration for child in inside)

    def is_atomic(self, node: Node) -> bool:
        return node.kind in ("atomic", "final")

    def proper_ancestors(self, node: Node) -> list[Node]:
        return self.around[node]

    def is_descendant(self, node: Node, other: Node) -> bool:
        return other in self.proper_ancestors(node)

    def is_within(self, node: Node, other: Node) -> bool:
        return node is other or self.is_descendant(node, other)


def _ancestors(node: Node) -> Iterator[Node]:
    while node.parent is not None:
        node = node.parent
        yield node


def _names(descriptor: str, event: str) -> bool:
    tokens = [] if descriptor == "*" else descriptor.split(".")
    return event.split(".")[: len(tokens)] == tokens
