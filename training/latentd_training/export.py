"""Checkpoint to the model folder that ships: python -m latentd_training.export CHECKPOINT OUT"""

import argparse
from copy import deepcopy
from pathlib import Path

import torch
from torch import nn

from .calibrate import integer_spans
from .components import Components, load_components
from .exportable import ExportedUNet, store_leaves
from .folder import copy_tokenizer, write_configs, write_manifest
from .layers import Storage, StoredEmbedding
from .onnx_file import trace, write
from .tasks import Conditioner

LARGE = 100_000  # weights; smaller matrices stay fp16, they are many of the sensitive ones and few of the bytes


SPECIAL_TOKENS = 104  # [PAD], unused ones, [UNK], [CLS], [SEP] and [MASK] come first in BERT's vocabulary


def small_or_int8(name: str, layer: nn.Module) -> Storage:
    return Storage(8) if layer.weight.numel() > LARGE else Storage(16)


def unet_storage(name: str, layer: nn.Module) -> Storage:
    """fp16 where every error reaches the whole picture: first and last convolution and all of the timestep's path."""
    ends = name in ("conv_in", "conv_out") or "time_emb" in name or "add_embedding" in name
    return Storage(16) if ends else Storage(8)


def stored_text_encoder(encoder: nn.Module) -> nn.Module:
    """Balanced, because BERT has a few huge weights, which send attention to special tokens."""
    encoder = store_leaves(deepcopy(encoder), lambda name, layer: Storage(8, balanced=True))
    embeddings = encoder.bert.embeddings
    embeddings.word_embeddings = StoredEmbedding(embeddings.word_embeddings, SPECIAL_TOKENS)
    return encoder.eval()


def export_unet(out: Path, model: Components) -> None:
    """`model.onnx`, float arithmetic for every device, and `model_int8.onnx`, integer arithmetic for CPUs."""
    in_int8 = []

    def in_float(name: str, layer: nn.Module) -> Storage:
        if unet_storage(name, layer).bits == 8:
            in_int8.append(name)
        return Storage(32)

    spans = integer_spans(ExportedUNet(model.unet, in_float).eval(), in_int8, Conditioner(model))

    def integer(name: str, layer: nn.Module) -> Storage:
        return Storage(unet_storage(name, layer).bits, spans.get(name))

    inputs = {
        "sample": torch.randn(2, 81, 8, 8),
        "timestep": torch.tensor([500.0, 20.0]),
        "encoder_hidden_states": torch.randn(2, 24, 384),
    }
    spatial = {0: "batch", 2: "height", 3: "width"}
    axes = {"sample": spatial, "timestep": {0: "batch"}, "encoder_hidden_states": {0: "batch", 1: "sequence"}}
    outputs = {"out_sample": spatial}
    float_graph = trace(ExportedUNet(model.unet, unet_storage), inputs, outputs, axes, contrib=True)
    integer_graph = trace(ExportedUNet(model.unet, integer), inputs, outputs, axes, contrib=True)
    (out / "unet").mkdir(parents=True, exist_ok=True)
    write({out / "unet/model.onnx": float_graph, out / "unet/model_int8.onnx": integer_graph})


def export_part(path: Path, module: nn.Module, inputs: dict, outputs: dict, axes: dict) -> None:
    path.mkdir(parents=True, exist_ok=True)
    write({path / "model.onnx": trace(module, inputs, outputs, axes)})


def export_conditioners(out: Path, model: Components) -> None:
    tokens = {0: "batch", 1: "sequence"}
    export_part(
        out / "text_encoder", stored_text_encoder(model.text_encoder),
        {"input_ids": torch.ones(2, 24, dtype=torch.int64), "attention_mask": torch.ones(2, 24, dtype=torch.int64)},
        {"last_hidden_state": tokens, "pooler_output": {0: "batch"}},
        {"input_ids": tokens, "attention_mask": tokens},
    )
    export_part(
        out / "class_embedder", model.class_embedder,
        {"class_labels": torch.tensor([1, 2])}, {"tokens": {0: "batch"}}, {"class_labels": {0: "batch"}},
    )
    objects = {0: "batch", 1: "objects"}
    export_part(
        out / "layout_encoder", store_leaves(deepcopy(model.layout_encoder), lambda name, layer: Storage(16)),
        {"object_embeddings": torch.randn(2, 3, 384), "boxes": torch.rand(2, 3, 4)},
        {"tokens": objects}, {"object_embeddings": objects, "boxes": objects},
    )


def export_autoencoder(out: Path, model: Components) -> None:
    pixels = {0: "batch", 2: "height", 3: "width"}
    latents = {0: "batch", 2: "latent_height", 3: "latent_width"}
    export_part(
        out / "vae_encoder", store_leaves(deepcopy(model.autoencoder.enc), small_or_int8),
        {"sample": torch.randn(1, 3, 128, 128)}, {"latent_parameters": latents}, {"sample": pixels},
    )
    export_part(
        out / "vae_decoder", store_leaves(deepcopy(model.autoencoder.dec), small_or_int8),
        {"latent_sample": torch.randn(1, 16, 8, 8)}, {"sample": pixels}, {"latent_sample": latents},
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path, help="folder with unet.pt and ae.pt")
    parser.add_argument("out", type=Path, help="model folder to write")
    arguments = parser.parse_args()
    torch.manual_seed(0)
    model = load_components(arguments.checkpoint)
    export_unet(arguments.out, model)
    export_conditioners(arguments.out, model)
    export_autoencoder(arguments.out, model)
    write_configs(arguments.out, model)
    copy_tokenizer(arguments.out)
    write_manifest(arguments.out)


if __name__ == "__main__":
    main()
