"""The exit set of a microstep: the effective targets and the domain of each transition (SCXML 3.13)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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
    domains = {transition_domain(chart, transition, configuration.history) for transition in transitions} - {None}
    return frozenset(
        state
        for state in configuration.active
        if any(domain is not None and chart.is_descendant(state, domain) for domain in domains)
    )
