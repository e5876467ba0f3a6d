"""An incident's life (start, three events, a notification and a record each) beside the same written by hand.

    python -m benchmarks.lifecycle [--tickets 40] [--rounds 5] [--at-once 1 8] [--only NAME …]

Everything runs on one embedded Temporal server. `by hand` is `incident_by_hand`, called over gRPC; `ours over gRPC` is
our workflow called in the same way, `ours over HTTP` goes through the API. With `mails` every step's notification is
sent to a mail server by an activity, with `outbox` it stays where it was written with the record. All take turns in
rounds, so that whatever else the machine does meets all alike; a round is over when its last ticket has completed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from api.clock import now
from api.cluster import Cluster
from api.definition_store.store import DefinitionStore
from benchmarks.incident_by_hand import Answer, Change, Incident, Opening
from benchmarks.lifecycle_servers import BY_HAND_QUEUE, Ours, Servers, cpu_seconds, serving
from definitions.loading.folders import layers
from workflows.contracts import NumberedStart
from workflows.engine.model.events import Open, Send
from workflows.ticket.messages import EventEnvelope, TicketInput
from workflows.ticket.names import workflow_id

Life = Callable[[int], Awaitable[str]]
"""Lives through one ticket, whose number is given; answers its workflow id."""

EVENTS: tuple[tuple[str, dict[str, str]], ...] = (
    ("start", {}),
    ("resolve", {"resolution_code": "fixed", "resolution": "Restarted"}),
    ("close", {}),
)
SUMMARY = "Mail does not arrive"
WARM_UP = 5


@dataclass
class Variant:
    """One way to run an incident, and what its rounds took."""

    name: str
    life: Life
    processes: dict[str, int]
    """The pids whose CPU time counts, beside the server's and the client's."""
    rates: dict[int, list[float]] = field(default_factory=dict)
    """Lifecycles a second, by how many at once."""
    cpu: dict[int, list[dict[str, float]]] = field(default_factory=dict)
    """Milliseconds of CPU a ticket by process, likewise."""
    events: Counter[str] = field(default_factory=Counter)


def by_hand(client: Client, *, mails: bool) -> Life:
    async def life(number: int) -> str:
        key = f"incident-{number}-{mails}"
        handle = await client.start_workflow(
            Incident.run,
            args=[Opening(key, "alice", "email", SUMMARY), mails],
            id=key,
            task_queue=BY_HAND_QUEUE,
        )
        for event, fields in EVENTS:
            answer: Answer = await handle.execute_update(Incident.change, Change(event, "alice", fields))
        assert answer.state == "closed"
        return key

    return life


async def over_grpc(ours: Ours) -> Life:
    definitions = DefinitionStore(layers(ours.settings.definitions, standalone=False)).current
    cluster = await Cluster.connect(ours.settings)
    alice = definitions.people.actor("alice")
    assert alice

    async def life(number: int) -> str:
        key = f"G{ours.settings.task_queue.upper()}-{number}"
        pinned = definitions.pinned("incident", now())
        fields = {"summary": SUMMARY, "service": "email"}
        facts = definitions.people.facts(definitions.known("incident").process, fields)
        await cluster.start(
            "incident", key, TicketInput(pinned, Open(key, alice, fields, facts)), NumberedStart("alice", key, "")
        )
        for event, form in EVENTS:
            answer = await cluster.act(key, EventEnvelope.of(Send(event, alice, form)), f"{key}-{event}")
        assert answer.states == ("closed",)
        return workflow_id(key)

    return life


def over_http(ours: Ours) -> Life:
    def live() -> str:
        with closing(HTTPConnection(ours.settings.host, ours.settings.port, timeout=60)) as connection:
            fields = {"summary": SUMMARY, "service": "email"}
            key = str(_post(connection, "/v1/tickets", {"process": "incident", "fields": fields})["key"])
            for event, form in EVENTS:
                answer = _post(connection, f"/v1/tickets/{key}/events/{event}", {"fields": form})
            assert answer["ended"], answer
            return workflow_id(key)

    return lambda _number: asyncio.to_thread(live)


def _post(connection: HTTPConnection, path: str, body: object) -> dict[str, object]:
    headers = {"Content-Type": "application/json", "X-Actor": "alice"}
    connection.request("POST", path, json.dumps(body), headers)
    response = connection.getresponse()
    text = response.read()
    assert response.status in (200, 201), text
    answer: dict[str, object] = json.loads(text)
    return answer


async def variants(servers: Servers, client: Client) -> list[Variant]:
    hand = {"worker": servers.by_hand.pid or 0}
    mails = {"worker": servers.mails.worker.pid or 0}
    outbox = {"worker": servers.outbox.worker.pid or 0}
    return [
        Variant("by hand, mails", by_hand(client, mails=True), hand),
        Variant("ours over gRPC, mails", await over_grpc(servers.mails), mails),
        Variant("ours over HTTP, mails", over_http(servers.mails), mails | {"API": servers.mails.api.pid or 0}),
        Variant("by hand, outbox", by_hand(client, mails=False), hand),
        Variant("ours over gRPC, outbox", await over_grpc(servers.outbox), outbox),
        Variant("ours over HTTP, outbox", over_http(servers.outbox), outbox | {"API": servers.outbox.api.pid or 0}),
    ]


async def completed(client: Client, ids: list[str]) -> None:
    """Until every one of these workflows has come to its end."""
    for each in ids:
        await client.get_workflow_handle(each).result()


async def round_of(
    variant: Variant, client: Client, server: int, numbers: count[int], tickets: int, crowd: int
) -> None:
    """``tickets`` lives, ``crowd`` of them at a time."""
    pids = {"server": server} | variant.processes | {"client": 0}
    before = {name: cpu_seconds(pid) for name, pid in pids.items()}
    ids: list[str] = []
    todo = iter(range(tickets))

    async def user() -> None:
        ids.extend([await variant.life(next(numbers)) for _ in todo])

    began = time.perf_counter()
    await asyncio.gather(*(user() for _ in range(crowd)))
    await completed(client, ids)
    took = time.perf_counter() - began
    spent = {name: (cpu_seconds(pid) - before[name]) * 1000 / tickets for name, pid in pids.items()}
    variant.rates.setdefault(crowd, []).append(tickets / took)
    variant.cpu.setdefault(crowd, []).append(spent)
    if crowd == 1:
        for each in ids[:3]:
            history = await client.get_workflow_handle(each).fetch_history()
            names = (EventType.Name(event.event_type).removeprefix("EVENT_TYPE_") for event in history.events)
            variant.events.update(names)


def report(every: list[Variant], crowds: list[int], rounds: int) -> None:
    bases = {one.name.rpartition(", ")[2]: one for one in every if one.name.startswith("by hand")}
    for crowd in crowds:
        print(f"\n{crowd} at once{'':<18}{'tickets/s':>10}{'ratio':>7}   CPU ms a ticket")
        for one in every:
            rate = statistics.median(one.rates[crowd])
            base = bases.get(one.name.rpartition(", ")[2])
            ratios = [a / b for a, b in zip(one.rates[crowd], base.rates[crowd], strict=True)] if base else [1.0]
            names = one.cpu[crowd][0]
            cpu = {name: statistics.median(spent[name] for spent in one.cpu[crowd]) for name in names}
            parts = "  ".join(f"{name} {value:5.1f}" for name, value in cpu.items())
            ratio = statistics.median(ratios)
            print(f"  {one.name:<24}{rate:>10.1f}{ratio:>7.2f}   {parts}  sum {sum(cpu.values()):5.1f}")
    if 1 in crowds:
        print("\nhistory events a ticket")
        for one in every:
            tickets = 3 * rounds
            parts = ", ".join(f"{name} {number / tickets:g}" for name, number in sorted(one.events.items()))
            print(f"  {one.name:<24}{one.events.total() / tickets:6.1f}   {parts}")


async def measure(servers: Servers, given: argparse.Namespace) -> list[Variant]:
    client = await Client.connect(servers.address)
    numbers = count(1)
    every = [one for one in await variants(servers, client) if not given.only or any(w in one.name for w in given.only)]
    for one in every:
        for _ in range(WARM_UP):
            await completed(client, [await one.life(next(numbers))])
    for turn in range(given.rounds):
        for crowd in given.at_once:
            for place in range(len(every)):
                one = every[(place + turn) % len(every)]
                await round_of(one, client, servers.server.pid or 0, numbers, given.tickets, crowd)
    return every


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tickets", type=int, default=40, help="in each round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--at-once", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--only", nargs="+", default=[], help="variants whose name has one of these words")
    given = parser.parse_args()
    with TemporaryDirectory(prefix="stanchion-lifecycle-") as folder, serving(Path(folder)) as servers:
        report(asyncio.run(measure(servers, given)), given.at_once, given.rounds)


if __name__ == "__main__":
    main()
