"""Pictures beside the real ones of the same captions: what the evaluator says of both."""

from collections.abc import Sequence

import torch
from torch import Tensor

from latentd_training.data.dataset import Dataset, Record
from latentd_training.denoiser.text_encoder import TextEncoder, Tokenizer
from latentd_training.evaluate.backgrounds import background_accuracy
from latentd_training.evaluate.both_objects import both_present, false_captions
from latentd_training.evaluate.image_text import FEATURES, ImageTextNetwork
from latentd_training.evaluate.measures import frechet_distance, recall
from latentd_training.prompts import Prompt

BATCH = 128
MOST_REAL = 1024  # pictures of a split that the Fréchet distance is measured to


class Judge:
    """Measures sets of pictures; `captions`, among which retrieval looks, are those of the prompts and of everything
    held out."""

    def __init__(self, network: ImageTextNetwork, dataset: Dataset, prompts: Sequence[Prompt]) -> None:
        self.network, self.dataset = network, dataset
        held_out = [record.captions[0] for record in dataset.records if record.split != "train"]
        self.captions = sorted({*held_out, *(prompt.caption for prompt in prompts)})
        self._records: dict[Prompt, int] = {}
        for row, record in reversed(list(enumerate(dataset.records))):
            self._records |= {Prompt(record.split, caption): row for caption in record.captions}
        if strangers := [prompt for prompt in prompts if prompt not in self._records]:
            raise ValueError(f"Not in the data set: {strangers[0]}; prompts must be captions of its splits")
        self._foils = {
            prompt: false_captions(dataset, self.record(prompt), prompt.caption, seed)
            for seed, prompt in enumerate(prompts)
        }
        texts = sorted({*self.captions, *(foil for foils in self._foils.values() for foil in foils)})
        self._texts = dict(zip(texts, self._embed(texts)))

    def record(self, prompt: Prompt) -> Record:
        """What the data set knows of the real picture of a prompt."""
        return self.dataset.records[self._records[prompt]]

    def real(self, prompts: Sequence[Prompt]) -> tuple[Tensor, Tensor]:
        """The real pictures of `prompts` [n, 3, H, W] and up to 1,024 others of their splits, as bytes."""
        own = [self._records[prompt] for prompt in prompts]
        others = []
        for split in {prompt.split for prompt in prompts}:
            rows = [row for row in self.dataset.indices(split).tolist() if row not in set(own)]
            others += rows[:: max(1, len(rows) // MOST_REAL)][:MOST_REAL]
        return tuple(torch.from_numpy(self.dataset.images[rows]) for rows in (own, sorted(others)))

    @torch.no_grad()
    def measure(self, pixels: Tensor, prompts: Sequence[Prompt], reference: Tensor) -> dict[str, float | None]:
        """Of pictures [n, 3, H, W] (bytes) drawn for `prompts`; `reference` are features [m, 256] of real ones."""
        images = torch.cat([self.network.embed_images(part) for part in _parts(pixels)])
        features = self.features(pixels)
        texts = torch.stack([self._texts[caption] for caption in self.captions])
        answers = torch.tensor([self.captions.index(prompt.caption) for prompt in prompts])
        present = [
            both_present(image, self._texts[prompt.caption], torch.stack([self._texts[foil] for foil in foils]))
            for image, prompt in zip(images, prompts) if (foils := self._foils[prompt])
        ]
        return {
            # A single picture has no covariance.
            "frechet": frechet_distance(features, reference) if min(len(features), len(reference)) > 1 else None,
            "R@1": recall(images @ texts.T, answers, 1),
            "R@5": recall(images @ texts.T, answers, 5),
            "background": background_accuracy(pixels, [prompt.caption for prompt in prompts]),
            "both objects": sum(present) / len(present) if present else None,
        }

    @torch.no_grad()
    def features(self, pixels: Tensor) -> Tensor:
        """Features [n, 256] of pictures [n, 3, H, W] (bytes)."""
        return torch.cat([self.network.features(part) for part in _parts(pixels)] or [torch.zeros(0, FEATURES)])

    @torch.no_grad()
    def _embed(self, texts: list[str]) -> Tensor:
        ids, mask = Tokenizer()(texts)
        encoder = TextEncoder()
        pooled = torch.cat([encoder(i, m)[1] for i, m in zip(ids.split(BATCH), mask.split(BATCH))])
        return self.network.embed_texts(pooled)


def _parts(pixels: Tensor) -> list[Tensor]:
    return [part.float() / 127.5 - 1 for part in pixels.split(BATCH)]
