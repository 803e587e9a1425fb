"""Writes tests/reference/schedulers.json: trajectories of diffusers' schedulers around a made-up denoiser.

They are computed in double precision from diffusers' own float32 noise levels: started at σ near 20000, as with
squaredcos_cap_v2, float32 alone would make errors beyond 1e-4. What is random is drawn as float32, as in a pipeline.

Run from the repository root: python training/reference/schedulers.py
"""

import itertools
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import diffusers
import numpy as np
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


@contextmanager
def in_double(scheduler: Any) -> Iterator[None]:
    """Keeps a step from rounding to float32 on its way, and its noise from being drawn as other than float32."""

    def randn_tensor(shape: torch.Size, generator: torch.Generator, **_: Any) -> torch.Tensor:
        return torch.randn(shape, generator=generator).double()

    module = sys.modules[type(scheduler).__module__]
    with mock.patch.object(torch, "float32", torch.float64), mock.patch.object(
        module, "randn_tensor", randn_tensor, create=True
    ):
        yield


@contextmanager
def levels_in_double() -> Iterator[None]:
    """Keeps what set_timesteps derives from the float32 noise levels from being rounded once more."""
    from_numpy = torch.from_numpy

    def widened(array: np.ndarray) -> torch.Tensor:
        return from_numpy(array.astype(np.float64) if array.dtype == np.float32 else array)

    with mock.patch.object(torch, "from_numpy", widened):
        yield


def trajectory(name: str, config: dict[str, Any], steps: int, options: dict[str, Any]) -> dict[str, Any]:
    """The latents after each evaluation, as a pipeline of diffusers runs it; firstStep is where image-to-image starts."""
    scheduler = getattr(diffusers, name)(**config)
    with levels_in_double():
        scheduler.set_timesteps(steps)
    generator = torch.Generator("cpu").manual_seed(SEED)
    x = torch.randn(ELEMENTS, generator=generator).double()[None, :, None, None]
    for levels in ("alphas_cumprod", "final_alpha_cumprod", "one", "sigmas"):
        if hasattr(scheduler, levels):
            setattr(scheduler, levels, getattr(scheduler, levels).double())
    first = options.get("firstStep", 0)
    timesteps = scheduler.timesteps[first * scheduler.order :]
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(first * scheduler.order)
    if first:
        x = scheduler.add_noise(torch.full_like(x, 0.25), x, timesteps[:1])
    else:
        x = x * scheduler.init_noise_sigma
    extra = {"eta": options["eta"]} if "eta" in options else {}
    if name in STOCHASTIC:
        extra["generator"] = generator
    latents = []
    for timestep in timesteps:
        predicted = denoiser(scheduler.scale_model_input(x, timestep), timestep.item())
        with in_double(scheduler):
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


STOCHASTIC = {
    "DDIMScheduler",
    "DDPMScheduler",
    "DPMSolverMultistepScheduler",
    "EulerAncestralDiscreteScheduler",
    "KDPM2AncestralDiscreteScheduler",
    "LCMScheduler",
    "TCDScheduler",
}


def grid(
    name: str, more: list[dict[str, Any]] = [{}], predictions: list[str] = PREDICTIONS, offsets: list[int] = [0]
) -> list[Case]:
    """Every prediction, spacing and beta schedule once, steps and further options in turn."""
    turns = itertools.cycle(itertools.product(more, offsets))
    return [
        (
            name,
            {**betas, "prediction_type": prediction, "timestep_spacing": spacing, "steps_offset": offset, **extra},
            STEPS[i % len(STEPS)],
            {},
        )
        for i, ((prediction, spacing, betas), (extra, offset)) in enumerate(
            zip(itertools.product(predictions, SPACINGS, SCHEDULES), turns)
        )
    ]


def started_later(name: str, config: dict[str, Any] = SD, **options: Any) -> list[Case]:
    return [(name, config, steps, {"firstStep": first, **options}) for steps, first in ((10, 1), (20, 2), (20, 8), (50, 49))]


