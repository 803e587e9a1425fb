"""Trajectories of the guided teacher, drawn once and kept on disk: what the student's steps are learnt from."""

import hashlib
import json
import os
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from diffusers import DDIMScheduler
from torch import Tensor

from latentd_training.data.cache import Cache
from latentd_training.data.dataset import Dataset
from latentd_training.denoiser.denoiser import Denoiser, load_denoiser
from latentd_training.denoiser.sampling import SCHEDULER, Conditions, denoise
from latentd_training.diffusion.batches import Batch, Batches
from latentd_training.diffusion.conditions import build_contexts
from latentd_training.distill.config import DistillConfig
from latentd_training.training.checkpoint import StopSignal
from latentd_training.training.precision import autocast
from latentd_training.training.processes import in_processes
from latentd_training.training.progress import Progress


def sampled_timesteps(steps: int) -> Tensor:
    """Where a run of `steps` DDIM steps is before each of them, and −1, clean, after the last: [steps + 1]."""
    scheduler = DDIMScheduler(**SCHEDULER)
    scheduler.set_timesteps(steps)
    return torch.cat([scheduler.timesteps, torch.tensor([-1])])


class Trajectories:
    """Latents of the teacher's run wherever a step of the student starts or ends, in chunks of one batch.

    Chunk i starts from the noise and has the conditions of `batches.batch(i)`; its file holds float32
    [student steps + 1, B, C, h, w], the noise first. The chunk after the last is never trained on.
    """

    def __init__(self, config: DistillConfig, dataset: Dataset, cache: Cache, device: torch.device) -> None:
        self._config, self._cache, self._device = config, cache, device
        self.chunks = config.trajectories // config.batch_size
        self.folder = Path(config.output) / "trajectories"
        self.teacher, self.mean, self.std = load_denoiser(Path(config.teacher))
        self.teacher = self.teacher.to(device, memory_format=torch.channels_last).eval().requires_grad_(False)
        self.batches = Batches(
            dataset, cache, self.mean, self.std, config.conditions, config.weights, config.batch_size, config.seed
        )

    def draw(self, stop: StopSignal) -> None:
        """Draw the chunks that are not there yet, until `stop`; raises ValueError if others were drawn differently."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._check_origin()
        count = self.chunks + 1
        missing = [chunk for chunk in range(count) if not self._path(chunk).exists()]
        done = count - len(missing)
        progress = Progress(self.folder.parent, count, done, "chunk")
        for done, _ in enumerate(in_processes(self._draw, missing, self._config.processes, stop), done + 1):
            progress.report(done)

    def read(self, chunk: int) -> tuple[Batch, Tensor]:
        """A chunk's batch (rows, captions, conditions) and latents [student steps + 1, B, C, h, w]."""
        return self.batches.batch(chunk), torch.from_numpy(np.load(self._path(chunk)))

    def visit(self, step: int) -> tuple[int, int]:
        """The chunk of optimizer step number `step`, each once in every pass in a new order, and the pass's number."""
        number, place = divmod(step, self.chunks)
        return int(np.random.default_rng([self._config.seed, number]).permutation(self.chunks)[place]), number

    @torch.no_grad()
    def run(self, denoiser: Denoiser, batch: Batch, steps: int, guidance: float) -> Tensor:
        """Sample the batch from its noise: latents after every step, [steps, B, C, h, w], on the CPU."""
        device = self._device
        context = build_contexts(
            batch.conditions, self._cache, batch.rows, batch.captions,
            denoiser.class_embedder, denoiser.layout_encoder, device,
        )
        empty = self._cache.text_hidden[self._cache.empty_text].to(device).float()[None]
        given = Conditions(context, batch.conditions.concatenated.to(device))
        with autocast(device):
            return denoise(denoiser, given, empty, batch.noise.to(device), steps, guidance).cpu()

    def _draw(self, chunk: int) -> None:
        config, batch = self._config, self.batches.batch(chunk)
        stride = config.teacher_steps // config.student_steps
        states = self.run(self.teacher, batch, config.teacher_steps, config.guidance)[stride - 1 :: stride]
        path = self._path(chunk)
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        with temporary.open("wb") as file:
            np.save(file, torch.cat([batch.noise[None], states]).numpy())
        os.replace(temporary, path)

    def _path(self, chunk: int) -> Path:
        return self.folder / f"{chunk:05d}.npy"

    def _check_origin(self) -> None:
        config = self._config
        names = ("teacher_steps", "student_steps", "guidance", "batch_size", "seed", "weights")
        origin = {name: getattr(config, name) for name in names} | {"conditions": asdict(config.conditions)}
        origin["teacher"] = hashlib.sha256(Path(config.teacher).read_bytes()).hexdigest()
        path = self.folder / "origin.json"
        if not path.exists():
            path.write_text(json.dumps(origin, indent=1))
        known = json.loads(path.read_text())
        if changed := sorted(name for name in origin if known.get(name) != origin[name]):
            raise ValueError(f"Trajectories at {self.folder} have another {', '.join(changed)}: choose another output")
