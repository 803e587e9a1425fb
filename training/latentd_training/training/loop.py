"""The loop around both trainers: steps, reports, evaluations, checkpoints, and a stop that saves first."""

import argparse
import time
from pathlib import Path
from typing import Protocol

import torch

from latentd_training.training.checkpoint import StopSignal
from latentd_training.training.progress import Progress
from latentd_training.training.run_config import RunConfig


class Trainer(Protocol):
    """A run that can go one step further; its constructor restores the last checkpoint in `output`."""

    config: RunConfig
    output: Path
    step: int

    def train_step(self) -> dict[str, float]: ...
    def evaluate(self) -> dict[str, float]: ...
    def save(self) -> None: ...


def run(trainer: Trainer, stop: StopSignal) -> None:
    """Train until `config.steps` or until `stop`; saves every few minutes and at the end."""
    config, saved = trainer.config, time.monotonic()
    progress = Progress(trainer.output, config.steps, trainer.step)
    while trainer.step < config.steps and not stop:
        progress.update(trainer.train_step())
        if trainer.step % config.report_steps == 0:
            progress.report(trainer.step)
        if trainer.step % config.evaluate_steps == 0 or trainer.step == config.steps:
            progress.report(trainer.step, **trainer.evaluate())
        if time.monotonic() - saved > 60 * config.save_minutes:
            trainer.save()
            saved = time.monotonic()
    trainer.save()


def parse_options(command: str, description: str) -> Path:
    """Read the command line, set the number of threads, and return the path of the config."""
    parser = argparse.ArgumentParser(
        prog=f"python -m latentd_training.{command}", description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("config", type=Path, help="TOML file, such as those in configs/")
    parser.add_argument("--threads", type=int, help="CPU threads (as many as cores by default)")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    return options.config
