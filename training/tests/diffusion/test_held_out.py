"""Held-out combinations never reach training, and the held-out sets hold nothing else."""

import numpy as np
import pytest
from PIL import Image

from latentd_training.data.cache import load_cache
from latentd_training.data.dataset import Record, load_dataset
from latentd_training.data.percentile import percentile
from latentd_training.diffusion.batches import Batches
from latentd_training.diffusion.conditions import ConditionsConfig
from latentd_training.emoji import held_out
from latentd_training.emoji.examples import held_out_examples, training_examples
from latentd_training.emoji.pictures import Picture

STYLES = ("noto", "fluent", "flat", "twemoji")


@pytest.fixture(scope="module")
def pictures() -> list[Picture]:
    names = [f"thing {i}" for i in range(60)]
    return [
        Picture(Image.new("RGBa", (128, 128), (9 * i % 256, 0, 0, 255)), style, name, "sub", ("tag",))
        for style in STYLES for i, name in enumerate(names)
    ]


def ground(record: Record) -> str:
    return next((c.split(" on a ")[1].split(" background")[0] for c in record.captions if " on a " in c), "white")


def combinations_of(record: Record) -> tuple[bool, bool]:
    pair = any(held_out.pair(a, b) for a in record.objects for b in record.objects if a < b)
    return any(held_out.object_background(name, ground(record)) for name in record.objects), pair


def test_percentile_is_the_published_hash() -> None:
    # SHA-256 of "abc" begins ba7816bf 8f01cfea (FIPS 180-4).
    assert percentile("abc") == 0xBA7816BF8F01CFEA % 100


def test_training_has_no_held_out_combination(pictures: list[Picture]) -> None:
    records = [record for _, record in training_examples(pictures, ["other", "sub"], 3, 400, seed=0)]
    assert {record.split for record in records} == {"train"}
    assert not any(any(combinations_of(record)) for record in records)
    allowed = [p for p in pictures if not held_out.style_object(p.style, p.name)]
    assert 0 < len(pictures) - len(allowed) < 0.15 * len(pictures)
    assert sum(record.kind == "white" for record in records) == len(allowed)


def test_held_out_sets_hold_only_held_out_combinations(pictures: list[Picture]) -> None:
    records = [record for _, record in held_out_examples(pictures, ["other", "sub"], 5, seed=0)]
    splits = ("style-object", "object-background", "pair")
    by_split = {split: [r for r in records if r.split == split] for split in splits}
    assert [len(found) for found in by_split.values()] == [5, 5, 5]
    assert all(combinations_of(record)[0] for record in by_split["object-background"])
    assert all(combinations_of(record)[1] for record in by_split["pair"])


def test_batches_draw_only_from_training(toy) -> None:
    dataset = load_dataset(toy / "dataset")
    cache = load_cache(toy / "cache", dataset)
    train = set(dataset.indices("train").tolist())
    assert 0 < len(train) < len(dataset.records)
    mean, std = cache.latent_statistics(dataset.indices("train"))
    batches = Batches(dataset, cache, mean, std, ConditionsConfig(), {}, batch_size=16, seed=0)
    drawn = {row for step in range(40) for row in batches.batch(step).rows.tolist()}
    assert drawn == train
    latents = (cache.latents[sorted(train)].float() - mean) / std
    np.testing.assert_allclose(latents.mean((0, 2, 3)), 0, atol=1e-4)
