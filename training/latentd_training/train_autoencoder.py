"""Train the first stage: python -m latentd_training.train_autoencoder CONFIG.toml

Rombach et al. 2022 (arXiv:2112.10752), section 3.1 and appendix G: reconstruction, regularisation (KL or codebook)
and, from `adversarial_start` on, a patch discriminator. Run it again after a kill and it goes on.
"""

from pathlib import Path

from latentd_training.data.dataset import load_dataset
from latentd_training.first_stage.autoencoder_trainer import AutoencoderConfig, AutoencoderTrainer
from latentd_training.training.checkpoint import StopSignal
from latentd_training.training.config import load_config
from latentd_training.training.loop import parse_options, run
from latentd_training.training.precision import default_device


def train(config: AutoencoderConfig, stop: StopSignal) -> AutoencoderTrainer:
    """Train until `config.steps` or until `stop`."""
    trainer = AutoencoderTrainer(config, load_dataset(Path(config.dataset)), default_device())
    run(trainer, stop)
    return trainer


if __name__ == "__main__":
    train(load_config(parse_options("train_autoencoder", __doc__), AutoencoderConfig), StopSignal())
