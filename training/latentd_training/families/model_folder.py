"""A family's source folder to the folder of graphs and configs that latentd runs."""

import json
import shutil
from pathlib import Path

import diffusers
from torch import nn

from latentd_training.export.folder import write_json
from latentd_training.families.concat import concat
from latentd_training.families.conditioners import MAX_TOKENS, class_embedder_graph, text_encoder_graph
from latentd_training.families.defaults import defaults, tasks
from latentd_training.families.first_stage import decoder_graph, encoder_graph, latent_channels
from latentd_training.families.graph import Graph, write_graph
from latentd_training.families.source import Source
from latentd_training.families.unet import given_names, unet_graph

TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt")


def export_folder(source: Source, out: Path, half: bool = False, empty_class: int | None = None) -> None:
    """Writes all of `out`; each graph's size and error are printed.

    `empty_class` is the class that stands for none, which guidance needs; it must be the last one.
    """
    configs, graphs = {}, {}
    config = config_of(source.unet)
    if parts := concat(source, latent_channels(source.vae)):
        config["concat"] = parts
    configs["unet"], graphs["unet"] = config, unet_graph(source.unet)
    vae = first_stage_config(source)
    configs["vae_encoder"], graphs["vae_encoder"] = vae, encoder_graph(source.vae)
    configs["vae_decoder"], graphs["vae_decoder"] = vae, decoder_graph(source.vae)
    if source.bert is not None:
        padded = {"max_length": MAX_TOKENS, "padding": "max_length"}
        configs["text_encoder"] = {"_class_name": "LDMBertModel", **config_of(source.bert), **padded}
        graphs["text_encoder"] = text_encoder_graph(source.bert)
    if source.class_embedding is not None:
        classes, width = source.class_embedding.shape
        configs["class_embedder"] = {"_class_name": "ClassEmbedder", "hidden_size": width, "num_classes": classes}
        graphs["class_embedder"] = class_embedder_graph(source.class_embedding)
    write_classes(source, out, configs, empty_class)
    for part, graph in graphs.items():
        report(out / part / "model.onnx", graph, half)
        write_json(out / part / "config.json", configs[part])
    write_index(source, out, list(graphs))
    copy_files(source.folder / "scheduler", out / "scheduler", ("scheduler_config.json",))
    if source.bert is not None:
        copy_files(source.folder / "tokenizer", out / "tokenizer", TOKENIZER_FILES)


def report(path: Path, graph: Graph, half: bool) -> None:
    error = write_graph(path, graph, half)
    size = sum(file.stat().st_size for file in path.parent.glob("model.onnx*"))
    print(f"{path}: {size / 1e6:.2f} MB, largest error {error:.1g}")


def config_of(module: nn.Module) -> dict:
    """diffusers' or transformers' own fields, with the defaults of those that the file left out."""
    fields = module.config.to_dict() if hasattr(module.config, "to_dict") else json.loads(module.to_json_string())
    return {name: value for name, value in fields.items() if name != "_name_or_path"}


def first_stage_config(source: Source) -> dict:
    """LDMSuperResolutionPipeline decodes latents as they are, whatever the config says."""
    unscaled = {"scaling_factor": 1.0} if source.pipeline == "LDMSuperResolutionPipeline" else {}
    return {**config_of(source.vae), **unscaled}


def write_classes(source: Source, out: Path, configs: dict[str, dict], empty_class: int | None) -> None:
    """`classes.json`, names by id, beside the part that takes classes. Names are `id2label` of model_index.json."""
    labelled = "class_labels" in given_names(source.unet)
    part = "class_embedder" if source.class_embedding is not None else "unet" if labelled else None
    if part is None:
        if empty_class is not None:
            raise ValueError(f"The empty class is {empty_class}; this model has no classes, leave it out")
        return
    classes = configs[part]["num_classes" if part == "class_embedder" else "num_class_embeds"]
    if empty_class is not None:
        if empty_class != classes - 1:
            raise ValueError(f"The empty class is {empty_class}; it must be the last of {classes}, {classes - 1}")
        configs[part]["empty_class"] = empty_class
        classes -= 1
    names = source.index.get("id2label", {})
    write_json(out / part / "classes.json", [names.get(str(each), str(each)) for each in range(classes)])


def write_index(source: Source, out: Path, parts: list[str]) -> None:
    index = {
        "_class_name": source.pipeline,
        "_diffusers_version": diffusers.__version__,
        "unet": ["diffusers", type(source.unet).__name__],
        "vae": ["diffusers", type(source.vae).__name__],
        "scheduler": source.index["scheduler"],
    }
    if "text_encoder" in parts:
        index |= {"text_encoder": ["diffusers", "LDMBertModel"], "tokenizer": ["transformers", "BertTokenizer"]}
    if "class_embedder" in parts:
        index["class_embedder"] = ["latentd", "ClassEmbedder"]
    index["latentd"] = {"tasks": tasks(source), "defaults": defaults(source)}
    write_json(out / "model_index.json", index)


def copy_files(folder: Path, out: Path, names: tuple[str, ...]) -> None:
    """Those of the files that are there; at least one must be."""
    present = [folder / name for name in names if (folder / name).exists()]
    if not present:
        raise FileNotFoundError(f"{folder} has none of {', '.join(names)}; one is needed")
    out.mkdir(parents=True, exist_ok=True)
    for path in present:
        shutil.copyfile(path, out / path.name)
