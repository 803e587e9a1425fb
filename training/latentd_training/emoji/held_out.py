"""Which combinations training never sees, decided by a hash so that every run and every machine agrees."""

from itertools import combinations

from latentd_training.data.percentile import percentile

STYLE_OBJECT_PERCENT = 5
OBJECT_BACKGROUND_PERCENT = 10
PAIR_PERCENT = 10


def style_object(style: str, name: str) -> bool:
    """True where `name` drawn in `style` is kept apart from training (5 % of the combinations)."""
    return percentile(f"style-object:{style}|{name}") < STYLE_OBJECT_PERCENT


def object_background(name: str, background: str) -> bool:
    """True where `name` on `background` is kept apart (10 %; white, the ground of the pictures themselves, never)."""
    return background != "white" and percentile(f"object-background:{name}|{background}") < OBJECT_BACKGROUND_PERCENT


def pair(first: str, second: str) -> bool:
    """True where the unordered pair of names is kept apart (10 %)."""
    return percentile("pair:" + "|".join(sorted((first, second)))) < PAIR_PERCENT


def scene(style: str, names: list[str], background: str) -> bool:
    """True where anything in a scene is kept apart: a style × object, an object × background or a pair."""
    return (
        any(style_object(style, name) or object_background(name, background) for name in names)
        or any(pair(a, b) for a, b in combinations(names, 2))
    )
