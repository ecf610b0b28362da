"""The 11 steps: how many, with which prompts, and what is fed back."""

from collections import Counter
from itertools import pairwise

import pytest
import torch

from napari_sam.sam.build import build_sam
from napari_sam.sam.prompt_encoder import BOTTOM_RIGHT, FOREGROUND, PADDING, TOP_LEFT
from sam_medical.finetune.interaction import SamInteraction, first_prompt, schedule
from sam_medical.finetune.losses import SamLoss


def test_schedule_is_eight_points_and_two_steps_without():
    generator = torch.Generator().manual_seed(0)
    places = Counter()
    for _ in range(4000):
        steps = schedule(8, generator)
        assert len(steps) == 10
        assert sum(steps) == 8
        assert steps[-1] is False
        places[steps.index(False)] += 1
    assert sorted(places) == list(range(8))
    assert all(count == pytest.approx(500, abs=70) for count in places.values())


def test_first_prompt_is_a_point_or_a_box_with_equal_chance():
    generator = torch.Generator().manual_seed(0)
    target = torch.zeros(2000, 16, 16, dtype=torch.bool)
    target[:, 4:8, 6:12] = True
    coin = torch.rand(2000, generator=generator) < SamInteraction.box_chance
    coords, labels = first_prompt(target, generator, coin)
    is_box = (labels == torch.tensor([TOP_LEFT, BOTTOM_RIGHT])).all(1)
    is_point = (labels == torch.tensor([FOREGROUND, PADDING])).all(1)
    assert (is_box | is_point).all()
    assert torch.equal(is_box, coin)
    assert is_box.float().mean().item() == pytest.approx(0.5, abs=0.035)
    points = coords[is_point, 0]
    assert ((points >= torch.tensor([23.5, 15.5])) & (points < torch.tensor([47.5, 31.5]))).all()


def test_first_prompts_can_be_boxes_only():
    generator = torch.Generator().manual_seed(0)
    target = torch.zeros(50, 16, 16, dtype=torch.bool)
    target[:, 4:8, 6:12] = True
    every = torch.ones(50, dtype=torch.bool)
    coords, labels = first_prompt(target, generator, every, box_noise=0.0)
    assert (labels == torch.tensor([TOP_LEFT, BOTTOM_RIGHT])).all()
    assert (coords == torch.tensor([[24.0, 16.0], [47.0, 31.0]])).all()
    true = torch.tensor([25.0, 17, 45, 30]).expand(50, 4)
    coords, _ = first_prompt(target, generator, every, box_noise=0.0, boxes=true)
    assert (coords == torch.tensor([[25.0, 17.0], [45.0, 30.0]])).all()


def test_a_box_of_a_resized_object_is_that_of_the_new_mask():
    torch.manual_seed(0)
    sam = build_sam("vit_t")
    seen = []
    sam.prompt_encoder.embed_points = lambda coords, labels: (
        seen.append(coords) or torch.zeros(len(coords), 2, 256)
    )
    target = torch.zeros(1, 8, 32, 32)
    target[..., 8:24, 8:24] = 1
    boxes = torch.tensor([32.0, 32, 95, 95]).expand(1, 8, 4)
    asked = {"n_steps": 1, "box_chance": 1.0, "box_noise": 0.0}
    embedding, pe = torch.randn(1, 256, 8, 8), sam.prompt_encoder.get_dense_pe()[..., :8, :8]
    with torch.no_grad():
        for chance in (0.0, 1.0):
            play = SamInteraction(sam, SamLoss(), resize_chance=chance, **asked)
            generator = torch.Generator().manual_seed(0)
            list(play(embedding, pe, torch.zeros(1, 2), target, generator, boxes))
    usual, resized = (coords[:, 1] - coords[:, 0] for coords in seen)
    assert (usual == 63).all()
    assert (resized != 63).any()
    assert (resized % 4 == 3).all()


class Recorder:
    """Stands before the decoder and notes what it is asked."""

    def __init__(self, decoder):
        self.decoder, self.calls, self.masks = decoder, [], []

    def prepare(self, *args, **settings):
        return self.decoder.prepare(*args, **settings)

    def predict(self, context, sparse, size, wanted):
        answer = self.decoder.predict(context, sparse, size, wanted)
        self.calls.append((sparse.shape[1], wanted))
        self.masks.append(answer)
        return answer


@pytest.fixture(scope="module")
def played():
    torch.manual_seed(0)
    sam = build_sam("vit_s")
    recorder = Recorder(sam.mask_decoder)
    del sam.mask_decoder
    sam.mask_decoder = recorder  # a plain attribute in the module's place
    fed_back = []
    sam.prompt_encoder.mask_downscaling.register_forward_hook(
        lambda module, args, output: fed_back.append(args[0])
    )
    target = torch.zeros(1, 2, 56, 56, dtype=torch.bool)
    target[0, 0, 10:30, 10:30] = True
    target[0, 1, 40:50, 5:20] = True
    interaction = SamInteraction(sam, SamLoss())
    embedding = torch.randn(1, 256, 14, 14, requires_grad=True)
    generator = torch.Generator().manual_seed(3)
    pe = sam.prompt_encoder.get_dense_pe()[..., :14, :14]
    steps = list(interaction(embedding, pe, torch.zeros(1, 2), target, generator))
    return recorder, fed_back, steps, embedding


def test_eleven_steps_with_one_more_point_each_but_two(played):
    recorder, _, steps, _ = played
    assert len(steps) == 11
    tokens = [n_tokens for n_tokens, _ in recorder.calls]
    assert tokens[0] == 2
    gained = [b - a for a, b in pairwise(tokens)]
    assert sorted(gained) == [0, 0, *[1] * 8]
    assert gained[-1] == 0


def test_three_masks_on_the_first_prompt_and_the_single_one_after(played):
    wanted = [wanted for _, wanted in played[0].calls]
    assert wanted == [slice(1, None), *[slice(0, 1)] * 10]


def test_the_logits_of_the_best_predicted_mask_are_fed_back(played):
    recorder, fed_back, _, _ = played
    assert len(fed_back) == 10
    logits, iou_predictions = recorder.masks[0]
    best = iou_predictions.argmax(1)
    assert torch.equal(fed_back[0][:, 0], logits[torch.arange(2), best])
    for (logits, _), mask in zip(recorder.masks[1:], fed_back[1:], strict=False):
        assert torch.equal(mask, logits)
    assert not any(mask.requires_grad for mask in fed_back)


def test_every_step_trains_the_embedding(played):
    _, _, steps, embedding = played
    for step in steps:
        (gradient,) = torch.autograd.grad(step.loss.total.sum(), embedding, retain_graph=True)
        assert gradient.abs().sum() > 0
