"""The loop: it learns, and a resumed run is the unbroken one."""

import json

import pytest
import torch

from napari_sam.sam.build import build_sam
from sam_medical.finetune.crops import CropSampler
from sam_medical.finetune.stage import Stage, View
from sam_medical.finetune.trainer import Trainer


def make_trainer(folder, generated_set, *, architecture="vit_s", **changes):
    torch.manual_seed(0)
    settings = {"name": "tiny", "steps": 4, "n_steps": 2, "learning_rate": 1e-3, "warmup": 1}
    stage = Stage(views=[View(crop_size=64, batch_size=1, n_objects=2)], **(settings | changes))
    return Trainer(build_sam(architecture), stage, CropSampler([generated_set], [1.0]), folder)


def test_a_resumed_run_is_the_unbroken_one(tmp_path, generated_set):
    unbroken = make_trainer(tmp_path / "unbroken", generated_set)
    unbroken.run()

    first = make_trainer(tmp_path / "broken", generated_set)
    first.run(save_every=2, stop_at=2)
    second = make_trainer(tmp_path / "broken", generated_set)
    assert second.resume()
    assert second.step == 2
    second.run()
    for name, value in unbroken.average.items():
        assert torch.equal(value, second.average[name]), name


def test_the_dense_task_is_learned(tmp_path, generated_set):
    trainer = make_trainer(tmp_path, generated_set, n_steps=0, steps=25)
    trainer.run()
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert log[-1]["dense"] < 0.85 * log[0]["dense"]


def test_a_frozen_encoder_stays_as_it_is(tmp_path, generated_set):
    trainer = make_trainer(tmp_path, generated_set, architecture="vit_t", train_encoder=False)
    before = {k: v.clone() for k, v in trainer.sam.state_dict().items()}
    trainer.run(stop_at=2)
    after = trainer.sam.state_dict()
    changed = {
        name.split(".")[0] for name, old in before.items() if not torch.equal(old, after[name])
    }
    assert changed == {"mask_decoder", "prompt_encoder"}


def test_gradients_reach_every_weight_that_prompts_use(tmp_path, generated_set):
    trainer = make_trainer(tmp_path, generated_set, n_steps=3, single_mask_first=True)
    rng_step = trainer._train_step
    seen = {}

    def keep(parameters, *_):
        for name, parameter in trainer.model.named_parameters():
            seen[name] = parameter.grad is not None and bool(parameter.grad.any())
        return torch.tensor(0.0)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("torch.nn.utils.clip_grad_norm_", keep)
        rng_step()
    # A softmax does not see what is the same for all its keys.
    unseen = [n for n in seen if n.endswith("token_to_image.k_proj.bias")]
    assert len(unseen) == 3
    # A batch may hold no box or no padding, and of three masks only the best one is trained.
    sometimes = ("point_embeddings", "not_a_point_embed", "output_hypernetworks_mlps")
    idle = {n for n, reached in seen.items() if not reached and not any(s in n for s in sometimes)}
    assert idle - set(unseen) == set()
