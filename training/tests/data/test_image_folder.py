"""Folders of pictures become data sets; what is wrong with one is said."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from latentd_training.data.dataset import load_dataset
from latentd_training.prepare import prepare_folder


def picture(path: Path, size: tuple[int, int], colour: tuple[int, ...]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGBA" if len(colour) == 4 else "RGB", size, colour).save(path)


def test_captions_beside_pictures(tmp_path: Path) -> None:
    picture(tmp_path / "in/b/wide.png", (96, 32), (255, 0, 0))
    picture(tmp_path / "in/a.png", (32, 32), (0, 0, 0, 0))
    picture(tmp_path / "in/without.png", (32, 32), (0, 255, 0))
    (tmp_path / "in/b/wide.txt").write_text("a wide one\nred\n")
    (tmp_path / "in/a.txt").write_text("nothing")
    prepare_folder(tmp_path / "in", tmp_path / "out", 32, 0)
    dataset = load_dataset(tmp_path / "out")
    assert [record.captions for record in dataset.records] == [["nothing"], ["a wide one", "red"]]
    assert dataset.images.shape == (2, 3, 32, 32)
    assert np.all(dataset.images[0] == 255)  # transparency lies on white
    assert np.all(dataset.images[1] == np.array([255, 0, 0])[:, None, None])


def test_lines_with_classes_and_boxes(toy: Path) -> None:
    dataset = load_dataset(toy / "dataset")
    assert dataset.classes == ["other", "circle", "square"]
    assert dataset.records[1].class_id == 2
    assert dataset.records[1].objects == ["red square"]
    x0, y0, x1, y1 = (round(side * 64) for side in dataset.records[1].boxes[0])
    inside = dataset.images[1][:, y0 + 1 : y1 - 1, x0 + 1 : x1 - 1]
    assert np.all(inside == np.array([255, 0, 0])[:, None, None])


def test_held_out_is_decided_by_the_name(toy: Path, tmp_path: Path) -> None:
    dataset = load_dataset(toy / "dataset")
    held = len(dataset.indices("held-out"))
    assert 0 < held < 12
    prepare_folder(toy / "pictures", tmp_path / "again", 64, 20)
    assert [r.split for r in load_dataset(tmp_path / "again").records] == [r.split for r in dataset.records]


WRONG_LINES = [{"file": "a.png"}, {"caption": "a"}, {"file": "a.png", "caption": "a", "objects": ["b"]}]


@pytest.mark.parametrize("line", WRONG_LINES)
def test_a_wrong_line_is_named(tmp_path: Path, line: dict) -> None:
    (tmp_path / "captions.jsonl").write_text(json.dumps(line))
    with pytest.raises(ValueError, match="Line 1 of .*captions.jsonl"):
        prepare_folder(tmp_path, tmp_path / "out", 32, 0)


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="No captioned pictures"):
        prepare_folder(tmp_path, tmp_path / "out", 32, 0)
    assert not (tmp_path / "out").exists()
