"""Writes a model with random weights in the shape of Stable Diffusion 1.5, for measurements of time and memory.

It has the names, types and files that exports of the real one have; its pictures are noise. The UNet's weights take 3.4
GB in fp32, 1.7 GB in fp16 and 2.6 GB where only matrices are int8; making them took 4.3, 7 and 10.5 GiB of memory. The same
weights can be had as diffusers keeps them, which PyTorch and stable-diffusion.cpp read. From the repository root, with
training/requirements.txt installed:
    python training/reference/sd15_shape.py FOLDER [fp32 | fp16 | int8 | diffusers]
"""

import resource
import shutil
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import onnx
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.torch import save_file
from tiny_sd.tokenizer import clip_tokenizer
from tiny_sd.variants import Part
from transformers import CLIPTextConfig, CLIPTextModel

TINY = Path("tests/models/tiny-sd")
ROWS = "batch_size"
FORMS = ["fp32", "fp16", "int8", "diffusers"]
MERGES = 49408 - 2 * 256 - 2
Tensors = dict[str, torch.Tensor]


def text_encoder() -> tuple[Any, Any, Tensors, list[str]]:
    config = CLIPTextConfig(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12)
    # Exported, PyTorch's fused attention would go on in 32 bits.
    config._attn_implementation = "eager"
    encoder = CLIPTextModel(config)

    def encode(ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        made = encoder(ids)
        return made.last_hidden_state, made.pooler_output

    ids = torch.full((2, 77), 49407)
    return encoder, encode, {"input_ids": ids}, ["last_hidden_state", "pooler_output"]


def unet() -> tuple[Any, Any, Tensors, list[str]]:
    made = UNet2DConditionModel(sample_size=64, cross_attention_dim=768, attention_head_dim=8)
    states = torch.randn(2, 77, 768)
    given = {"sample": torch.randn(2, 4, 16, 16), "timestep": torch.tensor(500.0), "encoder_hidden_states": states}
    return made, lambda *tensors: made(*tensors, return_dict=False)[0], given, ["out_sample"]


def vae() -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=[128, 256, 512, 512], layers_per_block=2, sample_size=512,
        down_block_types=["DownEncoderBlock2D"] * 4, up_block_types=["UpDecoderBlock2D"] * 4,
    )


def vae_encoder() -> tuple[Any, Any, Tensors, list[str]]:
    made = vae()
    image = torch.randn(2, 3, 64, 64)
    return made, lambda pixels: made.encode(pixels).latent_dist.parameters, {"sample": image}, ["latent_parameters"]


def vae_decoder() -> tuple[Any, Any, Tensors, list[str]]:
    made = vae()
    latents = torch.randn(2, 4, 8, 8)
    return made, lambda given: made.decode(given, return_dict=False)[0], {"latent_sample": latents}, ["sample"]


def save_config(network: Any, folder: Path) -> None:
    if isinstance(network, CLIPTextModel):
        network.config.save_pretrained(folder)
    else:
        network.save_config(folder)


def write(part: Any, folder: Path, dtype: torch.dtype) -> None:
    """The graph with all weights in one file beside it, and the config."""
    network, function, given, outputs = part()
    network.eval().requires_grad_(False).to(dtype)
    tensors = [tensor.to(dtype) if tensor.is_floating_point() else tensor for tensor in given.values()]
    pictures = {name: {0: ROWS, 2: "height", 3: "width"} for name, tensor in given.items() if tensor.dim() == 4}
    others = {name: {0: ROWS, 1: "sequence_length"} for name, tensor in given.items() if tensor.dim() in (2, 3)}
    made = {name: {0: ROWS} | ({2: "rows", 3: "columns"} if pictures else {}) for name in outputs}
    folder.mkdir(parents=True, exist_ok=True)
    save_config(network, folder)
    with TemporaryDirectory(dir=folder) as scratch:
        path = Path(scratch, "model.onnx")
        torch.onnx.export(
            Part(function, network), tuple(tensors), str(path), input_names=list(given), output_names=outputs,
            dynamic_axes=pictures | others | made, opset_version=18, dynamo=False,
        )
        # Otherwise the weights would be there twice while the graph is saved again.
        del network, function, tensors
        model = onnx.load(path)
        onnx.save_model(
            model, folder / "model.onnx", save_as_external_data=True, location="model.onnx_data", size_threshold=1024,
        )


def write_int8(part: Any, folder: Path) -> None:
    """Matrix products with weights and, at run time, inputs of eight bits, by onnxruntime's own tool; the rest is fp32."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder) as scratch:
        write(part, Path(scratch), torch.float32)
        shutil.copy(Path(scratch, "config.json"), folder)
        quantize_dynamic(
            Path(scratch, "model.onnx"), folder / "model.onnx", op_types_to_quantize=["MatMul"], per_channel=True,
            weight_type=QuantType.QInt8, reduce_range=True, use_external_data_format=True,
        )


def write_diffusers(part: Any, folder: Path) -> None:
    """The weights in the layout of the hub."""
    network = part()[0]
    network.save_pretrained(folder.with_name("vae") if isinstance(network, AutoencoderKL) else folder)
    if isinstance(network, CLIPTextModel):
        # As older transformers named them and published files still do; stable-diffusion.cpp knows no other names.
        named = {f"text_model.{name}": tensor for name, tensor in network.state_dict().items()}
        save_file(named, folder / "model.safetensors", {"format": "pt"})


def main(folder: Path, form: str = "fp32") -> None:
    if form not in FORMS:
        raise SystemExit(f"the form is {form}; it must be one of {', '.join(FORMS)}")
    for part in (text_encoder, vae_encoder, vae_decoder, unet):
        torch.manual_seed(0)  # for each part, so that encoder and decoder are halves of one autoencoder
        start = time.monotonic()
        if form == "diffusers":
            write_diffusers(part, folder / part.__name__)
        elif form == "int8" and part in (text_encoder, unet):
            write_int8(part, folder / part.__name__)
        else:
            write(part, folder / part.__name__, torch.float16 if form == "fp16" else torch.float32)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(f"{part.__name__}: {time.monotonic() - start:.0f} s, at most {peak:.1f} GiB so far", flush=True)
    clip_tokenizer("<|endoftext|>", MERGES).save_pretrained(folder / "tokenizer")
    shutil.copytree(TINY / "scheduler", folder / "scheduler", dirs_exist_ok=True)
    shutil.copy(TINY / "model_index.json", folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
