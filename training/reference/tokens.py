"""Writes what Python's tokenizers and AUTOMATIC1111's web UI make of prompts.

- tests/reference/tokens.json.gz: ids of the prompts of token_prompts.py, by `CLIPTokenizer` of transformers (as Stable
  Diffusion 1 and SDXL's second encoder configure it) and by the built-in model's BERT tokenizer.
- tests/reference/tokens_merges.txt.gz: CLIP's merges as `merges.txt` has them; the vocabulary follows from them.
- tests/reference/tokens_a1111.json.gz: emphasis, chunks and weighted hidden states of the web UI's own code.

Run from the repository root, with transformers, torch and lark installed:
    python training/reference/tokens.py bpe_simple_vocab_16e6.txt.gz path/to/stable-diffusion-webui
The first is in the PyPI package open_clip_torch (MIT), the second a checkout of AUTOMATIC1111/stable-diffusion-webui at
e2b19900ec37 (version 1.8, whose parser and chunks are still those of 1.10), whose code runs here and is not copied.
"""

import gzip
import json
import sys
import tempfile
from pathlib import Path

import tokenizers
import transformers
from token_prompts import prompts
from tokenizers import Tokenizer, normalizers
from tokens_a1111 import web_ui, web_ui_reference
from transformers import CLIPTokenizer

MERGES = 49408 - 2 * 256 - 2
LICENCE = "#version: 0.2 (CLIP's merges; MIT License, Copyright (c) 2021 OpenAI)"
REFERENCE = Path("tests/reference")
BERT = "models/builtin/emoji-128/tokenizer/tokenizer.json"


def write(name: str, text: str) -> None:
    (REFERENCE / name).write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def described(content: str) -> dict[str, object]:
    return {"content": content, "lstrip": False, "normalized": True, "rstrip": False, "single_word": False}


def clip_tokenizer(merges: list[str], pad: str) -> CLIPTokenizer:
    """The tokenizer as published folders configure it: special tokens described, the padding a bare word."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in printable]
    symbols = [chr(byte) for byte in printable] + [chr(256 + i) for i in range(len(rest))]
    vocab = [*symbols, *(symbol + "</w>" for symbol in symbols), *(pair.replace(" ", "") for pair in merges)]
    vocab += ["<|startoftext|>", "<|endoftext|>"]
    special = {
        "bos_token": described("<|startoftext|>"),
        "eos_token": described("<|endoftext|>"),
        "unk_token": described("<|endoftext|>"),
        "pad_token": pad,
    }
    config = {**special, "model_max_length": 77, "tokenizer_class": "CLIPTokenizer"}
    with tempfile.TemporaryDirectory() as folder:
        files = {
            "vocab.json": json.dumps({token: i for i, token in enumerate(vocab)}),
            "merges.txt": "\n".join(["#version: 0.2", *merges, ""]),
            "tokenizer_config.json": json.dumps(config),
            "special_tokens_map.json": json.dumps(special),
        }
        for name, text in files.items():
            Path(folder, name).write_text(text, encoding="utf-8")
        return CLIPTokenizer.from_pretrained(folder)


def bert_ids(texts: list[str], **normalizer: bool) -> list[list[int]]:
    tokenizer = Tokenizer.from_file(BERT)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    if normalizer:
        tokenizer.normalizer = normalizers.BertNormalizer(**normalizer)
    return [encoding.ids for encoding in tokenizer.encode_batch(texts)]


def tokenizer_reference(texts: list[str], first: CLIPTokenizer, second: CLIPTokenizer) -> dict[str, object]:
    clip = first(texts).input_ids
    other = second(texts).input_ids
    every = list(range(0, len(texts), 10))
    return {
        "versions": {"transformers": transformers.__version__, "tokenizers": tokenizers.__version__},
        "prompts": texts,
        "clip": clip,
        # Only what differs: there "!" is a special token.
        "clip2": {i: ids for i, ids in enumerate(other) if ids != clip[i]},
        "clipFixed": {i: first(texts[i], padding="max_length", truncation=True).input_ids for i in every[::4]},
        "clip2Fixed": {i: second(texts[i], padding="max_length", truncation=True).input_ids for i in every[::4]},
        "clipText": {i: first.decode(clip[i]) for i in every},
        "bert": bert_ids(texts),
        "bertCased": {
            i: ids
            for i, ids in zip(
                every,
                bert_ids([texts[i] for i in every], lowercase=False, handle_chinese_chars=False, strip_accents=False),
                strict=True,
            )
        },
    }


lines = gzip.decompress(Path(sys.argv[1]).read_bytes()).decode().split("\n")
merges = lines[1 : 1 + MERGES]
first, second = clip_tokenizer(merges, "<|endoftext|>"), clip_tokenizer(merges, "!")
write("tokens_merges.txt.gz", "\n".join([LICENCE, *merges, ""]))
write("tokens.json.gz", compact(tokenizer_reference(prompts(), first, second)))
write("tokens_a1111.json.gz", compact(web_ui_reference(web_ui(sys.argv[2]), first, second)))
