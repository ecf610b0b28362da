"""From a name or a path to a model."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
import torch
from tests.weights.file_server import serve

from napari_sam.sam.build import ARCHITECTURES, build_sam
from napari_sam.sam.model import PIXEL_MEAN, PIXEL_STD
from napari_sam.weights import registry
from napari_sam.weights.architecture import CheckpointError
from napari_sam.weights.catalogue import CatalogueEntry, UnknownModelError, find_model
from napari_sam.weights.checkpoint import read_state_dict, save_checkpoint
from napari_sam.weights.download import DownloadError, Downloading
from napari_sam.weights.registry import load_model, local_file, sam_model_registry


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small SAM's weights in a file, no tensor zero."""
    torch.manual_seed(0)
    weights = {
        name: torch.randn(tensor.shape).mul(0.02) if tensor.is_floating_point() else tensor
        for name, tensor in build_sam("vit_s").state_dict().items()
    }
    path = tmp_path_factory.mktemp("weights") / "small.safetensors"
    save_checkpoint(weights, path, {"architecture": "vit_s"}, half=True)
    return path


def assert_holds(sam: torch.nn.Module, checkpoint: Path) -> None:
    expected = read_state_dict(checkpoint)
    state_dict = sam.state_dict()
    assert state_dict.keys() == expected.keys()
    assert all(torch.equal(state_dict[name], tensor) for name, tensor in expected.items())
    assert not sam.training
    assert sam.device.type == "cpu"


@pytest.mark.parametrize("kind", [Path, str])
def test_a_file_is_loaded_and_recognised(checkpoint: Path, kind):
    sam = load_model(kind(checkpoint))
    assert_holds(sam, checkpoint)
    assert tuple(sam.pixel_mean.flatten().tolist()) == pytest.approx(PIXEL_MEAN)
    assert tuple(sam.pixel_std.flatten().tolist()) == pytest.approx(PIXEL_STD)


def test_a_file_with_another_name_is_loaded_if_it_is_there(checkpoint: Path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("weights").write_bytes(checkpoint.read_bytes())
    with pytest.raises(CheckpointError, match=r"expected a checkpoint file .*, got weights"):
        load_model("weights")


def test_preprocessing_to_zero_and_one_can_be_asked_for(checkpoint: Path):
    sam = load_model(checkpoint, preprocessing="zero_one")
    picture = torch.full((3, 4, 4), 255.0)
    assert torch.equal(sam.preprocess(picture)[:, :4, :4], torch.ones(3, 4, 4))
    assert sam.pixel_mean.shape == (3, 1, 1)
    assert "pixel_mean" not in sam.state_dict()


def test_preprocessing_is_read_from_a_files_metadata(checkpoint: Path, tmp_path: Path):
    path = tmp_path / "medical.safetensors"
    save_checkpoint(read_state_dict(checkpoint), path, {"preprocessing": "zero_one"})
    assert load_model(path).pixel_std.flatten().tolist() == [255.0] * 3
    assert load_model(path, preprocessing="mean_std").pixel_std[0] == pytest.approx(PIXEL_STD[0])


def test_an_unknown_preprocessing_is_refused(checkpoint: Path):
    with pytest.raises(
        ValueError, match="expected preprocessing among mean_std, zero_one, got 'minmax'"
    ):
        load_model(checkpoint, preprocessing="minmax")  # type: ignore[arg-type]


def test_without_a_name_the_embedded_model_is_loaded():
    path = local_file(find_model("default"))
    assert path.parent == Path(registry.__file__).parent / "embedded"
    assert_holds(load_model(), path)
    assert path.stat().st_size < 25e6


def test_a_package_without_its_model_is_said(monkeypatch):
    entry = CatalogueEntry(
        name="lost",
        architecture="vit_s",
        file="lost.safetensors",
        licence="MIT",
        domain="tests",
        preprocessing="mean_std",
    )
    monkeypatch.setattr(registry, "find_model", {"default": entry}.__getitem__)
    message = (
        "expected the model 'lost' inside the package, got no file .*lost.safetensors; "
        "install napari-sam-medical again"
    )
    with pytest.raises(FileNotFoundError, match=message):
        load_model()


def test_an_unknown_name_is_said():
    with pytest.raises(UnknownModelError, match=r"There is no model 'vit_x'. Did you mean 'vit_"):
        load_model("vit_x")


def test_a_missing_file_is_said(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match="expected a checkpoint file, got no such file"):
        load_model(str(tmp_path / "none.pth"))


def test_a_name_is_downloaded_once(checkpoint: Path, tmp_path: Path, monkeypatch):
    content = checkpoint.read_bytes()
    monkeypatch.setenv("NAPARI_SAM_CACHE", str(tmp_path))
    with serve(content) as server:
        entry = CatalogueEntry(
            name="small",
            architecture="vit_s",
            file="small.safetensors",
            licence="MIT",
            domain="tests",
            preprocessing="zero_one",
            url=server.url,
            hash=f"sha256:{hashlib.sha256(content).hexdigest()}",
        )
        monkeypatch.setattr(registry, "find_model", {"small": entry}.__getitem__)
        events: list[object] = []
        assert_holds(load_model("small", on_event=events.append), checkpoint)
        assert Downloading("small", len(content), len(content)) in events
        assert load_model("small").pixel_std[0] == 255.0
        assert len(server.requests) == 1


def test_offline_is_said(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("NAPARI_SAM_CACHE", str(tmp_path))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # nobody listens there
    message = (
        "Could not download 'vit_b' from https://dl.fbaipublicfiles.com/segment_anything/"
        "sam_vit_b_01ec64.pth: .* save it as sam_vit_b_01ec64.pth in " + re.escape(str(tmp_path))
    )
    with pytest.raises(DownloadError, match=message):
        load_model("vit_b")


def test_the_registry_has_the_public_names():
    assert set(sam_model_registry) == {"default", *ARCHITECTURES}
    assert sam_model_registry["default"] is sam_model_registry["vit_h"]


@pytest.mark.parametrize("architecture", ["vit_s", "vit_t", "vit_b"])
def test_the_registry_builds_random_weights(architecture: str):
    sam = sam_model_registry[architecture](checkpoint=None)
    assert sam.state_dict().keys() == build_sam(architecture).state_dict().keys()
    assert not sam.training


def test_the_registry_loads_a_checkpoint(checkpoint: Path):
    assert_holds(sam_model_registry["vit_s"](checkpoint=str(checkpoint)), checkpoint)


def test_weights_of_another_architecture_are_refused(checkpoint: Path):
    message = (
        f"{checkpoint}: expected weights of vit_b, got weights of vit_s; load_model(path) "
        "and `--model PATH` recognise the architecture"
    )
    with pytest.raises(CheckpointError, match=f"^{re.escape(message)}$"):
        sam_model_registry["vit_b"](checkpoint=checkpoint)


def test_a_part_of_a_model_is_refused(checkpoint: Path, tmp_path: Path):
    weights = read_state_dict(checkpoint)
    weights["extra"] = torch.ones(1)
    weights["mask_decoder.iou_token.weight"] = torch.ones(2, 256)
    del weights["prompt_encoder.no_mask_embed.weight"]
    torch.save(weights, tmp_path / "part.pth")
    message = (
        "part.pth: expected the .* tensors of the model, got others; missing: "
        "prompt_encoder.no_mask_embed.weight; unexpected: extra; of another shape: "
        r"mask_decoder.iou_token.weight \(2, 256\) instead of \(1, 256\)"
    )
    with pytest.raises(CheckpointError, match=message):
        load_model(tmp_path / "part.pth")
