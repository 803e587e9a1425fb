"""CLIP's tokenizer with fewer merges: for 300 of them a vocabulary of 814, with bytes and the two special tokens."""

import gzip
import json
import tempfile
from pathlib import Path

from transformers import CLIPTokenizer

MERGES = Path("tests/reference/tokens_merges.txt.gz")
SPECIAL = ["<|startoftext|>", "<|endoftext|>"]


def clip_tokenizer(pad: str, count: int = 300) -> CLIPTokenizer:
    """`pad` is `<|endoftext|>` in Stable Diffusion 1, and the word `!` in version 2 and SDXL's second tokenizer."""
    heading, *merges = gzip.decompress(MERGES.read_bytes()).decode().splitlines()[: count + 1]
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = len(set(range(256)) - set(printable))
    symbols = [*map(chr, printable), *(chr(256 + i) for i in range(rest))]
    words = [*symbols, *(f"{symbol}</w>" for symbol in symbols), *(pair.replace(" ", "") for pair in merges), *SPECIAL]
    with tempfile.TemporaryDirectory() as folder:
        vocab = Path(folder, "vocab.json")
        vocab.write_text(json.dumps({word: i for i, word in enumerate(words)}))
        table = Path(folder, "merges.txt")
        table.write_text("\n".join([heading, *merges]) + "\n")
        return CLIPTokenizer(str(vocab), str(table), pad_token=pad, model_max_length=77)
