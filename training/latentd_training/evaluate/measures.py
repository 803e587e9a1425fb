"""What the evaluator reports, from features and similarities."""

import torch
from torch import Tensor


def frechet_distance(a: Tensor, b: Tensor) -> float:
    """Distance of Gaussians fitted to features [n, D] and [m, D]: ‖μ_a − μ_b‖² + tr(Σ_a + Σ_b − 2 (Σ_a Σ_b)^½).

    Heusel et al. 2017 (arXiv:1706.08500), in the feature space of whatever network made the features.
    """
    a, b = a.double(), b.double()
    first, second = torch.cov(a.T), torch.cov(b.T)
    # The trace of the root: Σ_a Σ_b has the eigenvalues of the symmetric Σ_a^½ Σ_b Σ_a^½.
    values, vectors = torch.linalg.eigh(first)
    root = vectors * values.clamp_min(0).sqrt() @ vectors.T
    cross = torch.linalg.eigvalsh(root @ second @ root).clamp_min(0).sqrt().sum()
    return float((a.mean(0) - b.mean(0)).square().sum() + first.trace() + second.trace() - 2 * cross)


def recall(similarities: Tensor, answers: Tensor, k: int) -> float:
    """R@k: the share of pictures whose caption is among the k most similar.

    `similarities` [n, T] of n pictures with T captions, `answers` [n] the number of each picture's caption.
    """
    own = similarities.gather(1, answers[:, None])
    # Ties count against the picture, so that a constant network scores nothing.
    better = (similarities >= own).sum(1) - 1
    return float((better < k).float().mean())
