"""The same models in other layouts: weights in several files, weights of eight bits, and the first exports' own."""

import json
import shutil
from pathlib import Path
from typing import Any

import onnx
import torch
from onnx.external_data_helper import set_external_data
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import nn

FILES = 3
SMALL = 256
WIDTH, HEIGHT, FACTOR = 48, 32, 4
RUNTIME = ["diffusers", "OnnxRuntimeModel"]
INDEX = {
    "_class_name": "OnnxStableDiffusionPipeline", "_diffusers_version": "0.10.2", "feature_extractor": [None, None],
    "safety_checker": [None, None], "scheduler": ["diffusers", "PNDMScheduler"], "text_encoder": RUNTIME,
    "tokenizer": ["transformers", "CLIPTokenizer"], "unet": RUNTIME, "vae_decoder": RUNTIME,
}


def several_data_files(source: Path, folder: Path) -> None:
    """The UNet's weights in `FILES` files and the text encoder's in one, as models of more than 2 GB have them."""
    shutil.copytree(source, folder, dirs_exist_ok=True)
    for part, files in (("unet", FILES), ("text_encoder", 1)):
        path = folder / part / "model.onnx"
        model = onnx.load(path)
        large = [tensor for tensor in model.graph.initializer if len(tensor.raw_data) > SMALL]
        for i, tensor in enumerate(large):
            number = f"_{i * files // len(large)}" if files > 1 else ""
            set_external_data(tensor, location=f"model.onnx_data{number}")
        path.unlink()
        for data in path.parent.glob("model.onnx_data*"):
            data.unlink()
        onnx.save(model, path)


def int8(source: Path, folder: Path) -> None:
    """Matrix products with weights and, at run time, inputs of eight bits, by onnxruntime's own tool."""
    shutil.copytree(source, folder, dirs_exist_ok=True)
    for part in ("unet", "text_encoder"):
        # Seven bits, because processors without VNNI add pairs of products of eight bits in too few.
        quantize_dynamic(
            source / part / "model.onnx", folder / part / "model.onnx", op_types_to_quantize=["MatMul"],
            weight_type=QuantType.QInt8, reduce_range=True, per_channel=True,
        )


class Part(nn.Module):
    """A part as the graph has it: tensors in, tensors out."""

    def __init__(self, function: Any, owner: nn.Module) -> None:
        super().__init__()
        self.owner, self.function = owner, function

    def forward(self, *given: torch.Tensor) -> Any:
        return self.function(*given)


def write(part: Part, given: tuple[torch.Tensor, ...], names: tuple[list[str], list[str]], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    inputs, outputs = names
    torch.onnx.export(
        part.eval(), given, str(path), input_names=inputs, output_names=outputs, opset_version=14, dynamo=False,
    )


def old_export(pipeline: Any, folder: Path) -> None:
    """The layout of the first ONNX exports, by diffusers' `convert_stable_diffusion_checkpoint_to_onnx.py`.

    Ids are int32, the timestep is int64 of shape [1], parts have no config, the UNet's weights lie in `weights.pb`, and
    there is no encoder of pictures. As with static exports, the graphs are made for one size and batch only.
    """
    encoder, unet, vae = pipeline.text_encoder, pipeline.unet, pipeline.vae
    rows, columns = HEIGHT // FACTOR, WIDTH // FACTOR
    states = torch.randn(2, 77, unet.config.cross_attention_dim)

    def encode(ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        made = encoder(ids)
        return made.last_hidden_state, made.pooler_output

    write(
        Part(encode, encoder), (torch.zeros(1, 77, dtype=torch.int32),),
        (["input_ids"], ["last_hidden_state", "pooler_output"]), folder / "text_encoder" / "model.onnx",
    )
    write(
        Part(lambda *given: unet(*given, return_dict=False)[0], unet),
        (torch.randn(2, 4, rows, columns), torch.tensor([1]), states),
        (["sample", "timestep", "encoder_hidden_states"], ["out_sample"]), folder / "unet" / "model.onnx",
    )
    write(
        Part(lambda latents: vae.decode(latents, return_dict=False)[0], vae), (torch.randn(1, 4, rows, columns),),
        (["latent_sample"], ["sample"]), folder / "vae_decoder" / "model.onnx",
    )
    path = folder / "unet" / "model.onnx"
    onnx.save_model(onnx.load(path), path, save_as_external_data=True, location="weights.pb")
    pipeline.tokenizer.save_pretrained(folder / "tokenizer")
    pipeline.scheduler.save_pretrained(folder / "scheduler")
    (folder / "model_index.json").write_text(json.dumps(INDEX, indent=2) + "\n")
