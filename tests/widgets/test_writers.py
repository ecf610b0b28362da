"""Labels layers saved through napari."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import tifffile
import zarr
from napari.components import LayerList
from napari.layers import Image, Labels
from npe2 import PluginManager

from napari_sam.widgets.labelled_layer import labelled_image, pixel_size_of


@pytest.fixture(autouse=True)
def _napari_knows_its_plugins():
    """As when a viewer is open."""
    PluginManager.instance().discover()


@pytest.fixture
def layer():
    data = np.zeros((5, 20, 30), np.int32)
    data[1, 2:8, 3:9] = 4
    return Labels(data, name="cells", scale=(2, 0.5, 0.5), units=("um", "um", "um"))


@pytest.mark.parametrize("suffix", [".ome.tif", ".ome.zarr", ".json", ".geojson", ".zip", ".csv"])
def test_napari_saves_through_the_manifest(layer, tmp_path, suffix):
    path = tmp_path / f"cells{suffix}"
    assert layer.save(str(path), plugin="napari-sam-medical") == [str(path)]
    assert path.exists()


def test_what_is_saved(layer, tmp_path):
    layer.save(str(tmp_path / "cells.ome.tif"), plugin="napari-sam-medical")
    with tifffile.TiffFile(tmp_path / "cells.ome.tif") as file:
        assert np.array_equal(file.asarray(), layer.data)
        assert 'PhysicalSizeZ="2.0"' in file.ome_metadata
    layer.save(str(tmp_path / "cells.csv"), plugin="napari-sam-medical")
    assert pd.read_csv(tmp_path / "cells.csv")["volume"].tolist() == [18.0]


def test_a_file_is_replaced_and_a_folder_is_not(layer, tmp_path):
    path = str(tmp_path / "cells.ome.zarr")
    for name in ("cells.json", "cells.json", "cells.ome.zarr"):
        layer.save(str(tmp_path / name), plugin="napari-sam-medical")
    layer.data = np.zeros_like(layer.data)
    with pytest.raises(FileExistsError, match="exists already"):
        layer.save(path, plugin="napari-sam-medical")
    assert zarr.open_group(path, mode="r")["0"][:].max() == 4


def test_labels_and_image_together_are_measured_and_nothing_else(layer, tmp_path):
    image = Image(np.full(layer.data.shape, 7.0), name="picture")
    layers = LayerList([image, layer])
    path = str(tmp_path / "cells.csv")
    assert layers.save(path, plugin="napari-sam-medical") == [path]
    assert pd.read_csv(path)["mean_intensity"].tolist() == [7.0]
    with pytest.raises(RuntimeError, match="got “picture” too: save the layers one by one"):
        layers.save(str(tmp_path / "cells.ome.tif"), plugin="napari-sam-medical")
    image.data = np.zeros((4, 5))
    with pytest.raises(RuntimeError, match="with an image of their shape"):
        layers.save(path, plugin="napari-sam-medical")


def test_naparis_own_tiff_stays_the_default(layer, tmp_path):
    (path,) = layer.save(str(tmp_path / "cells"))
    assert path == str(tmp_path / "cells.tif")
    with tifffile.TiffFile(path) as file:
        assert not file.is_ome


def test_axes_and_sizes_of_a_layer(layer):
    assert labelled_image(layer).axes == "zyx"
    layer.axis_labels = ("t", "y", "x")
    assert labelled_image(layer).axes == "tyx"
    layer.axis_labels = ("depth", "height", "width")
    assert labelled_image(layer).axes == "zyx"
    affine = np.diag([3.0, 2.0, 2.0, 1.0])
    turned = Labels(layer.data[0], scale=(3.0, 2.0), rotate=30)
    assert pixel_size_of(turned).scale == pytest.approx((3.0, 2.0))
    medical = Labels(layer.data, affine=affine, units=("mm",) * 3, translate=(1e5, 0, 7))
    assert pixel_size_of(medical).scale == (3.0, 2.0, 2.0)
    assert pixel_size_of(medical).units == ("mm",) * 3
