"""Checkpoint to a model folder: python -m latentd_training.export CHECKPOINT OUT [--dataset DATASET --name NAME]

Every graph is compared with PyTorch while it is written: one that differs is an error. Without --dataset the checkpoint
is one of the built-in model.
"""

import argparse
from pathlib import Path

import torch

from latentd_training.data.dataset import load_dataset
from latentd_training.export.description import Description, describe, emoji_description
from latentd_training.export.exported_parts import exported_parts
from latentd_training.export.exported_unet import unet_graphs
from latentd_training.export.folder import copy_tokenizer, write_configs, write_manifest
from latentd_training.export.onnx_file import trace, write
from latentd_training.families.graph import TOLERANCE, Graph, largest_error
from latentd_training.model.components import Components, load_components
from latentd_training.quantize.calibration import Calibration, dataset_calibration, emoji_calibration

# Of integer graphs: an input between two levels may be rounded up by one and down by the other.
INTEGER_TOLERANCE = 0.05


def export_model(out: Path, model: Components, description: Description, calibration: Calibration) -> None:
    """Write all of a model folder; raises ArithmeticError where onnxruntime's outputs differ from PyTorch's."""
    torch.manual_seed(0)
    for part, graph in exported_parts(model, description.has_classes, description.layouts).items():
        write_part(out / part, {"model.onnx": graph}, contrib=False)
    write_part(out / "unet", unet_graphs(model, calibration), contrib=True)
    write_configs(out, model, description)
    copy_tokenizer(out)
    write_manifest(out)


def write_part(folder: Path, graphs: dict[str, Graph], contrib: bool) -> None:
    """Write the graphs of one part, which share their weights, and compare each with PyTorch."""
    folder.mkdir(parents=True, exist_ok=True)
    write({
        folder / name: trace(graph.module, graph.examples[0], graph.outputs, graph.axes, contrib)
        for name, graph in graphs.items()
    })
    for name, graph in graphs.items():
        with torch.no_grad():
            error = largest_error(folder / name, graph)
        limit = INTEGER_TOLERANCE if "int8" in name else TOLERANCE
        if not error <= limit:
            raise ArithmeticError(f"{folder / name} differs from PyTorch by {error:.2g}; at most {limit:g} is allowed")
        print(f"{folder.name}/{name}: largest error {error:.1g}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m latentd_training.export", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("checkpoint", type=Path, help="folder with unet.pt, such as a run of train_diffusion")
    parser.add_argument("out", type=Path, help="model folder to write")
    parser.add_argument("--first-stage", type=Path, help="weights of the first stage (CHECKPOINT/ae.pt by default)")
    parser.add_argument("--dataset", type=Path, help="data set that it was trained on")
    parser.add_argument("--name", default="", help="what requests call the model (the folder's name by default)")
    parser.add_argument("--title", default="", help="what it makes, in a few words")
    parser.add_argument("--licence", default="", help="of the weights")
    options = parser.parse_args()
    model = load_components(options.checkpoint, options.first_stage)
    if options.dataset:
        dataset = load_dataset(options.dataset)
        name = options.name or options.out.name
        description = describe(dataset, name, options.title or name, options.licence)
        calibration = dataset_calibration(model, dataset)
    else:
        description, calibration = emoji_description(), emoji_calibration(model)
    export_model(options.out, model, description, calibration)
