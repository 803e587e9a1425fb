"""The examples of the emoji data set: training pictures, and held-out combinations for the evaluator."""

from collections.abc import Iterator

import numpy as np
from PIL import Image

from latentd_training.data.dataset import Record
from latentd_training.emoji import held_out, scenes
from latentd_training.emoji.pictures import Picture


def _record(scene: scenes.Scene, split: str, kind: str, classes: dict[str, int]) -> tuple[Image.Image, Record]:
    class_id = classes.get(scene.subgroup, 0)
    return scene.image, Record(scene.captions, split, kind, class_id, scene.objects, scene.boxes)


def _random_scene(
    by_style: dict[str, list[Picture]], rng: np.random.Generator, pairs_only: bool = False
) -> scenes.Scene:
    """Two objects (70 %) or three of one style; white grounds 46 % of the time, else any colour."""
    style = str(rng.choice(list(by_style)))
    count = 2 if pairs_only or rng.random() < 0.7 else 3
    chosen = [by_style[style][i] for i in rng.choice(len(by_style[style]), count, replace=False)]
    background = "white" if rng.random() < 0.4 else str(rng.choice(list(scenes.BACKGROUNDS)))
    return scenes.pair(*chosen, background, rng) if count == 2 else scenes.trio(chosen, background, rng)


def training_examples(
    pictures: list[Picture], class_names: list[str], coloured: int, scene_count: int, seed: int
) -> Iterator[tuple[Image.Image, Record]]:
    """Every picture on white, `coloured` times on a colour, and `scene_count` scenes, without what is held out."""
    rng, classes = np.random.default_rng(seed), {name: i for i, name in enumerate(class_names)}
    allowed = [p for p in pictures if not held_out.style_object(p.style, p.name)]
    for picture in allowed:
        yield _record(scenes.single(picture, "white", rng, 3), "train", "white", classes)
        grounds = [g for g in scenes.COLOURED if not held_out.object_background(picture.name, g)]
        for ground in rng.choice(grounds, coloured, replace=False):
            yield _record(scenes.single(picture, str(ground), rng, 1), "train", "coloured", classes)
    by_style = {style: [p for p in allowed if p.style == style] for style in dict.fromkeys(p.style for p in allowed)}
    made = 0
    while made < scene_count:
        scene = _random_scene(by_style, rng)
        if not scenes.is_held_out(scene):
            yield _record(scene, "train", "scene", classes)
            made += 1


def held_out_examples(
    pictures: list[Picture], class_names: list[str], count: int, seed: int
) -> Iterator[tuple[Image.Image, Record]]:
    """`count` examples of each held-out kind: style × object, object × background, pair."""
    rng, classes = np.random.default_rng(seed), {name: i for i, name in enumerate(class_names)}
    styles: dict[str, set[str]] = {}
    for picture in pictures:
        styles.setdefault(picture.name, set()).add(picture.style)
    # A style × object is a fair question only where training shows the object in another style.
    kept = [
        p for p in pictures
        if held_out.style_object(p.style, p.name)
        and any(not held_out.style_object(other, p.name) for other in styles[p.name])
    ]
    for i in rng.choice(len(kept), count, replace=False):
        yield _record(scenes.single(kept[i], "white", rng, 1), "style-object", "white", classes)
    allowed = [p for p in pictures if not held_out.style_object(p.style, p.name)]
    grounds = [(p, g) for p in allowed for g in scenes.COLOURED if held_out.object_background(p.name, g)]
    for i in rng.choice(len(grounds), count, replace=False):
        yield _record(scenes.single(*grounds[i], rng, 1), "object-background", "coloured", classes)
    by_style = {style: [p for p in allowed if p.style == style] for style in dict.fromkeys(p.style for p in allowed)}
    made = 0
    while made < count:
        scene = _random_scene(by_style, rng, pairs_only=True)
        if held_out.pair(*scene.objects):
            yield _record(scene, "pair", "scene", classes)
            made += 1
