"""Runs the cases with the exported graphs in diffusers' pipelines, and says how far the pictures are from those expected.

From the repository root, with training/requirements.txt installed; NAME is a part of names:
    PYTHONPATH=training/reference python -m tiny_sd.onnx_check SCRATCH [NAME]
"""

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnxruntime
import torch
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from PIL import Image

from .cases import CASES, Case
from .reference import arguments, pipeline_of

MODELS = Path("tests/models")
TYPES = {"tensor(float16)": torch.float16, "tensor(float)": torch.float32, "tensor(int32)": torch.int32}


class Graph:
    """A graph that takes and gives PyTorch's tensors, whatever types and shapes it wants."""

    def __init__(self, path: Path) -> None:
        self.session = onnxruntime.InferenceSession(path)
        self.outputs = [output.name for output in self.session.get_outputs()]

    def __call__(self, **given: torch.Tensor) -> dict[str, torch.Tensor]:
        feeds = {}
        for wanted in self.session.get_inputs():
            value = given[wanted.name].to(TYPES.get(wanted.type, torch.int64))
            feeds[wanted.name] = value.reshape(wanted.shape if wanted.shape in ([], [1]) else value.shape).numpy()
        made = [torch.from_numpy(output).float() for output in self.session.run(None, feeds)]
        return dict(zip(self.outputs, made, strict=True))


def text_graph(encoder: Any, graph: Graph) -> Any:
    """A stand-in for a text encoder whose hidden states, if any, are the graph's."""

    def encode(input_ids: torch.Tensor, **_: Any) -> Any:
        made = graph(input_ids=input_ids)
        hidden = [value for name, value in made.items() if name.startswith("hidden_states")]
        pooled = made.get("text_embeds", made.get("pooler_output"))
        states = made["last_hidden_state"]
        first = pooled if "text_embeds" in made else states
        return Output(first, pooled, hidden or None, states)

    encoder.forward = encode


def use_graphs(pipeline: Any, folder: Path) -> None:
    """Lets graphs do what the networks of a pipeline do."""
    unet, encode, decode = (Graph(folder / part / "model.onnx") for part in ("unet", "vae_encoder", "vae_decoder"))

    def predict(sample: Any, timestep: Any, encoder_hidden_states: Any, **given: Any) -> Any:
        others = {**(given.get("added_cond_kwargs") or {}), "timestep_cond": given.get("timestep_cond")}
        return (unet(sample=sample, timestep=timestep, encoder_hidden_states=encoder_hidden_states, **others)["out_sample"],)

    def posterior(image: torch.Tensor) -> Any:
        return SimpleNamespace(latent_dist=DiagonalGaussianDistribution(encode(sample=image)["latent_parameters"]))

    pipeline.unet.forward = predict
    pipeline.vae.encode = posterior
    pipeline.vae.decode = lambda latents, **_: (decode(latent_sample=latents)["sample"],)
    for part in ("text_encoder", "text_encoder_2"):
        if hasattr(pipeline, part):
            text_graph(getattr(pipeline, part), Graph(folder / part / "model.onnx"))
