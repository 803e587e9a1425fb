"""The networks of a model as graphs to write: how each is stored, what it takes and gives, which axes are free."""

from copy import deepcopy

import torch
from torch import Tensor, nn

from latentd_training.denoiser.text_encoder import MAX_TOKENS
from latentd_training.denoiser.unet import CONTEXT_WIDTH
from latentd_training.families.graph import Graph
from latentd_training.first_stage.autoencoder import FACTOR
from latentd_training.first_stage.first_stage import VqFirstStage
from latentd_training.model.components import Components
from latentd_training.quantize.exportable import store_leaves
from latentd_training.quantize.layers import Storage, StoredEmbedding

LARGE = 100_000  # weights; smaller matrices stay fp16, they are many of the sensitive ones and few of the bytes
SPECIAL_TOKENS = 104  # [PAD], unused ones, [UNK], [CLS], [SEP] and [MASK] come first in BERT's vocabulary
TOKENS = {0: "batch", 1: "sequence"}
OBJECTS = {0: "batch", 1: "objects"}
PIXELS = {0: "batch", 2: "height", 3: "width"}
LATENTS = {0: "batch", 2: "latent_height", 3: "latent_width"}
SIZES = ((2, 4, 6), (1, 8, 8))  # batch, rows and columns of latents: the first is traced, both are compared


class QuantisingDecoder(nn.Module):
    """Latents [B, C, h, w], each replaced by the nearest code, to pixels: what a VQ model's `vae_decoder` is."""

    def __init__(self, first_stage: VqFirstStage) -> None:
        super().__init__()
        self.quantizer, self.dec = first_stage.quantizer, first_stage.dec

    def forward(self, latent_sample: Tensor) -> Tensor:
        return self.dec(self.quantizer.look_up(self.quantizer.indices(latent_sample)))


def exported_parts(model: Components, has_classes: bool, layouts: bool) -> dict[str, Graph]:
    """All parts but the UNet, by the names of their folders."""
    return {
        "text_encoder": _text_encoder(model),
        **({"class_embedder": _class_embedder(model)} if has_classes else {}),
        **({"layout_encoder": _layout_encoder(model)} if layouts else {}),
        "vae_encoder": _vae_encoder(model),
        "vae_decoder": _vae_decoder(model),
    }


def _text_encoder(model: Components) -> Graph:
    """Balanced, because BERT has a few huge weights, which send attention to special tokens."""
    encoder = store_leaves(deepcopy(model.text_encoder), lambda name, layer: Storage(8, balanced=True))
    embeddings = encoder.bert.embeddings
    embeddings.word_embeddings = StoredEmbedding(embeddings.word_embeddings, SPECIAL_TOKENS)
    ids, mask = torch.randint(SPECIAL_TOKENS, 2000, (2, MAX_TOKENS)), torch.ones(2, MAX_TOKENS, dtype=torch.int64)
    mask[1, 5:] = 0
    examples = [{"input_ids": ids, "attention_mask": mask}, {"input_ids": ids[1:, :9], "attention_mask": mask[1:, :9]}]
    outputs = {"last_hidden_state": TOKENS, "pooler_output": {0: "batch"}}
    return Graph(encoder.eval(), examples, outputs, {"input_ids": TOKENS, "attention_mask": TOKENS})


def _class_embedder(model: Components) -> Graph:
    examples = [{"class_labels": torch.tensor(labels)} for labels in ([1, 0], [1])]
    return Graph(model.class_embedder, examples, {"tokens": {0: "batch"}}, {"class_labels": {0: "batch"}})


def _layout_encoder(model: Components) -> Graph:
    examples = [
        {"object_embeddings": torch.randn(batch, objects, CONTEXT_WIDTH), "boxes": torch.rand(batch, objects, 4)}
        for batch, objects in ((2, 3), (1, 2))
    ]
    network = store_leaves(deepcopy(model.layout_encoder), lambda name, layer: Storage(16))
    return Graph(network, examples, {"tokens": OBJECTS}, {"object_embeddings": OBJECTS, "boxes": OBJECTS})


def _vae_encoder(model: Components) -> Graph:
    """KL: mean and log-variance [B, 2C, h, w]; VQ: latents [B, C, h, w] that are not quantised yet."""
    examples = [{"sample": torch.rand(b, 3, FACTOR * h, FACTOR * w) * 2 - 1} for b, h, w in SIZES]
    output = "latent_sample" if isinstance(model.autoencoder, VqFirstStage) else "latent_parameters"
    return Graph(_small(model.autoencoder.enc), examples, {output: LATENTS}, {"sample": PIXELS})


def _vae_decoder(model: Components) -> Graph:
    first_stage = model.autoencoder
    decoder = QuantisingDecoder(first_stage) if isinstance(first_stage, VqFirstStage) else first_stage.dec
    examples = [{"latent_sample": torch.randn(b, first_stage.latent_channels, h, w)} for b, h, w in SIZES]
    return Graph(_small(decoder), examples, {"sample": PIXELS}, {"latent_sample": LATENTS})


def _small(network: nn.Module) -> nn.Module:
    """A copy with large matrices in int8 and small ones in fp16."""
    def storage(name: str, layer: nn.Module) -> Storage:
        return Storage(8) if layer.weight.numel() > LARGE else Storage(16)

    return store_leaves(deepcopy(network), storage).eval()
