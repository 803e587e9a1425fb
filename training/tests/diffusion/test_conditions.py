"""Contexts and concatenated inputs are laid out as the model's documentation says."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from latentd_training.data.cache import Cache, load_cache
from latentd_training.data.dataset import load_dataset
from latentd_training.denoiser.conditioning import ClassEmbedder, LayoutEncoder
from latentd_training.diffusion.conditions import Conditions, ConditionsConfig, build_contexts, draw_conditions


@pytest.fixture
def cache(toy: Path) -> Cache:
    return load_cache(toy / "cache", load_dataset(toy / "dataset"))


def test_each_context_stands_where_it_belongs(cache: Cache) -> None:
    classes, layouts, rows = ClassEmbedder(3), LayoutEncoder(), torch.tensor([0, 1, 2, 3])
    captions = torch.tensor([cache.captions[row][0] for row in rows.tolist()])
    only = [torch.tensor([row == i for row in range(4)]) for i in range(3)]
    conditions = Conditions(layout=only[0], class_label=only[1], empty=only[2], concatenated=torch.zeros(4, 0, 4, 4))
    context = build_contexts(conditions, cache, rows, captions, classes, layouts, torch.device("cpu"))
    empty = cache.text_hidden[cache.empty_text].float()
    objects = cache.text_pooled[cache.object_texts[:1]].float()
    torch.testing.assert_close(context[0, :1], layouts(objects, cache.boxes[:1])[0, :1])
    assert torch.equal(context[0, 1:3], torch.zeros(2, 384))  # absent objects
    assert torch.equal(context[0, 3:], empty[3:])
    assert torch.equal(context[1, 0], classes(cache.class_ids[1:2])[0, 0])
    assert torch.equal(context[1, 1:], empty[1:])
    assert torch.equal(context[2], empty)
    assert torch.equal(context[3], cache.text_hidden[captions[3]].float())


def test_inpainting_hides_what_is_to_fill(cache: Cache) -> None:
    rows, generator = torch.arange(8), torch.Generator().manual_seed(0)
    latents = torch.randn(8, 4, 4, 4, generator=generator)
    config = ConditionsConfig(inpainting=1.0, super_resolution=0.0)
    mask, masked, low = draw_conditions(config, cache, rows, latents, generator).concatenated.split([1, 4, 48], 1)
    assert set(mask.unique().tolist()) == {0.0, 1.0}
    assert all(0 < value < 1 for value in mask.mean((1, 2, 3)).tolist())
    assert torch.equal(masked, latents * (1 - mask))
    assert not low.any()


def test_super_resolution_shows_the_small_picture(cache: Cache, toy: Path) -> None:
    rows, generator = torch.arange(8), torch.Generator().manual_seed(0)
    config = ConditionsConfig(inpainting=0.0, super_resolution=1.0)
    concatenated = draw_conditions(config, cache, rows, torch.randn(8, 4, 4, 4), generator).concatenated
    assert not concatenated[:, :5].any()
    small = F.pixel_shuffle(concatenated[:, 5:], 4)
    pixels = torch.from_numpy(load_dataset(toy / "dataset").images[:8].copy()).float()
    expected = F.interpolate(pixels, size=(16, 16), mode="bilinear", antialias=True)
    torch.testing.assert_close((small + 1) * 127.5, expected, atol=0.51, rtol=0)


def test_shares_of_the_conditions(cache: Cache) -> None:
    rows, generator = torch.zeros(20000, dtype=torch.long), torch.Generator().manual_seed(0)
    latents = torch.zeros(20000, 4, 4, 4)
    drawn = draw_conditions(ConditionsConfig(), cache, rows, latents, generator)
    shares = {name: getattr(drawn, name).float().mean().item() for name in ("layout", "class_label", "empty")}
    # Four standard errors of a share of 15 % among 20000 are 0.01.
    assert shares == pytest.approx({"layout": 0.15, "class_label": 0.07, "empty": 0.10}, abs=0.01)
    assert not (drawn.layout & drawn.class_label).any() and not (drawn.class_label & drawn.empty).any()
    assert drawn.concatenated[:, 0].flatten(1).any(1).float().mean().item() == pytest.approx(0.15, abs=0.01)
