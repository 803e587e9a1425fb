"""Writes tests/reference/schedulers.json: trajectories of diffusers' schedulers around a made-up denoiser.

Run from the repository root: python training/reference/schedulers.py
"""

import itertools
import json
from pathlib import Path
from typing import Any

import diffusers
import torch

SEED = 5
ELEMENTS = 4
SD = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}
ZERO_SNR = {**SD, "rescale_betas_zero_snr": True, "prediction_type": "v_prediction", "timestep_spacing": "trailing"}
PREDICTIONS = ["epsilon", "v_prediction", "sample"]
SPACINGS = ["leading", "trailing", "linspace"]
SCHEDULES = [{}, SD, {"beta_schedule": "squaredcos_cap_v2"}]
STEPS = [10, 20, 33, 50]

Case = tuple[str, dict[str, Any], int, dict[str, Any]]


def denoiser(x: torch.Tensor, timestep: float) -> torch.Tensor:
    return 0.7 * torch.sin(3 * x + timestep / 400)


def trajectory(name: str, config: dict[str, Any], steps: int, options: dict[str, Any]) -> dict[str, Any]:
    """The latents after each evaluation, as a pipeline of diffusers runs it; firstStep is image-to-image's start."""
    scheduler = getattr(diffusers, name)(**config)
    scheduler.set_timesteps(steps)
    generator = torch.Generator("cpu").manual_seed(SEED)
    x = torch.randn(ELEMENTS, generator=generator)[None, :, None, None]
    first = options.get("firstStep", 0)
    timesteps = scheduler.timesteps[first * scheduler.order :]
    if first:
        if hasattr(scheduler, "set_begin_index"):
            scheduler.set_begin_index(first * scheduler.order)
        x = scheduler.add_noise(torch.full_like(x, 0.25), x, timesteps[:1])
    else:
        x = x * scheduler.init_noise_sigma
    extra = {"eta": options["eta"]} if "eta" in options else {}
    if name in STOCHASTIC:
        extra["generator"] = generator
    latents = []
    for timestep in timesteps:
        predicted = denoiser(scheduler.scale_model_input(x, timestep), timestep.item())
        x = scheduler.step(predicted, timestep, x, return_dict=False, **extra)[0]
        latents.append([float(f"{value:.7g}") for value in x.flatten().tolist()])
    shown = sorted({*range(4), len(latents) // 2, len(latents) - 2, len(latents) - 1} & set(range(len(latents))))
    return {
        "className": name,
        "config": config,
        "steps": steps,
        **options,
        "timesteps": [float(f"{value:.7g}") for value in timesteps.tolist()],
        "latents": {index: latents[index] for index in shown},
    }


STOCHASTIC = {"DDIMScheduler"}


def ddim() -> list[Case]:
    name = "DDIMScheduler"
    grid = itertools.product(PREDICTIONS, SPACINGS, SCHEDULES)
    cases: list[Case] = [
        (name, {**betas, "prediction_type": prediction, "timestep_spacing": spacing, "clip_sample": False}, STEPS[i % 4], {})
        for i, (prediction, spacing, betas) in enumerate(grid)
    ]
    cases += [(name, {**ZERO_SNR, "clip_sample": False}, steps, {"eta": eta}) for steps in (1, 2, 7, 50) for eta in (0, 0.5, 0.9)]
    cases += [
        (name, {**SD, "set_alpha_to_one": False, "steps_offset": 1, "clip_sample": False}, 20, {}),
        (name, {**SD, "steps_offset": 1, "clip_sample": False}, 50, {"eta": 1}),
        (name, {}, 10, {}),
        (name, {"clip_sample_range": 2.5, "prediction_type": "v_prediction"}, 10, {"eta": 0.3}),
        (name, {**SD, "clip_sample": False}, 1000, {}),
        (name, {**SD, "clip_sample": False, "num_train_timesteps": 100}, 10, {}),
        (name, {"trained_betas": [0.05 + 0.01 * i for i in range(20)], "num_train_timesteps": 20, "clip_sample": False}, 5, {}),
        (name, {**SD, "clip_sample": False, "steps_offset": 1}, 20, {"firstStep": 8}),
        (name, {**ZERO_SNR, "clip_sample": False}, 10, {"firstStep": 9, "eta": 0.5}),
    ]
    return cases


def alphas(config: dict[str, Any]) -> dict[str, Any]:
    values = diffusers.DDIMScheduler(**config).alphas_cumprod.tolist()
    shown = [0, 1, 2, 10, 100, 499, 500, 900, 998, 999]
    return {"config": config, "values": {index: float(f"{values[index]:.9g}") for index in shown}}


cases = ddim()
reference = {
    "diffusers": diffusers.__version__,
    "seed": SEED,
    "elements": ELEMENTS,
    "alphasCumprod": [alphas({**betas, "rescale_betas_zero_snr": zero}) for betas in SCHEDULES for zero in (False, True)],
    "trajectories": [trajectory(*case) for case in cases],
}
path = Path("tests/reference/schedulers.json")
path.write_text(json.dumps(reference, separators=(",", ":"), allow_nan=False).replace('{"className"', '\n{"className"') + "\n")
print(len(cases), path.stat().st_size)
