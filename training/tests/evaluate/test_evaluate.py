"""The measures agree with closed forms, and the evaluator prefers real pictures to noise."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from latentd_training.data.cache import load_cache
from latentd_training.data.dataset import Record, load_dataset
from latentd_training.emoji.scenes import BACKGROUNDS
from latentd_training.evaluate.backgrounds import background_accuracy, ground, named_background
from latentd_training.evaluate.both_objects import both_present, false_captions
from latentd_training.evaluate.evaluate import evaluate, table
from latentd_training.evaluate.evaluator_trainer import EvaluatorConfig, EvaluatorTrainer
from latentd_training.evaluate.measures import frechet_distance, recall
from latentd_training.prompts import Prompt, choose_prompts


NUMBERS = ("frechet", "R@1", "R@5")


def test_frechet_distance_of_gaussians() -> None:
    points = torch.randn(500, 3, generator=torch.Generator().manual_seed(0), dtype=torch.double)
    assert frechet_distance(points, points) == pytest.approx(0, abs=1e-9)
    moved = points + torch.tensor([1.0, 2.0, 2.0])
    assert frechet_distance(points, moved) == pytest.approx(9)
    # tr(Σ + 4Σ − 2 · 2Σ) = tr Σ, about the mean.
    centred = points - points.mean(0)
    assert frechet_distance(centred, 2 * centred) == pytest.approx(float(torch.cov(points.T).trace()))


def test_recall_counts_ties_against() -> None:
    similarities = torch.tensor([[0.9, 0.1, 0.0], [0.9, 0.5, 0.1], [0.2, 0.2, 0.2]])
    answers = torch.tensor([0, 1, 2])
    assert recall(similarities, answers, 1) == pytest.approx(1 / 3)
    assert recall(similarities, answers, 2) == pytest.approx(2 / 3)
    assert recall(similarities, answers, 3) == 1


def write_folder(folder: Path, prompts: list[Prompt], pictures: np.ndarray) -> None:
    folder.mkdir()
    for i, picture in enumerate(pictures):
        Image.fromarray(picture.transpose(1, 2, 0)).save(folder / f"{i:03d}.png")
    lines = [json.dumps({"file": f"{i:03d}.png", **vars(prompt)}) for i, prompt in enumerate(prompts)]
    (folder / "captions.jsonl").write_text("\n".join(lines))


@pytest.fixture(scope="module")
def evaluator(toy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("evaluator")
    config = EvaluatorConfig(
        dataset=str(toy / "dataset"), cache=str(toy / "cache"), output=str(output), steps=60, width=16, batch_size=16,
        warmup=5,
    )
    dataset = load_dataset(toy / "dataset")
    trainer = EvaluatorTrainer(config, dataset, load_cache(toy / "cache", dataset), torch.device("cpu"))
    losses = [trainer.train_step()["loss"] for _ in range(60)]
    assert np.mean(losses[-10:]) < 0.6 * np.mean(losses[:10])
    trainer.save()
    return output / "evaluator.pt"


def test_real_pictures_beat_noise(toy: Path, evaluator: Path, tmp_path: Path) -> None:
    dataset = load_dataset(toy / "dataset")
    prompts = choose_prompts(dataset, 100)
    # What choose_prompts takes is the first picture with a caption.
    rows = [
        next(i for i, r in enumerate(dataset.records) if r.split == p.split and p.caption in r.captions)
        for p in prompts
    ]
    write_folder(tmp_path / "copies", prompts, dataset.images[rows])
    noise = np.random.default_rng(0).integers(0, 256, dataset.images[rows].shape, dtype=np.uint8)
    write_folder(tmp_path / "noise", prompts, noise)
    copies, noisy = (evaluate(evaluator, toy / "dataset", tmp_path / name) for name in ("copies", "noise"))
    assert list(copies) == ["train", "held-out", "all"]
    for name, (count, made, real) in copies.items():
        assert {key: made[key] for key in NUMBERS} == pytest.approx({key: real[key] for key in NUMBERS}, rel=1e-5)
        assert count == len([p for p in prompts if name in (p.split, "all")])
    assert noisy["all"][1]["frechet"] > 2 * copies["all"][1]["frechet"]
    assert noisy["all"][1]["R@1"] < copies["all"][1]["R@1"]
    rows = table(noisy).splitlines()
    assert rows[0].startswith("| prompts | pictures | Fréchet | R@1 | R@5 |") and len(rows) == 5
    assert rows[2].endswith("| – | – |")  # no caption names a ground or two objects


def test_strange_captions_are_named(toy: Path, evaluator: Path, tmp_path: Path) -> None:
    write_folder(tmp_path / "strange", [Prompt("train", "a unicorn")], np.zeros((1, 3, 64, 64), np.uint8))
    with pytest.raises(ValueError, match="a unicorn"):
        evaluate(evaluator, toy / "dataset", tmp_path / "strange")


@pytest.mark.parametrize("name", BACKGROUNDS)
def test_grounds_are_told_apart(name: str) -> None:
    caption = f"a noto emoji of cat on a {name} background, flat style"
    assert named_background(caption) == name
    plain = torch.tensor(BACKGROUNDS[name]).byte()[:, None, None].repeat(1, 32, 32)
    plain[:, 8:24, 8:24] = 99
    assert ground(plain) == name
    assert background_accuracy([plain, 255 - plain], [caption, "a cat"]) == 1
    assert background_accuracy([255 - plain], [caption]) == 0
    assert background_accuracy([plain], ["a cat"]) is None


def test_false_captions_change_one_object(toy: Path) -> None:
    dataset = load_dataset(toy / "dataset")
    pair = Record(["red circle above blue square"], objects=["red circle", "blue square"])
    foils = false_captions(dataset, pair, pair.captions[0], 0)
    assert len(foils) == len(set(foils)) and pair.captions[0] not in foils
    first, second = foils[: len(foils) // 2], foils[len(foils) // 2 :]
    assert all(foil.endswith(" above blue square") for foil in first)
    assert all(foil.startswith("red circle above ") for foil in second)
    overlapping = Record(["cat above cat face"], objects=["cat", "cat face"])
    assert false_captions(dataset, overlapping, "cat above cat face", 0) == []


def test_both_objects_count_only_where_the_caption_wins() -> None:
    image, caption = torch.tensor([1.0, 0.0]), torch.tensor([0.8, 0.6])
    assert both_present(image, caption, torch.tensor([[0.0, 1.0], [0.6, 0.8]]))
    assert not both_present(image, caption, torch.tensor([[0.0, 1.0], [0.8, -0.6]]))
