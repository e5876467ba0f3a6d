"""The bound of the events that a ticket takes of one chain: the tree of events that one event causes has an end.

The number of links bounds the depth of this tree alone: three tickets that send each event on to both others double
the events with each link.
"""

from __future__ import annotations

from workflows.engine.draft.draft import Draft, Refused
from workflows.engine.model.bounds import CHAIN_REMEMBERED, MOST_CHAINS, MOST_OF_A_CHAIN
from workflows.engine.model.chain_count import ChainCount
from workflows.engine.model.events import FromPeople, Send


def count_in_chain(draft: Draft, event: FromPeople) -> None:
    """Counts an event that another ticket has caused. Raises Refused (too_many_hops) beyond the bound.

    The end of a linked ticket is not counted: a ticket ends once.
    """
    if not draft.is_strict or not isinstance(event, Send):
        return
    if not event.hops or not event.chain or event.sender_state is not None:
        return
    known = [one for one in draft.chains if draft.now - one.at < CHAIN_REMEMBERED]
    earlier = next((one for one in known if one.chain == event.chain), None)
    if earlier is None and len(known) >= MOST_CHAINS:
        # The new chain goes on with the count of the chain that it replaces. Without this, more chains than the list
        # holds would make each other forgotten, and none would end.
        earlier = min(known, key=lambda one: one.taken)
    taken = earlier.taken if earlier else 0
    if taken >= MOST_OF_A_CHAIN:
        raise Refused(
            "too_many_hops",
            f"{draft.before.key} has taken {taken:,} events of the chain that began at {event.chain}, and a ticket "
            f"takes at most {MOST_OF_A_CHAIN:,} of one chain: end the circle of the processes with a condition "
            "(when); an event from a person begins a new chain",
        )
    others = (one for one in known if one is not earlier)
    draft.chains = (*others, ChainCount(event.chain, taken + 1, draft.now))
