"""What a model folder's graphs cost and lose: python -m latentd_training.compare MODEL GOLDEN

Prints a Markdown table: sizes, time of one UNet evaluation of the guidance pair beside PyTorch in the same run, and the
distance of the pictures of all text prompts from those of the fp32 checkpoint and from the exactly computed ones.
"""

import argparse
import json
import time
from pathlib import Path
from statistics import median

import numpy as np
import onnxruntime
import torch
from PIL import Image

from latentd_training.denoiser.sampling import Conditions, denoise
from latentd_training.denoiser.text_encoder import Tokenizer
from latentd_training.model.shipped import load_shipped

THREADS = 2
ROUNDS = 40


class Graph:
    """An ONNX graph on onnxruntime's CPU provider, called with tensors."""

    def __init__(self, path: Path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.log_severity_level = THREADS, 3
        start = time.perf_counter()
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.load_ms = (time.perf_counter() - start) * 1000
        self.inputs = [port.name for port in self.session.get_inputs()]

    def __call__(self, *arguments: torch.Tensor) -> torch.Tensor:
        feeds = {name: value.numpy() for name, value in zip(self.inputs, arguments, strict=True)}
        return torch.from_numpy(self.session.run(None, feeds)[0])


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    """Of two pictures of bytes, in dB; 99 for equal ones."""
    error = np.square(a.astype(float) - b.astype(float)).mean()
    return 10 * np.log10(255**2 / error) if error else 99.0


def times(calls: dict) -> dict[str, float]:
    """Median milliseconds of each call; the calls take turns, so that all see the same machine."""
    taken = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            taken[name].append((time.perf_counter() - start) * 1000)
    return {name: median(values) for name, values in taken.items()}


def pictures(model: Path, golden: Path, unet: Graph) -> dict[str, tuple[np.ndarray, torch.Tensor]]:
    """Picture and last latents of every text case, all graphs those of the folder."""
    encoder, decoder = Graph(model / "text_encoder/model.onnx"), Graph(model / "vae_decoder/model.onnx")
    config = json.loads((model / "vae_decoder/config.json").read_text())
    mean, std = (torch.tensor(config[key]).view(1, -1, 1, 1) for key in ("latents_mean", "latents_std"))
    tokenizer = Tokenizer()
    empty, made = encoder(*tokenizer([""])), {}
    for case in json.loads((golden / "cases.json").read_text()):
        if case["task"] != "text-to-image":
            continue
        noise = torch.from_numpy(np.load(golden / f"{case['name']}.noise.npy"))
        given = Conditions(encoder(*tokenizer([case["prompt"]])))
        latents = denoise(unet, given, empty, noise, case["steps"], case["guidance"])[-1]
        pixels = decoder(latents * std + mean).clamp(-1, 1).add(1).mul(127.5).round()[0]
        made[case["name"]] = pixels.permute(1, 2, 0).numpy(), latents
    return made


def row(model: Path, golden: Path, name: str, graph: Graph, ms: float, torch_ms: float) -> str:
    made = pictures(model, golden, graph)

    def distances(reference: str) -> str:
        decibel = [psnr(p, np.array(Image.open(golden / reference / f"{n}.png"))) for n, (p, _) in made.items()]
        return f"{median(decibel):.1f} / {min(decibel):.1f}"

    path = golden / "shipped"
    latents = [
        (z - torch.from_numpy(np.load(path / f"{n}.latents.npy")[-1:])).abs().max().item()
        for n, (_, z) in made.items() if (path / f"{n}.latents.npy").exists()
    ]
    return (
        f"| `unet/{name}` | {distances('fp32')} | {distances('shipped')} | {max(latents):.1e} "
        f"| {ms:.1f} | {torch_ms / ms:.2f}x | {graph.load_ms:.0f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("golden", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(THREADS)
    reference = load_shipped(arguments.model).unet
    inputs = (torch.randn(2, 81, 8, 8), torch.tensor([500.0, 500.0]), torch.randn(2, 24, 384))
    graphs = {name: Graph(arguments.model / "unet" / name) for name in ("model.onnx", "model_int8.onnx")}
    calls = {name: lambda graph=graph: graph(*inputs) for name, graph in graphs.items()}
    with torch.no_grad():
        ms = times({"torch": lambda: reference(*inputs), **calls})
    print(f"PyTorch {torch.__version__} fp32, {THREADS} threads: {ms['torch']:.1f} ms")
    print("| graph | PSNR to fp32 median / min | PSNR to shipped | largest latent error | ms | speed | load ms |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, graph in graphs.items():
        print(row(arguments.model, arguments.golden, name, graph, ms[name], ms["torch"]), flush=True)


if __name__ == "__main__":
    main()
