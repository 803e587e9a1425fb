"""The measures agree with closed forms, and the evaluator prefers real pictures to noise."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from latentd_training.cache import load_cache
from latentd_training.dataset import load_dataset
from latentd_training.evaluate import evaluate
from latentd_training.measures import frechet_distance, recall
from latentd_training.train_evaluator import EvaluatorConfig, EvaluatorTrainer


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


def write_folder(folder: Path, captions: list[str], pictures: np.ndarray) -> None:
    folder.mkdir()
    for i, picture in enumerate(pictures):
        Image.fromarray(picture.transpose(1, 2, 0)).save(folder / f"{i:03d}.png")
    lines = [json.dumps({"file": f"{i:03d}.png", "caption": caption}) for i, caption in enumerate(captions)]
    (folder / "captions.jsonl").write_text("\n".join(lines))


def test_real_pictures_beat_noise(toy: Path, tmp_path: Path) -> None:
    dataset = load_dataset(toy / "dataset")
    config = EvaluatorConfig(
        dataset=str(toy / "dataset"), cache=str(toy / "cache"), output=str(tmp_path / "run"), steps=60, width=16,
        batch_size=16, warmup=5,
    )
    trainer = EvaluatorTrainer(config, dataset, load_cache(toy / "cache", dataset), torch.device("cpu"))
    losses = [trainer.train_step()["loss"] for _ in range(60)]
    assert np.mean(losses[-10:]) < 0.6 * np.mean(losses[:10])
    trainer.save()
    rows = dataset.indices("train")
    captions = [dataset.records[row].captions[0] for row in rows]
    write_folder(tmp_path / "copies", captions, dataset.images[rows])
    noise = np.random.default_rng(0).integers(0, 256, dataset.images[rows].shape, dtype=np.uint8)
    write_folder(tmp_path / "noise", captions, noise)
    evaluator = tmp_path / "run/evaluator.pt"
    copies, noisy = (evaluate(evaluator, toy / "dataset", "train", tmp_path / name) for name in ("copies", "noise"))
    assert copies["generated"] == pytest.approx(copies["real"], abs=1e-6)
    assert noisy["generated"]["frechet"] > 1
    assert noisy["generated"]["R@1"] < copies["real"]["R@1"]


def test_strange_captions_are_named(toy: Path, tmp_path: Path) -> None:
    write_folder(tmp_path / "strange", ["a unicorn"], np.zeros((1, 3, 64, 64), np.uint8))
    with pytest.raises(ValueError, match="a unicorn"):
        evaluate(tmp_path / "none.pt", toy / "dataset", "train", tmp_path / "strange")
    with pytest.raises(ValueError, match='No pictures of split "nothing"'):
        evaluate(tmp_path / "none.pt", toy / "dataset", "nothing", tmp_path / "strange")
