"""Lets exported graphs do the work of the networks in diffusers' pipelines."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import onnxruntime
import torch
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from transformers.models.clip.modeling_clip import CLIPTextModelOutput
from transformers.modeling_outputs import BaseModelOutputWithPooling

TYPES = {"tensor(float16)": torch.float16, "tensor(float)": torch.float32, "tensor(int32)": torch.int32}


class Graph:
    """A graph that takes and gives PyTorch's tensors, whatever types and shapes it wants."""

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(path, options)
        self.outputs = [output.name for output in self.session.get_outputs()]

    def __call__(self, **given: torch.Tensor) -> dict[str, torch.Tensor]:
        feeds = {wanted.name: (given[wanted.name], wanted) for wanted in self.session.get_inputs()}
        rows = next(iter(feeds.values()))[0].shape[0]
        batch = next(iter(feeds.values()))[1].shape[0]
        step = batch if isinstance(batch, int) else rows
        # A graph made for one batch size takes any number of rows in groups, the last filled up.
        groups = [[min(i, rows - 1) for i in range(start, start + step)] for start in range(0, rows, step)]
        made = [self.run({name: self.fed(*feed, group) for name, feed in feeds.items()}) for group in groups]
        return {name: torch.cat(parts)[:rows] for name, *parts in zip(self.outputs, *made, strict=True)}

    @staticmethod
    def fed(value: torch.Tensor, wanted: Any, rows: list[int]) -> Any:
        typed = value.to(TYPES.get(wanted.type, torch.int64))
        return (typed.reshape(wanted.shape) if wanted.shape in ([], [1]) else typed[rows]).numpy()

    def run(self, feeds: dict[str, Any]) -> list[torch.Tensor]:
        return [torch.from_numpy(output).float() for output in self.session.run(None, feeds)]


def use_text_graph(encoder: Any, path: Path) -> None:
    graph = Graph(path)

    def forward(input_ids: torch.Tensor, **_: Any) -> Any:
        made = graph(input_ids=input_ids)
        hidden = tuple(states for name, states in made.items() if name.startswith("hidden_states")) or None
        if "text_embeds" in made:
            return CLIPTextModelOutput(made["text_embeds"], made["last_hidden_state"], hidden)
        return BaseModelOutputWithPooling(made["last_hidden_state"], made["pooler_output"], hidden)

    encoder.forward = forward


def use_graphs(pipeline: Any, folder: Path) -> None:
    """Replaces the networks of a pipeline by the graphs in `folder`; what stays of them is their configs."""
    unet, decode = (Graph(folder / part / "model.onnx") for part in ("unet", "vae_decoder"))
    encoder = folder / "vae_encoder" / "model.onnx"
    encode = Graph(encoder) if encoder.exists() else None

    def predict(sample: Any, timestep: Any, encoder_hidden_states: Any, **given: Any) -> Any:
        others = {**(given.get("added_cond_kwargs") or {}), "timestep_cond": given.get("timestep_cond")}
        made = unet(sample=sample, timestep=timestep, encoder_hidden_states=encoder_hidden_states, **others)
        return (made["out_sample"],)

    def posterior(image: torch.Tensor) -> Any:
        return SimpleNamespace(latent_dist=DiagonalGaussianDistribution(encode(sample=image)["latent_parameters"]))

    pipeline.unet.forward = predict
    pipeline.vae.encode = posterior
    pipeline.vae.decode = lambda latents, **_: (decode(latent_sample=latents)["sample"],)
    for part in ("text_encoder", "text_encoder_2"):
        if hasattr(pipeline, part):
            use_text_graph(getattr(pipeline, part), folder / part / "model.onnx")
