"""Train the evaluator on real pictures: python -m latentd_training.train_evaluator CONFIG.toml

It sees the split "train" only, and never a generated picture: what it measures cannot be trained for.
"""

from pathlib import Path

from latentd_training.data.cache import load_cache
from latentd_training.data.dataset import load_dataset
from latentd_training.evaluate.evaluator_trainer import EvaluatorConfig, EvaluatorTrainer
from latentd_training.training.checkpoint import StopSignal
from latentd_training.training.config import load_config
from latentd_training.training.loop import parse_options, run
from latentd_training.training.precision import default_device


def train(config: EvaluatorConfig, stop: StopSignal) -> EvaluatorTrainer:
    """Train until `config.steps` or until `stop`."""
    dataset = load_dataset(Path(config.dataset))
    trainer = EvaluatorTrainer(config, dataset, load_cache(Path(config.cache), dataset), default_device())
    run(trainer, stop)
    return trainer


if __name__ == "__main__":
    train(load_config(parse_options("train_evaluator", __doc__), EvaluatorConfig), StopSignal())
