"""The codebook finds the nearest code, lets gradients through, and uses its codes."""

import torch

from latentd_training.first_stage.vector_quantizer import VectorQuantizer


def test_picks_the_nearest_code() -> None:
    torch.manual_seed(0)
    quantizer, latents = VectorQuantizer(32, 4).eval(), torch.randn(2, 4, 3, 3)
    quantised, _, indices = quantizer(latents)
    vectors = latents.permute(0, 2, 3, 1).flatten(0, 2)
    assert torch.equal(indices.flatten(), torch.cdist(vectors, quantizer.codes).argmin(1))
    torch.testing.assert_close(quantised, quantizer.look_up(indices))


def test_gradients_pass_straight_through() -> None:
    quantizer, latents = VectorQuantizer(8, 4).eval(), torch.randn(1, 4, 2, 2, requires_grad=True)
    weights = torch.randn(1, 4, 2, 2)
    (quantizer(latents)[0] * weights).sum().backward()
    assert torch.equal(latents.grad, weights)


def test_idle_codes_come_back_to_where_the_data_is() -> None:
    torch.manual_seed(0)
    quantizer, far = VectorQuantizer(16, 4).train(), 100 + torch.randn(4, 4, 8, 8)
    _, _, indices = quantizer(far)
    assert len(indices.unique()) > 8