def ddim() -> list[Case]:
    name = "DDIMScheduler"
    straight = {"clip_sample": False}
    odd_betas = {"trained_betas": [0.05 + 0.01 * i for i in range(20)], "num_train_timesteps": 20}
    return [
        *grid(name, [straight]),
        *((name, {**ZERO_SNR, **straight}, steps, {"eta": eta}) for steps in (1, 2, 7, 50) for eta in (0, 0.5, 0.9)),
        (name, {**SD, "set_alpha_to_one": False, "steps_offset": 1, **straight}, 20, {}),
        (name, {**SD, "steps_offset": 1, **straight}, 50, {"eta": 1}),
        (name, {}, 10, {}),
        (name, {"clip_sample_range": 2.5, "prediction_type": "v_prediction"}, 10, {"eta": 0.3}),
        (name, {**SD, **straight}, 1000, {}),
        (name, {**SD, **straight, "num_train_timesteps": 100}, 10, {}),
        (name, {**odd_betas, **straight}, 5, {}),
        *started_later(name, {**SD, **straight, "steps_offset": 1}),
        *started_later(name, {**ZERO_SNR, **straight}, eta=0.5),
    ]


def ddpm() -> list[Case]:
    name = "DDPMScheduler"
    variances = [{"variance_type": kind, "clip_sample": False} for kind in ("fixed_small", "fixed_small_log", "fixed_large")]
    return [*grid(name, variances, offsets=[0, 1]), (name, {}, 10, {}), (name, ZERO_SNR, 20, {}), *started_later(name)]


def plms() -> list[Case]:
    name = "PNDMScheduler"
    kinds = [{"skip_prk_steps": True, "set_alpha_to_one": one} for one in (False, True)]
    later = {**SD, "skip_prk_steps": True, "steps_offset": 1}
    few = [(name, later, steps, {}) for steps in (1, 2, 3, 4, 5)]
    return [*grid(name, kinds, PREDICTIONS[:2], [0, 1]), *few, *started_later(name, later)]


CURVES = [{}, {"use_karras_sigmas": True}, {"use_exponential_sigmas": True}, {"use_beta_sigmas": True}]


def euler() -> list[Case]:
    name = "EulerDiscreteScheduler"
    return [
        *grid(name, CURVES, offsets=[0, 1]),
        (name, ZERO_SNR, 20, {}),
        (name, {**SD, "final_sigmas_type": "sigma_min", "sigma_min": 0.1, "sigma_max": 12, **CURVES[1]}, 20, {}),
        (name, {**SD, "prediction_type": "v_prediction", "timestep_type": "continuous", **CURVES[1]}, 20, {}),
        *started_later(name),
        *((name, {**SD, "timestep_spacing": "trailing"}, steps, {}) for steps in (1, 2, 4)),
    ]


def euler_ancestral() -> list[Case]:
    name = "EulerAncestralDiscreteScheduler"
    return [*grid(name, predictions=PREDICTIONS[:2], offsets=[0, 1]), (name, ZERO_SNR, 20, {}), *started_later(name)]


def heun() -> list[Case]:
    name = "HeunDiscreteScheduler"
    clipped = (name, {**SD, "clip_sample": True, "clip_sample_range": 1.5}, 20, {})
    return [*grid(name, CURVES, offsets=[0, 1]), clipped, (name, SD, 1, {}), *started_later(name)]


def dpm2() -> list[Case]:
    name = "KDPM2DiscreteScheduler"
    curves = [*grid(name, CURVES, PREDICTIONS[:2], [0, 1]), *((name, {**SD, **curve}, 10, {}) for curve in CURVES)]
    return [*curves, (name, SD, 1, {}), *started_later(name), *started_later(name, {**SD, **CURVES[1]})]


