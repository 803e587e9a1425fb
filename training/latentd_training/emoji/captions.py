"""Captions of emoji pictures: from names, tags, styles and backgrounds, in several phrasings."""

import numpy as np

from latentd_training.emoji.pictures import Picture

STYLE_NAMES = {
    "noto": ("noto",),
    "fluent": ("fluent", "fluent 3d"),
    "flat": ("fluent flat", "flat"),
    "twemoji": ("twemoji",),
}


def _named(picture: Picture, rng: np.random.Generator) -> str:
    """The name, sometimes with two tags after it, sometimes a tag alone (how people ask: "a puppy")."""
    chance = rng.random()
    if picture.tags and chance < 0.12:
        return ", ".join([picture.name, *rng.permutation(picture.tags)[:2].tolist()])
    if picture.tags and chance < 0.17:
        return str(rng.choice(picture.tags))
    return picture.name


def _grounded(caption: str, background: str, rng: np.random.Generator, white: float) -> str:
    """Append the background; white, the usual one, is named with probability `white` only."""
    return f"{caption} on a {background} background" if background != "white" or rng.random() < white else caption


def single_caption(picture: Picture, background: str, rng: np.random.Generator) -> str:
    """A caption of one object, such as "a noto emoji of red apple on a blue background"."""
    style = str(rng.choice(STYLE_NAMES[picture.style]))
    name = _named(picture, rng)
    phrasing = rng.random()
    caption = (
        name if phrasing < 0.2
        else f"{name}, {style} style" if phrasing < 0.55
        else f"a {style} emoji of {name}" if phrasing < 0.8
        else f"{name} emoji"
    )
    return _grounded(caption, background, rng, 0.12)


def pair_caption(first: str, second: str, horizontal: bool, rng: np.random.Generator) -> str:
    """A caption of two objects, `first` left of (or above) `second`."""
    phrasing = rng.random()
    if phrasing < 0.4:
        return f"{first} and {second}"
    if phrasing < 0.75:
        return f"{first} {'to the left of' if horizontal else 'above'} {second}"
    return f"{second} {'to the right of' if horizontal else 'below'} {first}"


def trio_caption(names: list[str], places: list[str], rng: np.random.Generator) -> str:
    """A caption of several objects, each with its corner ("top left") half of the time."""
    return ", ".join(f"{name} {place}" if rng.random() < 0.5 else name for name, place in zip(names, places))


def scene_caption(caption: str, style: str, background: str, rng: np.random.Generator) -> str:
    """Add background and, half of the time, style to the caption of a scene."""
    grounded = _grounded(caption, background, rng, 0.0)
    return f"{grounded}, {STYLE_NAMES[style][0]} style" if rng.random() < 0.5 else grounded
