"""Training of the denoiser: batches, conditions, losses and sheets."""
