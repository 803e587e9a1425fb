"""Conditioning of long and weighted prompts, as AUTOMATIC1111's web UI makes it, worked out step by step.

A prompt is given as fragments, (text, weight), so that nothing here has to parse one; `BREAK` begins a new chunk.
"""

from typing import Any

import torch

BREAK = ("BREAK", -1.0)
ROOM = 75

Fragments = list[tuple[str, float]]


def prompt_of(fragments: Fragments) -> str:
    """The prompt that says the same in the web UI's words."""
    return "".join(
        f" {text} " if weight < 0 else text if weight == 1 else f"({text}:{weight})" for text, weight in fragments
    )


def chunks(fragments: Fragments, tokenizer: Any) -> list[list[tuple[int, float]]]:
    """Chunks of 75 tokens with their weights. Prompts here have no commas, at which the web UI would rather split."""
    made: list[list[tuple[int, float]]] = [[]]
    for text, weight in fragments:
        if (text, weight) == BREAK:
            made.append([])
            continue
        for token in tokenizer(text, add_special_tokens=False).input_ids:
            if len(made[-1]) == ROOM:
                made.append([])
            made[-1].append((token, weight))
    return made


def encode_chunk(chunk: list[tuple[int, float]], tokenizer: Any, encoder: Any, hidden: int, normed: bool) -> Any:
    """Hidden states [1, 77, D], weighted, and what the encoder pools."""
    free = ROOM - len(chunk)
    ids = [tokenizer.bos_token_id, *(token for token, _ in chunk), tokenizer.eos_token_id]
    weights = torch.tensor([1, *(weight for _, weight in chunk), 1, *[1] * free])
    out = encoder(torch.tensor([ids + [tokenizer.pad_token_id] * free]), output_hidden_states=True)
    states = out.hidden_states[hidden]
    if normed:
        states = encoder.final_layer_norm(states)
    weighted = states * weights[None, :, None]
    return weighted * (states.mean() / weighted.mean()), out[0]


def encode(fragments: Fragments, tokenizer: Any, encoder: Any, hidden: int, normed: bool, length: int) -> Any:
    """Hidden states of all chunks in a row, the empty prompt's until there are `length`, and what the first pools."""
    made = chunks(fragments, tokenizer)
    made += [[]] * (length - len(made))
    encoded = [encode_chunk(chunk, tokenizer, encoder, hidden, normed) for chunk in made]
    return torch.cat([states for states, _ in encoded], dim=1), encoded[0][1]


@torch.no_grad()
def embeddings(
    pipeline: Any, prompt: Fragments, negative: Fragments | None, clip_skip: int | None
) -> dict[str, torch.Tensor]:
    """Arguments for a pipeline; no negative prompt is the empty one, which SDXL makes zeros of.

    As in the web UI clip skip is for both prompts; only Stable Diffusion 1 and 2 have the final layer norm.
    """
    encoders = [(pipeline.tokenizer, pipeline.text_encoder)]
    pooling = hasattr(pipeline, "text_encoder_2")
    if pooling:
        encoders.append((pipeline.tokenizer_2, pipeline.text_encoder_2))
    length = max(len(chunks(fragments, pipeline.tokenizer)) for fragments in (prompt, negative or []))
    given: dict[str, torch.Tensor] = {}
    for prefix, fragments in (("", prompt), ("negative_", negative or [])):
        layer = -(clip_skip or (2 if pooling else 1))
        parts = [encode(fragments, *encoder, layer, not pooling, length) for encoder in encoders]
        given[f"{prefix}prompt_embeds"] = torch.cat([states for states, _ in parts], dim=2)
        if pooling:
            given[f"{prefix}pooled_prompt_embeds"] = parts[-1][1]
    if pooling and negative is None:
        for name in ("negative_prompt_embeds", "negative_pooled_prompt_embeds"):
            given[name] = torch.zeros_like(given[name])
    return given
