"""The exit set of a microstep: the effective targets and the domain of each transition (SCXML 3.13)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from workflows.engine.statechart.chart import Chart, ChartTransition, Configuration

History = Mapping[str, tuple[str, ...]]


def effective_targets(chart: Chart, targets: Iterable[str], history: History) -> tuple[str, ...]:
    """SCXML's getEffectiveTargetStates: each history replaced by its recorded states, or else by its default."""
    found: dict[str, None] = {}
    for target in targets:
        if target not in chart.pseudo_states:
            found[target] = None
        elif target in history:
            found.update(dict.fromkeys(history[target]))
        else:
            found.update(dict.fromkeys(effective_targets(chart, chart.states[target].initial, history)))
    return tuple(found)


def transition_domain(chart: Chart, transition: ChartTransition, history: History) -> str | None:
    """The domain of a transition; None for a targetless one."""
    if not transition.targets:
        return None
    fixed = chart.fixed_domain(transition)
    if fixed is not None:
        return fixed
    return chart.domain(transition, effective_targets(chart, transition.targets, history))


def exit_set(chart: Chart, configuration: Configuration, transitions: Iterable[ChartTransition]) -> frozenset[str]:
    """SCXML's computeExitSet: the active states within the domains."""
    exited: set[str] = set()
    for transition in transitions:
        exited.update(_exited(chart, configuration, transition))
    return frozenset(exited)


def _exited(chart: Chart, configuration: Configuration, transition: ChartTransition) -> Iterator[str]:
    domain = transition_domain(chart, transition, configuration.history)
    if domain is None:
        return
    inside = (state for state in configuration.active if chart.is_descendant(state, domain))
    if chart.states[domain].kind != "parallel":
        yield from inside
        return
    targets = effective_targets(chart, transition.targets, configuration.history)
    regions = {chart.region(domain, target) for target in targets}
    yield from (state for state in inside if chart.region(domain, state) in regions)
