"""What AUTOMATIC1111's web UI makes of prompts, by its own code: fragments, chunks and weighted hidden states."""

import random
import sys
import types
from pathlib import Path

import torch
from token_prompts import english
from transformers import CLIPTokenizer


def web_ui(checkout: str) -> types.SimpleNamespace:
    """Imports the web UI's own modules, with empty ones for those that need the whole program."""
    sys.path.insert(0, checkout)
    for name in ("devices", "sd_hijack", "shared"):
        sys.modules[f"modules.{name}"] = types.ModuleType(f"modules.{name}")
    modules = sys.modules["modules"] = types.ModuleType("modules")
    modules.__path__ = [str(Path(checkout, "modules"))]
    modules.devices, modules.sd_hijack = sys.modules["modules.devices"], sys.modules["modules.sd_hijack"]
    modules.devices.device = "cpu"
    modules.shared = sys.modules["modules.shared"]
    modules.shared.opts = types.SimpleNamespace(emphasis="Original", comma_padding_backtrack=20)
    from modules import prompt_parser, sd_emphasis, sd_hijack_clip

    return types.SimpleNamespace(parser=prompt_parser, emphasis=sd_emphasis, clip=sd_hijack_clip)


def chunker(ui: types.SimpleNamespace, tokenizer: CLIPTokenizer):
    """The web UI's text encoder up to the network: prompts to the ids and weights of each chunk."""
    no_embeddings = types.SimpleNamespace(find_embedding_at_position=lambda tokens, position: (None, None))
    wrapped = types.SimpleNamespace()
    encoder = ui.clip.FrozenCLIPEmbedderWithCustomWordsBase(wrapped, types.SimpleNamespace(embedding_db=no_embeddings))
    encoder.id_start, encoder.id_end, encoder.id_pad = (
        tokenizer.bos_token_id,
        tokenizer.eos_token_id,
        tokenizer.pad_token_id,
    )
    encoder.comma_token = tokenizer.get_vocab()[",</w>"]
    encoder.tokenize = lambda texts: tokenizer(texts, truncation=False, add_special_tokens=False)["input_ids"]
    seen: list[list[int]] = []

    def encode(tokens: torch.Tensor) -> torch.Tensor:
        seen.append(tokens[0].tolist())
        return torch.ones(*tokens.shape, 1)

    encoder.encode_with_transformers = encode

    def chunks(prompt: str) -> list[dict[str, object]]:
        seen.clear()
        made, _ = encoder.tokenize_line(prompt)
        for chunk in made:
            encoder.process_tokens([chunk.tokens], [chunk.multipliers])
        return [{"ids": ids, "weights": chunk.multipliers} for ids, chunk in zip(seen, made, strict=True)]

    return chunks


PARSED = [
    # The six of the parser's own doctest come first.
    "normal text", "an (important) word", "(unbalanced", "\\(literal\\]", "(unnecessary)(parens)",
    "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).", "", " ", "()", "[]", "(:1.5)", "(a:)", "(a:1.5", "a:1.5)",
    "[a:1.5]",
    "[a:b:0.5]", "[a|b]", "((a) b)", "[[a] b]", "([a])", "(a))", "a]]", "(a: 1.5 )", "(a:+2)", "(a:-1)", "(a:.5)",
    "(a:5.)", "(a:1e3)",
    "a BREAK b", "BREAK", "a BREAK", "BREAK b", "a\nBREAK\nb", "aBREAK", "BREAKb", "éBREAK", "a,BREAK,b",
    "a BREAK BREAK b", "(a BREAK b)",
    "(a BREAK b:1.3)", "[BREAK]", "break", "a\u3000BREAK\u3000b", "a_BREAK", "1BREAK", "\\", "\\\\", "\\\\(a)", "\\a",
    "a\\", "(\\(a\\):1.2)",
    "猫 (犬:1.2)", "(😀:1.3)", "(a:１)", "(a\u00a0:\u00a01.2\u3000)", ":)", ":(", "a:b", "a::b", "(a:b:1.2)",
    "((a:1.2):1.3)", "<lora:x:0.5>",
]
SYNTAX = ["(", ")", "[", "]", ":1.3)", ":0.7)", ": 1.05 )", ":", "\\(", "\\)", "\\", " BREAK "]
SYNTAX += ["a", "b c", ", ", "é", "1.2", "\n", "  "]


def web_ui_reference(ui: types.SimpleNamespace, first: CLIPTokenizer, second: CLIPTokenizer) -> dict[str, object]:
    dice = random.Random(1111)
    syntax = ["".join(dice.choice(SYNTAX) for _ in range(dice.randrange(1, 20))) for _ in range(400)]
    dot = "a" + " b" * 74
    texts = [
        "", "a cat", dot, dot + " b", dot + ",", dot + ", c", "a," * 80, "a " * 75 + ", b", "BREAK", "a BREAK b",
        "a BREAK BREAK b BREAK",
        "x " * 54 + ", " + "y " * 40, "x " * 55 + ", " + "y " * 40, "x " * 56 + ", " + "y " * 40,
        "(x:1.2) " * 60 + ", [y] " * 60,
    ]
    for _ in range(40):
        parts = [english(dice) for _ in range(dice.randrange(2, 14))]
        texts.append(dice.choice([", ", ", ", " ", " BREAK ", ",\n"]).join(parts))
    hidden = torch.randn(12, 8, generator=torch.Generator().manual_seed(0)) + 0.1
    weights = [1, 1, 1.3, 1.3, 0.5, 1, 1 / 1.1, 2, 0, -1, 1, 1]
    emphasis = ui.emphasis.EmphasisOriginal()
    emphasis.z, emphasis.multipliers = hidden[None], torch.tensor([weights])
    emphasis.after_transformers()
    chunks, chunks2 = chunker(ui, first), chunker(ui, second)
    return {
        "source": "AUTOMATIC1111/stable-diffusion-webui at e2b19900ec37ef517d8175a7d86c1925ca9f9e91",
        "parsed": [[text, ui.parser.parse_prompt_attention(text)] for text in [*PARSED, *syntax]],
        "chunks": [[text, chunks(text)] for text in texts],
        "chunks2": [[text, chunks2(text)] for text in texts[::3]],
        "emphasis": {
            "hidden": hidden.flatten().tolist(),
            "weights": weights,
            "result": emphasis.z.flatten().tolist(),
        },
    }
