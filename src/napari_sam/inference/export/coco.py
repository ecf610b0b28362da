"""Objects as COCO JSON with run-length masks.

The format: https://cocodataset.org/#format-data, "object detection".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_sam.inference.export.labelled_image import objects_of
from napari_sam.inference.progress import Progress
from napari_sam.inference.runs import Runs

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_sam.inference.export.labelled_image import LabelledImage
    from napari_sam.inference.run_sums import Box

_NO_CLASS = "object"


def writing(image: LabelledImage, path: Path) -> Generator[Progress, None, None]:
    """Write one JSON file: an image for each plane, an annotation for each object in it.

    Masks are uncompressed run-length codes, `counts` of background and object in turn down
    the columns. Categories are the classes, by name; objects without one are "object". Beside
    the standard fields an annotation has `object_id`, its id in the labels, and an image of
    a stack has `plane`, its index.

    Parameters
    ----------
    image : LabelledImage
        What to write.
    path : Path
        The file, which is replaced.
    """
    rows, columns = image.plane_shape
    categories: dict[str, int] = {
        name: number for number, name in enumerate(sorted(set(image.classes.values())), start=1)
    }
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for index, plane in image.planes():
        number = len(images) + 1
        about: dict[str, Any] = {
            "id": number,
            "file_name": image.name,
            "width": columns,
            "height": rows,
        }
        images.append(about | ({"plane": list(index)} if index else {}))
        for label, box, mask in objects_of(plane):
            name = image.classes.get(label, _NO_CLASS)
            category = categories.setdefault(name, len(categories) + 1)
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": category,
                    "object_id": label,
                    "segmentation": run_length_code(mask, box, (rows, columns)),
                    "area": int(mask.sum()),
                    "bbox": [box[1].start, box[0].start, mask.shape[1], mask.shape[0]],
                    "iscrowd": 0,
                }
            )
        yield Progress(number, image.plane_count)
    named = [{"id": number, "name": name} for name, number in categories.items()]
    with path.open("w", encoding="utf-8") as file:
        json.dump(
            {"images": images, "categories": named, "annotations": annotations},
            file,
            ensure_ascii=False,
        )


def run_length_code(
    mask: NDArray[np.bool_], box: Box, shape: Sequence[int]
) -> dict[str, list[int]]:
    """Return COCO's uncompressed run-length code of a mask that lies in a larger image.

    Parameters
    ----------
    mask : ndarray
        (h, w) bool.
    box : (slice, slice)
        Its rows and columns in the image.
    shape : (int, int)
        Of the image.
    """
    height, width = shape
    runs = Runs.of(mask.T.view(np.uint8))
    inside = runs.values.astype(bool)
    columns, rows = runs.coordinates(inside)
    starts = (columns + box[1].start) * height + rows + box[0].start
    ends = starts + runs.lengths[inside]
    # A run that ends at a column's foot goes on at the next one's head.
    goes_on = starts[1:] == ends[:-1]
    starts = starts[np.concatenate(([True], ~goes_on))[: len(starts)]]
    ends = ends[np.concatenate((~goes_on, [True]))[: len(ends)]]
    edges = np.stack([starts, ends], axis=1).reshape(-1)
    counts = np.diff(edges, prepend=0, append=height * width)
    if counts[-1] == 0:
        counts = counts[:-1]
    return {"size": [height, width], "counts": counts.tolist()}
