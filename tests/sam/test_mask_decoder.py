"""What the decoder saves, it computes all the same."""

import torch


def decode(sam, embedding, sparse, dense, multimask):
    return sam.mask_decoder(embedding, sam.prompt_encoder.get_dense_pe(), sparse, dense, multimask)


@torch.no_grad()
def test_logits_are_classifiers_on_the_upscaled_image(small_sam):
    decoder = small_sam.mask_decoder
    image = torch.randn(2, 256, 32)
    classifiers = torch.randn(2, 3, 4)
    upscaled = decoder.output_upscaling(image.transpose(1, 2).reshape(2, 32, 16, 16))
    expected = torch.einsum("bmc,bchw->bmhw", classifiers, upscaled)
    found = decoder._classify(image, classifiers, (16, 16))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_a_batch_of_prompts_is_one_by_one(small_sam):
    embedding, sparse = torch.randn(1, 32, 16, 16), torch.randn(4, 3, 32)
    dense = torch.randn(4, 32, 16, 16)
    together = decode(small_sam, embedding, sparse, dense, True)
    for i in range(4):
        alone = decode(small_sam, embedding, sparse[i : i + 1], dense[i : i + 1], True)
        for a, b in zip(together, alone, strict=True):
            torch.testing.assert_close(a[i : i + 1], b, rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_a_shared_dense_prompt_is_the_repeated_one(small_sam):
    embedding, sparse = torch.randn(1, 32, 16, 16), torch.randn(4, 3, 32)
    dense = torch.randn(1, 32, 1, 1).expand(4, 32, 16, 16)
    shared = decode(small_sam, embedding, sparse, dense, False)
    copied = decode(small_sam, embedding, sparse, dense.clone(), False)
    torch.testing.assert_close(shared, copied, rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_prompts_of_several_images_follow_their_image(small_sam):
    embeddings, sparse = torch.randn(2, 32, 16, 16), torch.randn(6, 3, 32)
    dense = torch.randn(6, 32, 16, 16)
    together, _ = decode(small_sam, embeddings, sparse, dense, False)
    second, _ = decode(small_sam, embeddings[1:], sparse[3:], dense[3:], False)
    torch.testing.assert_close(together[3:], second, rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_single_and_multiple_masks_come_from_different_tokens(small_sam):
    embedding, sparse = torch.randn(1, 32, 16, 16), torch.randn(1, 3, 32)
    dense = torch.randn(1, 32, 16, 16)
    single, one_iou = decode(small_sam, embedding, sparse, dense, False)
    several, three_ious = decode(small_sam, embedding, sparse, dense, True)
    assert single.shape == (1, 1, 64, 64)
    assert one_iou.shape == (1, 1)
    assert several.shape == (1, 3, 64, 64)
    assert three_ious.shape == (1, 3)
    context = small_sam.mask_decoder.prepare(
        embedding, small_sam.prompt_encoder.get_dense_pe(), dense
    )
    all_masks, _ = small_sam.mask_decoder.predict(context, sparse, (16, 16), slice(None))
    torch.testing.assert_close(torch.cat([single, several], dim=1), all_masks)
