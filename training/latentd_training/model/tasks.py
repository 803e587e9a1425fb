"""How each task conditions the UNet: text, class, layout, inpainting, super-resolution, or nothing."""

import json
from collections.abc import Sequence
from importlib import resources

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from latentd_training.data.cache import LOW_RESOLUTION_FACTOR, MAX_OBJECTS
from latentd_training.data.pixels import to_bytes
from latentd_training.denoiser.sampling import Conditions
from latentd_training.denoiser.text_encoder import Tokenizer
from latentd_training.first_stage.autoencoder import FACTOR
from latentd_training.model.components import Components

DATA = resources.files(__package__) / "golden_cases"


def golden_cases() -> list[dict]:
    """The cases of tests/golden/cases.json: sixteen prompts, and one case of every other task."""
    return json.loads((DATA / "cases.json").read_text())


def from_pixels(image: Image.Image) -> torch.Tensor:
    """RGB picture to [1, 3, H, W] in [-1, 1]."""
    return torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1)[None].float() / 127.5 - 1


def to_pixels(image: torch.Tensor) -> Image.Image:
    """[1, 3, H, W] in [-1, 1] to RGB, clamped and rounded."""
    return Image.fromarray(to_bytes(image)[0].permute(1, 2, 0).numpy())


def source_image() -> Image.Image:
    """The picture that inpainting fills and super-resolution starts from, 128x128."""
    return Image.open(str(DATA / "image.png")).convert("RGB")


def inpainting_mask(side: int = 8) -> torch.Tensor:
    """[1, 1, side, side] for as many latents, 1 in the middle half, where the picture is to be filled."""
    mask = torch.zeros(1, 1, side, side)
    middle = slice(side // 4, side - side // 4)
    mask[..., middle, middle] = 1
    return mask


def low_resolution(picture: Image.Image) -> torch.Tensor:
    """A picture at a quarter of its size, [1, 3, H/4, W/4] in [-1, 1], rounded to whole pixel values."""
    size = (picture.height // LOW_RESOLUTION_FACTOR, picture.width // LOW_RESOLUTION_FACTOR)
    small = F.interpolate(from_pixels(picture), size=size, mode="bilinear", antialias=True)
    return small.mul(127.5).add(127.5).round() / 127.5 - 1


class Conditioner:
    """Makes the conditions of cases, such as the golden ones, with a model's own networks.

    `classes` are the names by id; `picture` is what inpainting fills and super-resolution starts from.
    """

    def __init__(self, model: Components, classes: Sequence[str], picture: Image.Image) -> None:
        self.model, self.classes, self.picture = model, classes, picture
        self.tokenizer = Tokenizer()
        self.mask = inpainting_mask(picture.height // FACTOR)

    def encode(self, prompts: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """`last_hidden_state` [B, 24, 384] and `pooler_output` [B, 384]."""
        return self.model.text_encoder(*self.tokenizer(prompts))

    @torch.no_grad()
    def __call__(self, case: dict) -> Conditions:
        empty = self.encode([""])[0]
        match case["task"]:
            case "class-conditional":
                label = torch.tensor([self.classes.index(case["class"])])
                return self.given(torch.cat([self.model.class_embedder(label), empty[:, 1:]], 1))
            case "layout-to-image":
                return self.given(self.layout(case["boxes"], empty))
            case "inpainting":
                return self.given(self.encode([case["prompt"]])[0], masked=self.masked(), mask=self.mask)
            case "super-resolution":
                blocks = F.pixel_unshuffle(low_resolution(self.picture), LOW_RESOLUTION_FACTOR)
                return self.given(empty, low=blocks)
            case "unconditional":
                return self.given(empty)
            case "text-to-image":
                return self.given(self.encode([case["prompt"]])[0])
        raise ValueError(f"Task is {case['task']!r}; known are those of the golden cases")

    def given(self, context: torch.Tensor, **concatenated: torch.Tensor) -> Conditions:
        """A context with the concatenated channels `mask`, `masked` and `low`, zero where they are not given."""
        channels = {"mask": 1, "masked": self.model.autoencoder.latent_channels, "low": 3 * LOW_RESOLUTION_FACTOR**2}
        plane = self.mask.shape[2:]
        parts = [concatenated.get(name, torch.zeros(1, count, *plane)) for name, count in channels.items()]
        return Conditions(context, torch.cat(parts, 1))

    def layout(self, objects: list, empty: torch.Tensor, slots: int = MAX_OBJECTS) -> torch.Tensor:
        """Context of a layout: one token for each object, zeros for absent ones, then the rest of the empty prompt."""
        pooled = self.encode([name for name, *_ in objects])[1]
        boxes = torch.tensor([box for _, *box in objects])
        tokens = self.model.layout_encoder(pooled[None], boxes[None])
        return torch.cat([F.pad(tokens, (0, 0, 0, slots - len(objects))), empty[:, slots:]], 1)

    def masked(self) -> torch.Tensor:
        """Latents of the picture [1, C, h, w], zero where it is to be filled."""
        latents = (self.model.autoencoder.encode(from_pixels(self.picture)) - self.model.mean) / self.model.std
        return latents * (1 - self.mask)
