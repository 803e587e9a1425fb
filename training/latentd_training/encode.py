"""Encode a data set once: python -m latentd_training.encode DATASET AUTOENCODER.pt CACHE

Latents and text embeddings do not change while the denoiser trains, so they are computed before.
"""

import argparse
from pathlib import Path

from latentd_training.data.cache import write_cache
from latentd_training.data.dataset import load_dataset
from latentd_training.first_stage.first_stage import load_first_stage
from latentd_training.training.precision import default_device


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m latentd_training.encode", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("dataset", type=Path, help="folder that `prepare` wrote")
    parser.add_argument("autoencoder", type=Path, help="weights that `train_autoencoder` wrote (ae.pt), or `pixels`: none")
    parser.add_argument("cache", type=Path, help="folder to write")
    options = parser.parse_args()
    device = default_device()
    write_cache(options.cache, load_dataset(options.dataset), load_first_stage(options.autoencoder).to(device), device)


if __name__ == "__main__":
    main()
