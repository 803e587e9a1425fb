"""Reference files for the tests: python -m latentd_training.golden CHECKPOINT MODEL OUT

Everything is computed by PyTorch and diffusers' DDIMScheduler in fp32: `fp32/` with the weights of the checkpoint,
`shipped/` with exactly the rounded weights of the model folder, which any device that runs its float graphs must
reproduce. Noise is torch.randn of a generator seeded with the case's seed.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from latentd_training.denoiser.conditioning import class_names
from latentd_training.denoiser.sampling import denoise, seeded_noise
from latentd_training.denoiser.text_encoder import Tokenizer
from latentd_training.model.components import Components, load_components
from latentd_training.model.shipped import load_shipped
from latentd_training.model.tasks import Conditioner, golden_cases, inpainting_mask, low_resolution, source_image, to_pixels

WITH_LATENTS = 4  # of the text cases; the other tasks always


def has_latents(case: dict) -> bool:
    task, number = case["name"].rsplit("-", 1)
    return task != "text" or int(number) < WITH_LATENTS


def save(path: Path, tensor: torch.Tensor) -> None:
    np.save(path, tensor.numpy())


@torch.no_grad()
def write_results(out: Path, model: Components) -> None:
    """Picture of every case; latents after every step [steps, 16, 8, 8] and text embeddings of some."""
    out.mkdir(parents=True, exist_ok=True)
    conditioner = Conditioner(model, class_names(), source_image())
    empty = conditioner.encode([""])[0]

    def predict(sample, timestep, context):
        return model.unet(sample, timestep, context).sample

    for case in golden_cases():
        name, given = case["name"], conditioner(case)
        latents = denoise(predict, given, empty, seeded_noise(case["seed"]), case["steps"], case["guidance"])
        picture = model.autoencoder.decode(latents[-1] * model.std + model.mean)
        to_pixels(picture).save(out / f"{name}.png", optimize=True)
        if has_latents(case):
            save(out / f"{name}.latents.npy", latents[:, 0])
        if case["task"] == "text-to-image" and has_latents(case):
            save(out / f"{name}.last_hidden_state.npy", given.context[0])
        print(out.name, name, flush=True)


def write_inputs(out: Path) -> None:
    """What the cases start from: noise [1, 16, 8, 8], token ids [24], pictures; and `cases.json`, their list."""
    out.mkdir(parents=True, exist_ok=True)
    cases = golden_cases()
    (out / "cases.json").write_text(json.dumps(cases, indent=1) + "\n")
    tokenizer = Tokenizer()
    for case in cases:
        save(out / f"{case['name']}.noise.npy", seeded_noise(case["seed"]))
        if case["task"] == "text-to-image" and has_latents(case):
            save(out / f"{case['name']}.ids.npy", tokenizer([case["prompt"]])[0][0])
    source_image().save(out / "inpaint-0.image.png", optimize=True)
    mask = F.interpolate(inpainting_mask(), scale_factor=16)[0, 0] * 255
    Image.fromarray(mask.byte().numpy()).save(out / "inpaint-0.mask.png", optimize=True)
    to_pixels(low_resolution(source_image())).save(out / "sr-0.low.png", optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path, help="folder with unet.pt and ae.pt")
    parser.add_argument("model", type=Path, help="model folder that was exported from it")
    parser.add_argument("out", type=Path, help="folder for the reference files")
    arguments = parser.parse_args()
    write_inputs(arguments.out)
    write_results(arguments.out / "fp32", load_components(arguments.checkpoint))
    write_results(arguments.out / "shipped", load_shipped(arguments.model))


if __name__ == "__main__":
    main()
