"""Composition of emoji into 128×128 pictures with known boxes."""

from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from latentd_training.emoji import captions, held_out
from latentd_training.emoji.pictures import Picture

SIZE = 128
BACKGROUNDS = {
    "white": (255, 255, 255), "black": (16, 16, 16), "red": (214, 48, 49), "orange": (240, 140, 40),
    "yellow": (250, 214, 80), "green": (60, 170, 90), "blue": (58, 110, 220), "sky blue": (150, 206, 245),
    "purple": (130, 80, 190), "pink": (246, 170, 196), "gray": (150, 150, 150), "brown": (130, 90, 60),
    "beige": (240, 228, 200), "teal": (40, 160, 160),
}
COLOURED = [name for name in BACKGROUNDS if name != "white"]
CORNERS = {(0, 0): "top left", (0, 1): "top right", (1, 0): "bottom left", (1, 1): "bottom right"}


@dataclass
class Scene:
    """A composed picture and what is known of it; `boxes` are x0 y0 x1 y1 in 0..1, one for each of `objects`."""

    image: Image.Image
    style: str
    background: str
    subgroup: str = ""
    objects: list[str] = field(default_factory=list)
    boxes: list[tuple[float, float, float, float]] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)

    def paste(self, picture: Picture, size: int, x: int, y: int) -> None:
        """Draw `picture` at `size` pixels with its top left corner at (x, y)."""
        scaled = picture.image if size == SIZE else picture.image.resize((size, size), Image.Resampling.BILINEAR)
        colour, alpha = np.asarray(scaled)[..., :3].astype(np.uint16), np.asarray(scaled)[..., 3:].astype(np.uint16)
        ground = np.asarray(self.image.crop((x, y, x + size, y + size))).astype(np.uint16)
        blended = np.minimum(colour + (ground * (255 - alpha) + 127) // 255, 255).astype(np.uint8)
        self.image.paste(Image.fromarray(blended), (x, y))
        self.objects.append(picture.name)
        self.boxes.append((x / SIZE, y / SIZE, (x + size) / SIZE, (y + size) / SIZE))


def _ground(background: str, rng: np.random.Generator) -> Image.Image:
    """A plain ground; colours other than white vary a little (σ = 8 of 255) so that words mean ranges."""
    colour = np.array(BACKGROUNDS[background], float)
    jitter = 0 if background == "white" else rng.normal(0, 8, 3)
    return Image.new("RGB", (SIZE, SIZE), tuple(int(c) for c in np.clip(colour + jitter, 0, 255).round()))


def single(picture: Picture, background: str, rng: np.random.Generator, phrasings: int) -> Scene:
    """One object: full size on white, a little smaller and off centre on colours."""
    scene = Scene(_ground(background, rng), picture.style, background, picture.subgroup)
    size = SIZE if background == "white" else int(rng.integers(80, 121))
    x, y = (int(np.clip((SIZE - size) // 2 + rng.integers(-3, 4), 0, SIZE - size)) for _ in range(2))
    scene.paste(picture, size, x, y)
    scene.captions = [captions.single_caption(picture, background, rng) for _ in range(phrasings)]
    return scene


def pair(first: Picture, second: Picture, background: str, rng: np.random.Generator) -> Scene:
    """Two objects side by side or one above the other."""
    scene, horizontal = Scene(_ground(background, rng), first.style, background), rng.random() < 0.6
    for half, picture in enumerate((first, second)):
        size = int(rng.integers(52, 64))
        along, across = half * 64 + int(rng.integers(0, 65 - size)), int(rng.integers(16, SIZE - size - 15))
        scene.paste(picture, size, *((along, across) if horizontal else (across, along)))
    caption = captions.pair_caption(first.name, second.name, horizontal, rng)
    scene.captions = [captions.scene_caption(caption, first.style, background, rng)]
    return scene


def trio(pictures: list[Picture], background: str, rng: np.random.Generator) -> Scene:
    """Three objects in three of the four quarters."""
    scene = Scene(_ground(background, rng), pictures[0].style, background)
    cells = [list(CORNERS)[i] for i in rng.choice(4, len(pictures), replace=False)]
    for picture, (row, column) in zip(pictures, cells):
        size = int(rng.integers(50, 62))
        x, y = (64 * cell + int(rng.integers(0, 65 - size)) for cell in (column, row))
        scene.paste(picture, size, x, y)
    caption = captions.trio_caption(scene.objects, [CORNERS[cell] for cell in cells], rng)
    scene.captions = [captions.scene_caption(caption, scene.style, background, rng)]
    return scene


def is_held_out(scene: Scene) -> bool:
    """True where the scene shows a combination that training must not see (see held_out)."""
    return held_out.scene(scene.style, scene.objects, scene.background)
