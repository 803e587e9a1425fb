"""The config of `chain`: one file for a whole model."""

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TypeVar

from latentd_training.draw import LATENTD
from latentd_training.training.config import build

T = TypeVar("T")


@dataclass(frozen=True)
class ChainConfig:
    """Where the pictures lie, where everything is to be written, and what the model is called.

    The tables hold the keys of each command's own config, without its paths; no student is distilled where `distill` is
    absent. `judged` captions of each split are drawn with `latentd` and judged; none are at 0.
    """

    pictures: str
    output: str
    name: str
    title: str = ""
    licence: str = ""
    size: int = 128
    held_out_percent: int = 5
    judged: int = 32
    latentd: str = LATENTD
    autoencoder: dict = field(default_factory=dict)
    diffusion: dict = field(default_factory=dict)
    distill: dict = field(default_factory=dict)
    evaluator: dict = field(default_factory=dict)

    @property
    def out(self) -> Path:
        """The folder that everything lies below."""
        return Path(self.output)

    @property
    def models(self) -> dict[str, Path]:
        """The model folders that will be written, by the run that they come from."""
        return {
            "diffusion": self.out / "model",
            **({"distill": self.out / "model-few-steps"} if self.distill else {}),
        }

    def stage(self, name: str, kind: type[T]) -> T:
        """The config of the training command `name`, with the paths of what the commands before it wrote."""
        values = getattr(self, name)
        paths = {
            "dataset": self.out / "dataset",
            "cache": self.out / "cache",
            "autoencoder": self.out / "autoencoder/ae.pt",
            "teacher": self.out / "diffusion/unet.pt",
            "output": self.out / name,
        }
        if given := sorted(set(paths) & set(values)):
            raise ValueError(f"[{name}] gives {given[0]}; leave paths out, they lie below output")
        known = {each.name for each in fields(kind)}
        return build(
            {**values, **{key: str(path) for key, path in paths.items() if key in known}}, kind, f"[{name}]"
        )
