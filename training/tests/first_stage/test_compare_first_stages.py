"""PSNR and use of a codebook agree with closed forms."""

import pytest
import torch

from latentd_training.compare_first_stages import codebook_use, psnr
from latentd_training.first_stage.first_stage import FirstStageConfig, make_first_stage


def test_psnr_is_a_mean_over_pictures() -> None:
    pictures = torch.zeros(2, 3, 4, 4)
    # Errors of a tenth and a hundredth of the range, which is 2: 20 and 40 dB.
    made = torch.stack([torch.full((3, 4, 4), 0.2), torch.full((3, 4, 4), 0.02)])
    assert psnr(made, pictures) == pytest.approx(30, abs=1e-4)


def test_perplexity_of_equal_use_is_the_number_of_codes() -> None:
    first_stage = make_first_stage(FirstStageConfig("vq", latent_channels=4, widths=(16, 32, 32), codebook_size=8))
    with torch.no_grad():
        first_stage.quantizer.codes.copy_(10 * torch.eye(8)[:, :4] + 100 * torch.eye(8)[:, 4:])
    codes = first_stage.quantizer.codes.detach()[[0, 2, 2, 0]]
    latents = codes.T.reshape(1, 4, 2, 2)
    assert codebook_use(first_stage, latents) == pytest.approx((2 / 8, 2.0))
    assert codebook_use(first_stage, latents[..., :1, :1]) == pytest.approx((1 / 8, 1.0))
