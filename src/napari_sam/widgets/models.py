"""The models that the widget offers, and how one comes to memory with progress."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

from napari_sam.weights.catalogue import DEFAULT_MODEL
from napari_sam.widgets.events import LoadingModel

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from napari_sam.inference.prompts import Prompts
    from napari_sam.weights.download import DownloadEvent
    from napari_sam.widgets.events import WorkEvent
    from napari_sam.widgets.settings import Precision, Settings


class Predictor(Protocol):
    """What the widget needs of an `EachPredictor`."""

    def set_image(
        self,
        image: npt.NDArray[np.uint8],
        *,
        between_blocks: Callable[[int, int], None] | None = None,
    ) -> None:
        """Embed an image, (H, W, 3); `between_blocks` may raise, to cancel."""

    def predict(
        self,
        point_coords: npt.NDArray[np.floating] | None = None,
        point_labels: npt.NDArray[np.integer] | None = None,
        box: npt.NDArray[np.floating] | None = None,
        mask_input: npt.NDArray[np.floating] | None = None,
        multimask_output: bool = True,
        return_logits: bool = False,
    ) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Return masks (C, H, W), iou_predictions (C,) and low_res_logits (C, 256, 256)."""

    def predict_each(
        self, prompts: Sequence[Prompts]
    ) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float32]]:
        """Return a mask, (B, H, W), and its predicted IoU, (B,), for each object."""


if TYPE_CHECKING:
    PredictorFactory = Callable[[], Predictor]
    ModelLoader = Callable[[str], Generator[WorkEvent, None, PredictorFactory]]


def offered_models() -> list[tuple[str, str]]:
    """List the models to choose among: name, and what to show for it."""
    from napari_sam.weights.catalogue import read_catalogue

    return [
        (entry.name, f"{entry.name} · {'built in' if entry.is_embedded else entry.domain}")
        for entry in read_catalogue().values()
    ]


def known_model(name: str) -> str:
    """Return a model's name if the catalogue has it, and else that of the embedded default."""
    return name if name in dict(offered_models()) else DEFAULT_MODEL


def loader_of(settings: Settings) -> ModelLoader:
    """Return what loads models as the person has set."""
    return partial(load_sam, precision=settings.precision, threads=settings.threads)


def load_sam(
    name: str, *, precision: Precision = "auto", threads: int = 0
) -> Generator[WorkEvent, None, PredictorFactory]:
    """Bring a model of the catalogue to memory, downloading it first if need be.

    The first call imports PyTorch: call it off the GUI thread.

    Parameters
    ----------
    name : str
        The model's name in the catalogue.
    precision : {"auto", "float32", "bfloat16"}
        Numbers to compute in.
    threads : int
        Processor threads for all that PyTorch computes in this process from now on; 0 leaves
        their number as it is.

    Yields
    ------
    WorkEvent
        How far it is. Returns what makes a predictor.
    """
    yield LoadingModel(name)
    from napari_sam.weights.catalogue import find_model

    entry = find_model(name)
    path: Path | None = None
    if not entry.is_embedded:
        from napari_sam.weights.cache import cached_file
        from napari_sam.weights.download import fetch

        for event in fetch(entry):
            yield LoadingModel(name, _in_words(event))
        path = cached_file(entry)  # checked a moment ago: by its path it is not checked again
        yield LoadingModel(name)
    from napari_sam.inference.each import EachPredictor
    from napari_sam.weights.registry import load_model

    if threads:
        import torch

        torch.set_num_threads(threads)
    sam = load_model(path or name, preprocessing=entry.preprocessing)
    return lambda: EachPredictor(sam, precision)


def _in_words(event: DownloadEvent) -> str:
    from napari_sam.weights.download import Downloading, Verifying

    if isinstance(event, Downloading | Verifying):
        verb = "downloading" if isinstance(event, Downloading) else "checking"
        if event.bytes_total:
            return f"{verb} {event.bytes_done / event.bytes_total:.0%}"
        return f"{verb} {event.bytes_done / 2**20:.0f} MB"
    return "waiting for another download of it"
