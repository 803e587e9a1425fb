"""One prepared, encoded toy data set for all tests of a session."""

import sys
from pathlib import Path

import pytest
import torch

torch.set_num_threads(1)  # tiny tensors: threads would only wait for each other

sys.path.insert(0, str(Path(__file__).parents[1]))

from latentd_training.data.cache import write_cache
from latentd_training.data.dataset import load_dataset
from latentd_training.first_stage.first_stage import (
    FirstStageConfig,
    first_stage_state,
    load_first_stage,
    make_first_stage,
)
from latentd_training.prepare import prepare_folder
from latentd_training.shapes import write_shapes

FIRST_STAGE = FirstStageConfig(latent_channels=4, widths=(16, 32, 32))


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with pictures/, dataset/, ae.pt (random weights) and cache/."""
    folder = tmp_path_factory.mktemp("toy")
    write_shapes(folder / "pictures")
    prepare_folder(folder / "pictures", folder / "dataset", size=64, held_out_percent=20)
    torch.manual_seed(0)
    torch.save(first_stage_state(FIRST_STAGE, make_first_stage(FIRST_STAGE), 0), folder / "ae.pt")
    dataset = load_dataset(folder / "dataset")
    write_cache(folder / "cache", dataset, load_first_stage(folder / "ae.pt"), torch.device("cpu"))
    return folder
