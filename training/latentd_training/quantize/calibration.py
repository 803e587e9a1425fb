"""What the UNet is fed while the ranges of its layers are measured: every task, since ranges differ."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image
from torch import Tensor

from latentd_training.data.cache import MAX_OBJECTS
from latentd_training.data.dataset import Dataset
from latentd_training.denoiser.conditioning import class_names
from latentd_training.denoiser.sampling import Conditions, Sampling
from latentd_training.model.components import Components
from latentd_training.model.tasks import Conditioner, source_image

PROMPTS = 6

# Other prompts and seeds than those of the golden cases, which judge the result.
EMOJI_CASES = [
    *({"task": "text-to-image", "prompt": prompt} for prompt in (
        "green apple, noto style", "a fluent emoji of dog face", "umbrella on a pink background",
        "star and moon", "house, twemoji style", "blue fish above red flower on a black background",
    )),
    {"task": "class-conditional", "class": "birds"},
    {"task": "layout-to-image", "boxes": [["tree", 0.1, 0.2, 0.5, 0.8], ["house", 0.5, 0.3, 0.95, 0.8]]},
    {"task": "inpainting", "prompt": "dog face"},
    {"task": "super-resolution"},
]


@dataclass(frozen=True)
class Calibration:
    """Conditions of whole trajectories, the empty context [1, 24, D], the shape (C, h, w) of their noise, and how they
    are sampled."""

    given: list[Conditions]
    empty: Tensor
    shape: tuple[int, int, int]
    sampling: Sampling


def emoji_calibration(model: Components) -> Calibration:
    """For the built-in model: fixed cases, and a picture that lies beside this code."""
    return _calibration(model, EMOJI_CASES, class_names(), source_image())


def dataset_calibration(model: Components, dataset: Dataset) -> Calibration:
    """For a model that was trained on `dataset`: six of its captions, its most frequent class, a layout and a picture
    of its own, as far as it has them."""
    rows = dataset.indices("train")
    records = [dataset.records[row] for row in rows]
    prompts = [record.captions[0] for record in records[:: max(1, len(records) // PROMPTS)][:PROMPTS]]
    cases = [{"task": "text-to-image", "prompt": prompt} for prompt in prompts]
    cases += [{"task": "inpainting", "prompt": prompts[0]}, {"task": "super-resolution"}]
    if len(dataset.classes) > 1:
        usual = Counter(record.class_id for record in records).most_common(1)[0][0]
        cases.append({"task": "class-conditional", "class": dataset.classes[usual]})
    if with_objects := [record for record in records if record.objects]:
        objects = zip(with_objects[0].objects, with_objects[0].boxes)
        cases.append({"task": "layout-to-image", "boxes": [[name, *box] for name, box in objects][:MAX_OBJECTS]})
    picture = Image.fromarray(dataset.images[rows[0]].transpose(1, 2, 0))
    return _calibration(model, cases, dataset.classes, picture)


def _calibration(
    model: Components, cases: list[dict], classes: Sequence[str], picture: Image.Image
) -> Calibration:
    conditioner = Conditioner(model, classes, picture)
    shape = (model.autoencoder.latent_channels, *conditioner.mask.shape[2:])
    empty = conditioner({"task": "unconditional"}).context
    return Calibration([conditioner(case) for case in cases], empty, shape, model.sampling)