def dpm2_ancestral() -> list[Case]:
    # Ten steps from σ near 20000 are chaotic: what differs by 1e-9 at the start would do so by 1e-4 at the end.
    chaotic = ("squaredcos_cap_v2", 10)
    return [
        ("KDPM2AncestralDiscreteScheduler", *case)
        for _, *case in dpm2()
        if (case[0].get("beta_schedule"), case[1]) != chaotic
    ]


def lms() -> list[Case]:
    name = "LMSDiscreteScheduler"
    return [*grid(name, CURVES, offsets=[0, 1]), *((name, SD, steps, {}) for steps in (1, 2, 3)), *started_later(name)]


def dpmpp() -> list[Case]:
    name = "DPMSolverMultistepScheduler"
    solvers = [
        {"algorithm_type": kind, "solver_order": order, "solver_type": solver, **curve}
        for kind, (order, solver) in itertools.product(
            ("dpmsolver++", "sde-dpmsolver++"), ((2, "midpoint"), (2, "heun"), (3, "midpoint"), (1, "midpoint"))
        )
        for curve in CURVES
    ]
    ends = [
        {"final_sigmas_type": "sigma_min"},
        {"final_sigmas_type": "sigma_min", "lower_order_final": False},
        {"euler_at_final": True, "final_sigmas_type": "sigma_min"},
    ]
    return [
        *((name, {**SD, **solver}, 12 + 9 * (i % 3), {}) for i, solver in enumerate(solvers)),
        *grid(name, offsets=[0, 1]),
        *((name, {**SD, **end, "solver_order": 2 + i % 2}, steps, {}) for i, end in enumerate(ends) for steps in (10, 20)),
        (name, ZERO_SNR, 20, {}),
        *((name, {"beta_schedule": "squaredcos_cap_v2", **curve}, 10, {}) for curve in CURVES),
        *((name, {**SD, "solver_order": 3}, steps, {}) for steps in (1, 2, 3, 4)),
        *started_later(name, {**SD, "solver_order": 3}),
        *started_later(name, {**SD, **CURVES[1], "algorithm_type": "sde-dpmsolver++"}),
    ]


def dpm_noise() -> list[Case]:
    """Those of the multistep solver that integrate the noise: not to σ = 0, where diffusers refuses."""
    name = "DPMSolverMultistepScheduler"
    kinds = [("dpmsolver", order) for order in (1, 2, 3)] + [("sde-dpmsolver", order) for order in (1, 2)]
    solvers = [
        {"algorithm_type": kind, "solver_order": order, "solver_type": solver, "final_sigmas_type": "sigma_min"}
        for kind, order in kinds
        for solver in ("midpoint", "heun")
    ]
    return [
        *((name, {**SD, **solver}, STEPS[i % 3], {}) for i, solver in enumerate(solvers)),
        *grid(name, [solver for solver in solvers if solver["solver_order"] > 1], offsets=[0, 1])[::3],
        *((name, {**SD, **solvers[2], **curve}, 12, {}) for curve in CURVES),
        *started_later(name, {**SD, **solvers[4]}),
    ]


def dpm_singlestep() -> list[Case]:
    name = "DPMSolverSinglestepScheduler"
    noise = {"algorithm_type": "dpmsolver", "final_sigmas_type": "sigma_min"}
    solvers = [
        {"solver_order": order, "solver_type": solver, **kind}
        for order in (2, 3, 1)
        for solver in ("midpoint", "heun")
        for kind in ({}, noise, {"lower_order_final": True}, {"final_sigmas_type": "sigma_min"})
    ]
    betas = itertools.product(PREDICTIONS, SCHEDULES)
    return [
        *((name, {**SD, **solver, **CURVES[i % 4]}, (10, 12, 20, 33, 15)[i % 5], {}) for i, solver in enumerate(solvers)),
        *((name, {**beta, "prediction_type": kind}, STEPS[i % 4], {}) for i, (kind, beta) in enumerate(betas)),
        *((name, {**SD, "prediction_type": kind, **noise}, 20, {}) for kind in PREDICTIONS),
        *((name, {**SD, "solver_order": 2 + i % 2}, steps, {}) for i in (0, 1) for steps in (1, 2, 3, 4)),
        *started_later(name, SD),
        *started_later(name, {**SD, "solver_order": 3}),
    ]


