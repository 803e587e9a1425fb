"""The adversarial term: hinge loss, and the weight that balances it against the reconstruction."""

import torch

from latentd_training.first_stage.discriminator import PatchDiscriminator, adaptive_weight, discriminator_loss


def test_hinge_loss() -> None:
    real, fake = torch.tensor([2.0, 0.5]), torch.tensor([-3.0, 0.0])
    assert discriminator_loss(real, fake).item() == 0.5 * (0.25 + 0.5)


def test_judges_patches() -> None:
    assert PatchDiscriminator()(torch.zeros(2, 3, 64, 64)).shape == (2, 1, 6, 6)


def test_adaptive_weight_is_the_ratio_of_gradients() -> None:
    last_layer = torch.tensor([3.0, 4.0], requires_grad=True)
    reconstruction, adversarial = (last_layer**2).sum(), last_layer.sum()
    # Gradients (6, 8) and (1, 1).
    torch.testing.assert_close(adaptive_weight(reconstruction, adversarial, last_layer), torch.tensor(10 / 2**0.5))
