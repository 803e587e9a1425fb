"""Latents and text embeddings of a data set, computed once: what makes training on a CPU possible.

A cache holds `latents.npy` (float16 [N, C, h, w], unscaled means), `low_resolution.npy` (uint8 [N, 3, H/4, W/4]),
`texts.json` (every caption and object name once), `text_hidden.npy` (float16 [T, 24, 384]) and `text_pooled.npy`
(float16 [T, 384]).
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from latentd_training.data.dataset import Dataset
from latentd_training.denoiser.text_encoder import TextEncoder, Tokenizer
from latentd_training.first_stage.first_stage import FirstStage
from latentd_training.training.precision import autocast

LOW_RESOLUTION_FACTOR = 4
MAX_OBJECTS = 3
BATCH = 128


@dataclass
class Cache:
    """A cache in memory, rows in the order of the data set.

    latents [N, C, h, w] float16, low_resolution [N, 3, H/4, W/4] uint8, text_hidden [T, 24, 384] float16,
    text_pooled [T, 384] float16; captions: text ids of each picture; class_ids [N]; boxes [N, 3, 4];
    object_texts [N, 3] text ids; object_mask [N, 3].
    """

    latents: Tensor
    low_resolution: Tensor
    text_hidden: Tensor
    text_pooled: Tensor
    captions: list[list[int]]
    empty_text: int
    class_ids: Tensor
    boxes: Tensor
    object_texts: Tensor
    object_mask: Tensor

    def latent_statistics(self, indices: np.ndarray) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation by channel [1, C, 1, 1] over the pictures at `indices`."""
        latents = self.latents[torch.from_numpy(indices)].float()
        return latents.mean((0, 2, 3), keepdim=True), latents.std((0, 2, 3), keepdim=True)


@torch.no_grad()
def write_cache(folder: Path, dataset: Dataset, first_stage: FirstStage, device: torch.device) -> None:
    """Encode every picture and every text of `dataset`; `first_stage` lies on `device`."""
    folder.mkdir(parents=True, exist_ok=True)
    count, latents, low = len(dataset.records), [], []
    for start in range(0, count, BATCH):
        pixels = torch.from_numpy(dataset.images[start : start + BATCH].copy()).float() / 127.5 - 1
        with autocast(device):
            latents.append(first_stage.encode(pixels.to(device)).half().cpu().numpy())
        low.append(_downsample(pixels).numpy())
        print(f"pictures {min(start + BATCH, count)}/{count}", flush=True)
    np.save(folder / "latents.npy", np.concatenate(latents))
    np.save(folder / "low_resolution.npy", np.concatenate(low))
    texts = sorted({text for record in dataset.records for text in (*record.captions, *record.objects)} | {""})
    tokenizer, encoder, encoded = Tokenizer(), TextEncoder().to(device), []
    for start in range(0, len(texts), BATCH):
        ids, mask = tokenizer(texts[start : start + BATCH])
        with autocast(device):
            encoded.append([output.half().cpu().numpy() for output in encoder(ids.to(device), mask.to(device))])
        print(f"texts {min(start + BATCH, len(texts))}/{len(texts)}", flush=True)
    np.save(folder / "text_hidden.npy", np.concatenate([hidden for hidden, _ in encoded]))
    np.save(folder / "text_pooled.npy", np.concatenate([pooled for _, pooled in encoded]))
    # Written last: a folder without it is one whose writing was broken off.
    (folder / "texts.json").write_text(json.dumps(texts))


def _downsample(pixels: Tensor) -> Tensor:
    """Pixels [B, 3, H, W] in [−1, 1] → uint8 [B, 3, H/4, W/4], what super-resolution starts from."""
    size = [side // LOW_RESOLUTION_FACTOR for side in pixels.shape[-2:]]
    small = F.interpolate(pixels, size=size, mode="bilinear", antialias=True, align_corners=False)
    return small.mul(127.5).add(127.5).round().clamp(0, 255).byte()


def load_cache(folder: Path, dataset: Dataset) -> Cache:
    """Read a cache of `dataset` into memory."""
    if not (folder / "texts.json").exists():
        raise ValueError(f"No cache at {folder}: run latentd_training.encode first")
    text_id = {text: i for i, text in enumerate(json.loads((folder / "texts.json").read_text()))}
    count = len(dataset.records)
    boxes = torch.zeros(count, MAX_OBJECTS, 4)
    object_texts = torch.zeros(count, MAX_OBJECTS, dtype=torch.long)
    object_mask = torch.zeros(count, MAX_OBJECTS, dtype=torch.bool)
    for i, record in enumerate(dataset.records):
        for j, (name, box) in enumerate(list(zip(record.objects, record.boxes))[:MAX_OBJECTS]):
            boxes[i, j], object_texts[i, j], object_mask[i, j] = torch.tensor(box), text_id[name], True

    def read(name: str) -> Tensor:
        return torch.from_numpy(np.load(folder / name))

    return Cache(
        read("latents.npy"), read("low_resolution.npy"), read("text_hidden.npy"), read("text_pooled.npy"),
        [[text_id[caption] for caption in record.captions] for record in dataset.records], text_id[""],
        torch.tensor([record.class_id for record in dataset.records]), boxes, object_texts, object_mask,
    )
