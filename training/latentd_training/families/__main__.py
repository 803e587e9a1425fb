"""From a diffusers folder to one that latentd runs: python -m latentd_training.families DIFFUSERS_FOLDER OUT"""

import argparse
from pathlib import Path

import torch

from latentd_training.families.model_folder import export_folder
from latentd_training.families.source import read_source


def main() -> None:
    parser = argparse.ArgumentParser(prog="latentd_training.families", description=__doc__)
    parser.add_argument("source", type=Path, metavar="DIFFUSERS_FOLDER", help="what diffusers' save_pretrained wrote")
    parser.add_argument("out", type=Path, metavar="OUT", help="model folder to write")
    parser.add_argument("--half", action="store_true", help="weights in float16; arithmetic stays float32")
    parser.add_argument("--empty-class", type=int, metavar="ID", help="the class that stands for none, for guidance")
    arguments = parser.parse_args()
    torch.manual_seed(0)
    try:
        export_folder(read_source(arguments.source), arguments.out, arguments.half, arguments.empty_class)
    except (OSError, ValueError, ArithmeticError, NotImplementedError) as error:
        parser.exit(1, f"{error}\n")


if __name__ == "__main__":
    main()
