"""``stanchion demo``: a change that survives the death of its worker and its server, step by step."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from api.cli import options
from api.cli.output import REFUSED, CommandError, out, print_json
from api.cli.reading import show_timeline

if TYPE_CHECKING:
    from api.local.demo import DemoStory
    from api.local.installation import Installation
    from api.settings import EdgeSettings


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    definitions: options.Definitions = None,
    standalone: options.Standalone = False,
    as_json: options.AsJson = False,
) -> None:
    """Watch a change survive SIGKILL of its worker and of the Temporal server, on a temporary server."""
    from api.local.demo import StoryError
    from api.local.embedded import ServerStartError

    folder = Path(tempfile.mkdtemp(prefix="stanchion-demo-"))
    chosen = options.settings(definitions=definitions, standalone=standalone, state_folder=folder).model_copy(
        update={"port": 0, "temporal_port": 0, "records_url": None, "host": "127.0.0.1", "identity": "development"}
    )
    try:
        asyncio.run(_play(chosen, as_json))
    except (StoryError, ServerStartError) as error:
        raise CommandError(REFUSED, f"{error}\nThe logs are kept in {folder}.") from error
    shutil.rmtree(folder, ignore_errors=True)


async def _play(settings: EdgeSettings, as_json: bool) -> None:
    from api.local.demo import DemoStory
    from api.local.installation import Installation
    from api.local.state_folder import StateFolder

    def tell(text: str, style: str | None = None) -> None:
        if not as_json:
            out.print(f"• {text}", style=style)

    with StateFolder(settings.state_folder) as folder:
        installation = Installation(settings, folder, lambda text: tell(text, "yellow"))
        try:
            installation.start()
            tell("a Temporal server, a worker and the API start in a temporary folder", "dim")
            await installation.ready()
            story = DemoStory(installation, tell)
            entries = await _beside(installation, story)
        finally:
            await asyncio.to_thread(installation.stop)
    if as_json:
        print_json({"ok": True, "timeline": entries})
    else:
        show_timeline(entries)
        out.print("Everything happened as described.", style="green")


async def _beside(installation: Installation, story: DemoStory) -> list[dict[str, Any]]:
    """Plays the story while the installation keeps its processes alive. Raises StoryError, KeyboardInterrupt."""
    stop = asyncio.Event()
    keeping = asyncio.create_task(installation.run(stop))
    playing = asyncio.create_task(story.play())
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, playing.cancel)
    try:
        return await playing
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:
        stop.set()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping
