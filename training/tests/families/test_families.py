"""The export of the paper's families: graphs equal PyTorch, and what cannot be exported is refused by name."""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from diffusers import DDIMScheduler, LDMPipeline, UNet2DConditionModel, UNet2DModel, VQModel
from safetensors.torch import save_file

from latentd_training.families import first_stage
from latentd_training.families import graph as graph_module
from latentd_training.families.first_stage import VQDecoder, decoder_graph, encoder_graph
from latentd_training.families.graph import TOLERANCE, Graph, write_graph
from latentd_training.families.model_folder import export_folder
from latentd_training.families.source import read_source
from latentd_training.families.unet import unet_graph

BLOCKS = {"block_out_channels": (8, 12), "layers_per_block": 1, "norm_num_groups": 4}


def unet(**config) -> UNet2DModel:
    blocks = {"down_block_types": ("DownBlock2D", "AttnDownBlock2D"), "up_block_types": ("AttnUpBlock2D", "UpBlock2D")}
    return UNet2DModel(**{"sample_size": 8, "attention_head_dim": 4, **BLOCKS, **blocks, **config}).eval()


def vq(**config) -> VQModel:
    blocks = {"down_block_types": ["DownEncoderBlock2D"] * 2, "up_block_types": ["UpDecoderBlock2D"] * 2}
    vae = VQModel(**{"num_vq_embeddings": 19, **BLOCKS, **blocks, **config}).eval()
    torch.nn.init.normal_(vae.quantize.embedding.weight)
    return vae


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A diffusers folder of an unconditional model."""
    torch.manual_seed(0)
    LDMPipeline(vqvae=vq(), unet=unet(), scheduler=DDIMScheduler()).save_pretrained(tmp_path / "source")
    return tmp_path / "source"


def change_index(source: Path, **fields) -> None:
    path = source / "model_index.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


KINDS = {
    "resnet blocks that change the size": lambda: unet(downsample_type="resnet", upsample_type="resnet"),
    "Fourier features of time": lambda: unet(time_embedding_type="fourier", flip_sin_to_cos=False),
    "learned embedding of time": lambda: unet(time_embedding_type="learned", num_train_timesteps=1000),
    "scale and shift": lambda: unet(resnet_time_scale_shift="scale_shift", attn_norm_num_groups=4),
    "class labels": lambda: unet(num_class_embeds=5),
    "class labels and context": lambda: UNet2DConditionModel(
        sample_size=8, cross_attention_dim=6, attention_head_dim=2, num_class_embeds=5, **BLOCKS,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
    ),
    "conditional without attention": lambda: UNet2DConditionModel(
        sample_size=8, **BLOCKS, down_block_types=("DownBlock2D",) * 2, up_block_types=("UpBlock2D",) * 2,
        mid_block_type="UNetMidBlock2D",
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_unet_equals_pytorch(kind: str, tmp_path: Path):
    torch.manual_seed(0)
    assert write_graph(tmp_path / "model.onnx", unet_graph(KINDS[kind]().eval())) < 1e-4


SPATIAL = {"norm_type": "spatial", "block_out_channels": (32, 64)}
FIRST_STAGES = [SPATIAL, {"mid_block_add_attention": False}, {"vq_embed_dim": 5}]


@pytest.mark.parametrize("config", FIRST_STAGES, ids=str)
def test_first_stage_equals_pytorch(config: dict, tmp_path: Path):
    torch.manual_seed(0)
    vae = vq(**config)
    assert write_graph(tmp_path / "encoder.onnx", encoder_graph(vae)) < 1e-4
    assert write_graph(tmp_path / "decoder.onnx", decoder_graph(vae)) < 1e-4


@pytest.mark.parametrize("at_once", [1, 7, 19, 100])
def test_quantisation_equals_diffusers(at_once: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(first_stage, "CODES_AT_ONCE", at_once)
    vae = vq()
    latents = torch.randn(2, 3, 5, 4, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.allclose(VQDecoder(vae)(latents), vae.decode(latents).sample, atol=1e-5)
        nearest = VQDecoder(vae).nearest(latents.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        assert torch.allclose(nearest, vae.quantize(latents)[0], atol=1e-6)


def test_half_stores_half_the_bytes_and_stays_near(tmp_path: Path):
    torch.manual_seed(0)
    model = unet(block_out_channels=(32, 64))
    graph = unet_graph(model)
    feeds = list(graph.examples[1].values())
    with torch.no_grad():
        before = graph.module(*feeds).numpy()
    write_graph(tmp_path / "full/model.onnx", graph)
    assert write_graph(tmp_path / "half/model.onnx", graph, half=True) < 1e-4
    graphs = [onnx.load(tmp_path / kind / "model.onnx").graph for kind in ("full", "half")]
    full, half = (sum(len(tensor.raw_data) for tensor in each.initializer) for each in graphs)
    assert half < 0.55 * full
    session = onnxruntime.InferenceSession(tmp_path / "half/model.onnx")
    after = session.run(None, {name: value.numpy() for name, value in graph.examples[1].items()})[0]
    assert after.dtype == np.float32
    assert 0 < np.abs(after - before).max() < 0.01 * np.abs(before).max()


def test_large_weights_lie_beside_the_graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(graph_module, "LARGEST_INLINE", 1000)
    for _ in range(2):  # a second export replaces the first
        write_graph(tmp_path / "model.onnx", unet_graph(unet()))
    weights = sum(p.numel() * 4 for p in unet().parameters())
    assert {path.name for path in tmp_path.iterdir()} == {"model.onnx", "model.onnx_data"}
    graph, data = ((tmp_path / name).stat() for name in ("model.onnx", "model.onnx_data"))
    assert weights * 0.8 < data.st_size < weights * 1.1  # the smallest tensors stay in the graph
    assert data.st_mode == graph.st_mode


class Fading(torch.nn.Module):
    """Its trace keeps the number that was right for the traced input alone."""

    def forward(self, x):
        return x * float(x.sum())


def test_a_graph_that_differs_is_refused(tmp_path: Path):
    graph = Graph(Fading(), [{"x": torch.ones(2)}, {"x": torch.ones(3)}], {"y": {0: "n"}}, {"x": {0: "n"}})
    with pytest.raises(ArithmeticError, match=f"at most {TOLERANCE:g}"):
        write_graph(tmp_path / "model.onnx", graph)


def test_a_pipeline_of_another_family_is_refused(source: Path):
    change_index(source, _class_name="StableDiffusionPipeline")
    with pytest.raises(NotImplementedError, match="StableDiffusionPipeline.*optimum-cli"):
        read_source(source)


def test_a_missing_part_is_refused(source: Path):
    change_index(source, _class_name="LDMTextToImagePipeline")
    with pytest.raises(FileNotFoundError, match="bert"):
        read_source(source)


def test_channels_that_do_not_fit_are_refused(source: Path, tmp_path: Path):
    change_index(source, _class_name="LDMSuperResolutionPipeline")
    with pytest.raises(ValueError, match="in_channels of the UNet is 3.*3 latents . 3 low_resolution = 6"):
        export_folder(read_source(source), tmp_path / "out")


def test_conditions_of_other_families_are_refused():
    with pytest.raises(NotImplementedError, match="class_embed_type"):
        unet_graph(unet(class_embed_type="timestep"))


def test_an_empty_class_needs_classes(source: Path, tmp_path: Path):
    with pytest.raises(ValueError, match="no classes"):
        export_folder(read_source(source), tmp_path / "out", empty_class=3)


@pytest.mark.parametrize("empty", [None, 3])
def test_class_embedding(source: Path, tmp_path: Path, empty: int | None):
    change_index(source, _class_name="LatentDiffusionPipeline", id2label={"0": "tench", "2": "hen"})
    (source / "class_embedder").mkdir()
    weight = torch.randn(4, 5)
    save_file({"embedding.weight": weight}, source / "class_embedder/model.safetensors")
    export_folder(read_source(source), tmp_path, empty_class=empty)
    config = json.loads((tmp_path / "class_embedder/config.json").read_text())
    assert (config["num_classes"], config["hidden_size"], config.get("empty_class")) == (4, 5, empty)
    names = json.loads((tmp_path / "class_embedder/classes.json").read_text())
    assert names == (["tench", "1", "hen"] if empty else ["tench", "1", "hen", "3"])
    session = onnxruntime.InferenceSession(tmp_path / "class_embedder/model.onnx")
    assert np.array_equal(session.run(None, {"class_labels": np.array([2, 0])})[0], weight[[2, 0]][:, None].numpy())
