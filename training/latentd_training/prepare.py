"""Make a data set: python -m latentd_training.prepare folder PICTURES OUT, or … prepare emoji RENDERED OUT

`folder` takes any pictures with captions (name.txt beside name.png, or captions.jsonl). `emoji` composes the built-in
model's data set from what emoji/render.mjs rendered. Held-out pictures are marked in the data set, and training leaves
them alone.
"""

import argparse
from itertools import chain
from pathlib import Path

from latentd_training.data.dataset import write_dataset
from latentd_training.data.image_folder import class_names, list_folder, open_squares
from latentd_training.denoiser.conditioning import class_names as emoji_class_names
from latentd_training.emoji.examples import held_out_examples, training_examples
from latentd_training.emoji.pictures import load_pictures
from latentd_training.emoji.scenes import SIZE


def prepare_folder(pictures: Path, out: Path, size: int, held_out_percent: int) -> None:
    """Write a data set of the captioned pictures under `pictures`."""
    entries = list_folder(pictures, held_out_percent)
    write_dataset(out, len(entries), size, open_squares(entries, size), class_names(entries), str(pictures))


def prepare_emoji(rendered: Path, out: Path, coloured: int, scenes: int, held_out: int, seed: int) -> None:
    """Write the emoji data set: pictures on white and on `coloured` colours each, `scenes`, and what is held out."""
    pictures, classes = load_pictures(rendered), emoji_class_names()
    examples = list(chain(
        training_examples(pictures, classes, coloured, scenes, seed),
        held_out_examples(pictures, classes, held_out, seed + 1),
    ))
    write_dataset(out, len(examples), SIZE, examples, classes, "emoji")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m latentd_training.prepare", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kinds = parser.add_subparsers(dest="kind", required=True)
    folder = kinds.add_parser("folder", help="any folder of pictures with captions")
    folder.add_argument("pictures", type=Path)
    folder.add_argument("out", type=Path)
    folder.add_argument("--size", type=int, default=128, help="side in pixels, a multiple of 16 (default 128)")
    folder.add_argument("--held-out-percent", type=int, default=5, help="kept apart from training (default 5)")
    emoji = kinds.add_parser("emoji", help="the built-in model's data set")
    emoji.add_argument("rendered", type=Path, help="folder that render.mjs wrote")
    emoji.add_argument("out", type=Path)
    emoji.add_argument("--coloured", type=int, default=2, help="coloured grounds for each picture (default 2)")
    emoji.add_argument("--scenes", type=int, default=16000, help="scenes of two or three objects (default 16000)")
    emoji.add_argument("--held-out", type=int, default=300, help="examples of each held-out kind (default 300)")
    emoji.add_argument("--seed", type=int, default=1)
    options = vars(parser.parse_args())
    kind = options.pop("kind")
    if kind == "folder":
        prepare_folder(**options)
    else:
        prepare_emoji(**options)


if __name__ == "__main__":
    main()
