"""Train the second stage: python -m latentd_training.train_diffusion CONFIG.toml

Rombach et al. 2022 (arXiv:2112.10752), section 3.2: the denoiser learns in the latent space of a frozen first stage.
Run it again after a kill and it goes on where the last checkpoint was, with the same result.
"""

from pathlib import Path

from latentd_training.data.cache import load_cache
from latentd_training.data.dataset import load_dataset
from latentd_training.diffusion.diffusion_trainer import DiffusionConfig, DiffusionTrainer
from latentd_training.training.checkpoint import StopSignal
from latentd_training.training.config import load_config
from latentd_training.training.loop import parse_options, run
from latentd_training.training.precision import default_device


def train(config: DiffusionConfig, stop: StopSignal) -> DiffusionTrainer:
    """Train until `config.steps` or until `stop`."""
    dataset = load_dataset(Path(config.dataset))
    trainer = DiffusionTrainer(config, dataset, load_cache(Path(config.cache), dataset), default_device())
    try:
        run(trainer, stop)
    finally:
        trainer.close()
    return trainer


if __name__ == "__main__":
    train(load_config(parse_options("train_diffusion", __doc__), DiffusionConfig), StopSignal())
