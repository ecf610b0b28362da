"""Progress on a terminal: a bar that redraws itself, or a line now and then where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from napari_sam.weights.download import Downloading, Restarted, Verifying, WaitingForOther

if TYPE_CHECKING:
    from napari_sam.weights.download import DownloadEvent

_WIDTH = 30  # characters of the bar
_STEP = 10  # percent between two lines where nothing can be redrawn


class ProgressBar:
    """Shows progress on a stream.

    Parameters
    ----------
    stream : TextIO
        A terminal gets a bar; anything else a line at each tenth.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._redraws = stream.isatty()
        self._shown: tuple[str, int] | None = None

    def show(self, text: str, done: int, total: int) -> None:
        """Show that `done` of `total` of what `text` says is done."""
        percent = 100 * done // max(total, 1)
        shown = (text, percent if self._redraws else percent // _STEP)
        if shown == self._shown:
            return
        self._shown = shown
        if self._redraws:
            filled = _WIDTH * percent // 100
            bar = "█" * filled + "·" * (_WIDTH - filled)
            self._stream.write(f"\r\x1b[K{text} {bar} {percent} %")
        else:
            self._stream.write(f"{text} {percent} %\n")
        self._stream.flush()

    def say(self, text: str) -> None:
        """Show a text without a measure."""
        if self._shown == (text, -1):
            return
        self._shown = (text, -1)
        self._stream.write(f"\r\x1b[K{text}" if self._redraws else f"{text}\n")
        self._stream.flush()

    def finish(self) -> None:
        """Take the bar away."""
        if self._redraws and self._shown is not None:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
        self._shown = None

    def show_event(self, event: DownloadEvent) -> None:
        """Show an event of a download."""
        if isinstance(event, Downloading) and event.bytes_total is None:
            self.say(f"downloading {event.name}, {event.bytes_done // 10**6} MB so far")
        elif isinstance(event, Downloading | Verifying) and event.bytes_total is not None:
            verb = "downloading" if isinstance(event, Downloading) else "checking"
            self.show(f"{verb} {event.name}", event.bytes_done, event.bytes_total)
        elif isinstance(event, WaitingForOther):
            self.say(f"waiting for another process that downloads {event.name}")
        elif isinstance(event, Restarted):
            self.say(f"{event.name} has changed on its server; starting over")
