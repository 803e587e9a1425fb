"""A toy model is exported with either first stage: graphs equal PyTorch, which export checks, and configs fit."""

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from latentd_training.data.dataset import load_dataset
from latentd_training.denoiser.denoiser import Denoiser, DenoiserConfig, export_weights
from latentd_training.denoiser.sampling import Sampling
from latentd_training.export.description import describe
from latentd_training.export.export import export_model
from latentd_training.first_stage.first_stage import (
    FirstStageConfig,
    first_stage_state,
    load_first_stage,
    make_first_stage,
)
from latentd_training.model.components import load_components
from latentd_training.quantize.calibration import dataset_calibration
from tests.conftest import FIRST_STAGE

VQ = FirstStageConfig(kind="vq", latent_channels=4, widths=(16, 32, 32), codebook_size=32)


@pytest.mark.parametrize("first_stage", [FIRST_STAGE, VQ], ids=lambda config: config.kind)
def test_a_folder_says_what_it_is(first_stage: FirstStageConfig, toy: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    torch.save(first_stage_state(first_stage, make_first_stage(first_stage), 0), tmp_path / "first.pt")
    mean, std = torch.full((1, 4, 1, 1), 0.25), torch.full((1, 4, 1, 1), 2.0)
    denoiser = Denoiser(DenoiserConfig(channels=(32, 64)), 4, classes=3)
    export_weights(tmp_path / "unet.pt", denoiser, mean, std, 0, 0, Sampling(4, 1.0))
    dataset, out = load_dataset(toy / "dataset"), tmp_path / "out"
    model = load_components(tmp_path, tmp_path / "first.pt")
    description = describe(dataset, "toy", "Shapes", "none")
    export_model(out, model, description, dataset_calibration(model, dataset))

    index, unet, vae = (
        json.loads((out / name).read_text())
        for name in ("model_index.json", "unet/config.json", "vae_decoder/config.json")
    )
    assert index["latentd"]["defaults"] == {
        "width": 64, "height": 64, "steps": 4, "guidance": 1.0, "scheduler": "ddim", "back_projection": 2,
    }
    assert (unet["in_channels"], unet["out_channels"], unet["sample_size"]) == (57, 4, 4)
    assert sum(part["channels"] for part in unet["concat"]) == 57
    assert vae["latents_mean"] == [0.25] * 4 and vae["latents_std"] == [2.0] * 4
    assert json.loads((out / "class_embedder/classes.json").read_text()) == ["other", "circle", "square"]
    assert vae["_class_name"] == {"kl": "AutoencoderKL", "vq": "VQModel"}[first_stage.kind]
    assert vae.get("num_vq_embeddings") == (32 if first_stage.kind == "vq" else None)

    # Matrices are int8 in the folder, so pictures are near those of the first stage, not equal.
    latents = torch.randn(1, 4, 4, 6, generator=torch.Generator().manual_seed(1))
    session = onnxruntime.InferenceSession(out / "vae_decoder/model.onnx")
    picture = session.run(None, {"latent_sample": latents.numpy()})[0]
    expected = load_first_stage(tmp_path / "first.pt").decode(latents).numpy()
    assert picture.shape == (1, 3, 64, 96)
    assert np.abs(picture - expected).max() < 0.02


def test_another_number_of_channels_is_refused(toy: Path, tmp_path: Path) -> None:
    denoiser = Denoiser(DenoiserConfig(channels=(32, 64)), 8, classes=3)
    export_weights(tmp_path / "unet.pt", denoiser, torch.zeros(1, 8, 1, 1), torch.ones(1, 8, 1, 1), 0, 0)
    with pytest.raises(ValueError, match="has 4 latent channels; .*unet.pt was trained on 8"):
        load_components(tmp_path, toy / "ae.pt")
