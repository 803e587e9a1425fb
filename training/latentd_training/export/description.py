"""What a model folder says of itself that its weights do not tell: name, size, classes, what it can be asked for."""

from dataclasses import dataclass

from latentd_training.data.dataset import Dataset
from latentd_training.denoiser.conditioning import class_names


@dataclass(frozen=True)
class Description:
    """`size` is the side of the pictures it was trained on, `classes` are names by id, `layouts` says whether boxes
    were among its conditions."""

    name: str
    title: str
    licence: str
    size: int
    classes: tuple[str, ...]
    layouts: bool

    @property
    def has_classes(self) -> bool:
        """Whether there is any class beside "other", which is 0."""
        return len(self.classes) > 1

    @property
    def tasks(self) -> list[str]:
        """What latentd can ask of it, by the names of its requests."""
        return [
            "text-to-image", "image-to-image", "inpainting", "super-resolution",
            *(["class-conditional"] if self.has_classes else []),
            "unconditional",
            *(["layout-to-image"] if self.layouts else []),
        ]


def describe(dataset: Dataset, name: str, title: str, licence: str) -> Description:
    """Of a model that was trained on `dataset`."""
    layouts = any(record.objects for record in dataset.records)
    return Description(name, title, licence, dataset.images.shape[-1], tuple(dataset.classes), layouts)


def emoji_description() -> Description:
    """Of the built-in model."""
    return Description(
        "emoji-128", "Emoji-style pictures of 128x128 pixels", "Apache-2.0", 128, tuple(class_names()), layouts=True
    )
