"""How each task conditions the UNet: text, class, layout, inpainting, super-resolution, or nothing."""

import json
from importlib import resources

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from .components import Components
from .conditioning import class_names
from .sampling import Conditions
from .text_encoder import Tokenizer

DATA = resources.files(__package__) / "data"


def golden_cases() -> list[dict]:
    """The cases of tests/golden/cases.json: sixteen prompts, and one case of every other task."""
    return json.loads((DATA / "cases.json").read_text())


def from_pixels(image: Image.Image) -> torch.Tensor:
    """RGB picture to [1, 3, H, W] in [-1, 1]."""
    return torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1)[None].float() / 127.5 - 1


def to_pixels(image: torch.Tensor) -> Image.Image:
    """[1, 3, H, W] in [-1, 1] to RGB, clamped and rounded."""
    return Image.fromarray(image.clamp(-1, 1).add(1).mul(127.5).round().byte()[0].permute(1, 2, 0).numpy())


def source_image() -> Image.Image:
    """The picture that inpainting fills and super-resolution starts from, 128x128."""
    return Image.open(str(DATA / "image.png")).convert("RGB")


def inpainting_mask() -> torch.Tensor:
    """[1, 1, 8, 8], 1 in the middle half, where the picture is to be filled."""
    mask = torch.zeros(1, 1, 8, 8)
    mask[..., 2:6, 2:6] = 1
    return mask


def low_resolution() -> torch.Tensor:
    """The source at 32x32, [1, 3, 32, 32], rounded to whole pixel values."""
    small = F.interpolate(from_pixels(source_image()), size=(32, 32), mode="bilinear", antialias=True)
    return small.mul(127.5).add(127.5).round() / 127.5 - 1


class Conditioner:
    """Makes the conditions of golden cases with a model's own networks."""

    def __init__(self, model: Components):
        self.model = model
        self.tokenizer = Tokenizer()

    def encode(self, prompts: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """`last_hidden_state` [B, 24, 384] and `pooler_output` [B, 384]."""
        return self.model.text_encoder(*self.tokenizer(prompts))

    @torch.no_grad()
    def __call__(self, case: dict) -> Conditions:
        empty = self.encode([""])[0]
        match case["task"]:
            case "class-conditional":
                label = torch.tensor([class_names().index(case["class"])])
                return Conditions(torch.cat([self.model.class_embedder(label), empty[:, 1:]], 1))
            case "layout-to-image":
                return Conditions(self.layout(case["boxes"], empty))
            case "inpainting":
                return Conditions(self.encode([case["prompt"]])[0], self.masked())
            case "super-resolution":
                blocks = F.pixel_unshuffle(low_resolution(), 4)
                return Conditions(empty, torch.cat([torch.zeros(1, 17, 8, 8), blocks], 1))
            case "unconditional":
                return Conditions(empty)
            case "text-to-image":
                return Conditions(self.encode([case["prompt"]])[0])
        raise ValueError(f"Task is {case['task']!r}; known are those of the golden cases")

    def layout(self, objects: list, empty: torch.Tensor, slots: int = 3) -> torch.Tensor:
        """Context of a layout: one token for each object, zeros for absent ones, then the rest of the empty prompt."""
        pooled = self.encode([name for name, *_ in objects])[1]
        boxes = torch.tensor([box for _, *box in objects])
        tokens = self.model.layout_encoder(pooled[None], boxes[None])
        return torch.cat([F.pad(tokens, (0, 0, 0, slots - len(objects))), empty[:, slots:]], 1)

    def masked(self) -> torch.Tensor:
        mask = inpainting_mask()
        mean = self.model.autoencoder.enc(from_pixels(source_image())).chunk(2, 1)[0]
        latents = (mean - self.model.mean) / self.model.std
        return torch.cat([mask, latents * (1 - mask), torch.zeros(1, 48, 8, 8)], 1)
