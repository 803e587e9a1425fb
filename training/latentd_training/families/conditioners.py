"""What makes the context of cross-attention: `LDMBertModel` of prompts, the paper's embedding of classes."""

import torch
from torch import nn

from latentd_training.families.graph import Graph

MAX_TOKENS = 77  # LDMTextToImagePipeline pads and cuts every prompt to this


class TextEncoder(nn.Module):
    """Token ids to the hidden state of every position. There is no attention mask: padding is attended to."""

    def __init__(self, bert: nn.Module):
        super().__init__()
        self.bert = bert

    def forward(self, input_ids):
        return self.bert(input_ids, return_dict=False)[0]


def text_encoder_graph(bert: nn.Module) -> Graph:
    """Input `input_ids` [B, N] (int64), output `last_hidden_state` [B, N, D]."""
    tokens = {0: "batch", 1: "sequence"}
    examples = [{"input_ids": torch.randint(0, bert.config.vocab_size, size)} for size in ((2, MAX_TOKENS), (1, 9))]
    return Graph(TextEncoder(bert), examples, {"last_hidden_state": tokens}, {"input_ids": tokens})


class ClassEmbedder(nn.Module):
    """Class ids [B] to a context of one token, [B, 1, D], as CompVis' `ClassEmbedder`."""

    def __init__(self, weight: torch.Tensor):
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(weight)

    def forward(self, class_labels):
        return self.embedding(class_labels)[:, None]


def class_embedder_graph(weight: torch.Tensor) -> Graph:
    """Input `class_labels` [B] (int64), output `tokens` [B, 1, D]."""
    examples = [{"class_labels": torch.randint(0, len(weight), (batch,))} for batch in (2, 5)]
    return Graph(ClassEmbedder(weight), examples, {"tokens": {0: "batch"}}, {"class_labels": {0: "batch"}})