def deis() -> list[Case]:
    name = "DEISMultistepScheduler"
    solvers = [{"solver_order": order, **curve} for order in (2, 3, 1) for curve in CURVES]
    return [
        *((name, {**SD, **solver}, 12 + 9 * (i % 3), {}) for i, solver in enumerate(solvers)),
        *grid(name, [{"solver_order": order} for order in (2, 3)], offsets=[0, 1])[::2],
        (name, {**SD, "solver_order": 3, "lower_order_final": False}, 10, {}),
        *((name, {**SD, "solver_order": 3}, steps, {}) for steps in (1, 2, 3, 4)),
        *started_later(name, {**SD, "solver_order": 3}),
    ]


def unipc() -> list[Case]:
    name = "UniPCMultistepScheduler"
    solvers = [{"solver_order": order, **curve} for order in (2, 3, 1) for curve in CURVES]
    # Not to σ = 0, where diffusers steps to NaN with bh1.
    solvers += [
        {"solver_order": order, "solver_type": "bh1", "final_sigmas_type": "sigma_min", **curve}
        for order in (2, 3, 1) for curve in CURVES
    ]
    return [
        *((name, {**SD, **solver}, 12 + 9 * (i % 3), {}) for i, solver in enumerate(solvers)),
        *grid(name, offsets=[0, 1]),
        (name, {**SD, "disable_corrector": [0, 1, 5]}, 10, {}),
        (name, {**SD, "final_sigmas_type": "sigma_min", "sigma_min": 0.1, "sigma_max": 12, **CURVES[1]}, 20, {}),
        (name, {"beta_schedule": "squaredcos_cap_v2", **CURVES[1]}, 10, {}),
        (name, {**SD, "solver_order": 3, "lower_order_final": False, "final_sigmas_type": "sigma_min"}, 10, {}),
        (name, ZERO_SNR, 20, {}),
        *((name, {**SD, "solver_order": 3}, steps, {}) for steps in (1, 2, 3, 4)),
        *started_later(name, {**SD, "solver_order": 3}),
    ]


def distilled(name: str, options: list[dict[str, Any]]) -> list[Case]:
    more = [
        {},
        {"prediction_type": "v_prediction", "rescale_betas_zero_snr": True},
        {"prediction_type": "sample", "beta_schedule": "linear"},
        {"original_inference_steps": 100},
    ]
    return [(name, config, steps, option) for config in more for steps in (1, 2, 4, 8, 33) for option in options]


def lcm() -> list[Case]:
    clipped = ("LCMScheduler", {"clip_sample": True, "timestep_scaling": 3.0}, 4, {})
    return [*distilled("LCMScheduler", [{}]), clipped, ("LCMScheduler", {}, 8, {"firstStep": 3})]


def tcd() -> list[Case]:
    later = ("TCDScheduler", {}, 8, {"firstStep": 3, "eta": 0.3})
    return [*distilled("TCDScheduler", [{"eta": eta} for eta in (0, 0.3, 1)]), later]


def alphas(config: dict[str, Any]) -> dict[str, Any]:
    values = diffusers.DDIMScheduler(**config).alphas_cumprod.tolist()
    shown = [0, 1, 2, 10, 100, 499, 500, 900, 998, 999]
    return {"config": config, "values": {index: float(f"{values[index]:.9g}") for index in shown}}


families = [
    *(ddim, ddpm, plms, euler, euler_ancestral, heun, dpm2, dpm2_ancestral, lms),
    *(dpmpp, dpm_noise, dpm_singlestep, deis, unipc, lcm, tcd),
]
cases = [case for family in families for case in family()]
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
