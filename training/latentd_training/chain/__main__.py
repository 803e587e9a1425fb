"""From a folder of captioned pictures to a model that latentd serves: python -m latentd_training.chain CONFIG.toml

One after the other what the commands of these names do: prepare, train_autoencoder, encode, train_diffusion, distill
(where the config has it), train_evaluator, export, draw (with latentd), evaluate. Everything is written below the
config's `output`. Run it again after a kill and it goes on where it was; what is finished is not done again.
"""

import time
from pathlib import Path

from latentd_training.chain.config import ChainConfig
from latentd_training.data.cache import write_cache
from latentd_training.data.dataset import load_dataset
from latentd_training.diffusion.diffusion_trainer import DiffusionConfig
from latentd_training.distill.config import DistillConfig
from latentd_training.distill.distill import distill
from latentd_training.draw import draw
from latentd_training.evaluate.evaluate import evaluate, table
from latentd_training.evaluate.evaluator_trainer import EvaluatorConfig
from latentd_training.export.description import describe
from latentd_training.export.export import export_model
from latentd_training.first_stage.autoencoder_trainer import AutoencoderConfig
from latentd_training.first_stage.first_stage import load_first_stage
from latentd_training.model.components import load_components
from latentd_training.prepare import prepare_folder
from latentd_training.prompts import choose_prompts
from latentd_training.quantize.calibration import dataset_calibration
from latentd_training.train_autoencoder import train as train_autoencoder
from latentd_training.train_diffusion import train as train_diffusion
from latentd_training.train_evaluator import train as train_evaluator
from latentd_training.training.checkpoint import StopSignal
from latentd_training.training.config import load_config
from latentd_training.training.loop import parse_options
from latentd_training.training.precision import default_device


def prepare(config: ChainConfig, stop: StopSignal) -> None:
    """`dataset/` from the pictures."""
    if not (config.out / "dataset/dataset.json").exists():
        prepare_folder(Path(config.pictures), config.out / "dataset", config.size, config.held_out_percent)


def first_stage(config: ChainConfig, stop: StopSignal) -> None:
    """`autoencoder/`, the first stage."""
    train_autoencoder(config.stage("autoencoder", AutoencoderConfig), stop)


def encode(config: ChainConfig, stop: StopSignal) -> None:
    """`cache/`, latents and text embeddings."""
    if not (config.out / "cache/texts.json").exists():
        device = default_device()
        first_stage = load_first_stage(config.out / "autoencoder/ae.pt").to(device)
        write_cache(config.out / "cache", load_dataset(config.out / "dataset"), first_stage, device)


def diffusion(config: ChainConfig, stop: StopSignal) -> None:
    """`diffusion/`, the second stage."""
    train_diffusion(config.stage("diffusion", DiffusionConfig), stop)


def student(config: ChainConfig, stop: StopSignal) -> None:
    """`distill/`, the second stage again, in few steps."""
    if config.distill:
        distill(config.stage("distill", DistillConfig), stop)


def evaluator(config: ChainConfig, stop: StopSignal) -> None:
    """`evaluator/`, which judges."""
    train_evaluator(config.stage("evaluator", EvaluatorConfig), stop)


def export(config: ChainConfig, stop: StopSignal) -> None:
    """`model/`, and `model-few-steps/` of the student: what latentd serves."""
    dataset = load_dataset(config.out / "dataset")
    for run, model in config.models.items():
        components = load_components(config.out / run, config.out / "autoencoder/ae.pt")
        name = config.name if model.name == "model" else f"{config.name}-few-steps"
        description = describe(dataset, name, config.title or name, config.licence)
        export_model(model, components, description, dataset_calibration(components, dataset))


def judge(config: ChainConfig, stop: StopSignal) -> None:
    """`pictures/`, drawn by latentd, and `figures.md`, the evaluator's table."""
    if not config.judged:
        return
    for model in config.models.values():
        pictures = config.out / f"pictures-{model.name}"
        prompts = choose_prompts(load_dataset(config.out / "dataset"), config.judged)
        draw(model, prompts, pictures, latentd=config.latentd)
        figures = table(evaluate(config.out / "evaluator/evaluator.pt", config.out / "dataset", pictures))
        (pictures / "figures.md").write_text(figures + "\n")
        print(figures)


STAGES = (prepare, first_stage, encode, diffusion, student, evaluator, export, judge)


def run_chain(config: ChainConfig, stop: StopSignal) -> None:
    """Do all that is not done yet, until `stop`."""
    start = time.monotonic()
    for stage in STAGES:
        if stop:
            return
        print(f"== {stage.__name__} ({time.monotonic() - start:.0f} s): {stage.__doc__}", flush=True)
        stage(config, stop)


if __name__ == "__main__":
    run_chain(load_config(parse_options("chain", __doc__), ChainConfig), StopSignal())
