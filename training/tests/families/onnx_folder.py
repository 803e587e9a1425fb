"""Runs an exported folder with onnxruntime, knowing no more of the model than its configs tell."""

import json
from functools import cached_property
from pathlib import Path

import diffusers
import numpy as np
import onnxruntime
import torch
from PIL import Image
from transformers import BertTokenizer


class OnnxFolder:
    """A folder that `latentd_training.families` wrote."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.sessions: dict[str, onnxruntime.InferenceSession] = {}

    def config(self, part: str) -> dict:
        return json.loads((self.folder / part / "config.json").read_text())

    def run(self, part: str, **feeds: np.ndarray) -> np.ndarray:
        if part not in self.sessions:
            self.sessions[part] = onnxruntime.InferenceSession(self.folder / part / "model.onnx")
        return self.sessions[part].run(None, feeds)[0]

    @cached_property
    def factor(self) -> int:
        return 2 ** (len(self.config("vae_decoder")["block_out_channels"]) - 1)

    def scheduler(self, entry: dict):
        config = json.loads((self.folder / "scheduler/scheduler_config.json").read_text())
        return getattr(diffusers, entry["class"]).from_config(config, **entry["config"])

    def conditions(self, request: dict) -> tuple[dict, dict]:
        """What the denoiser is given, and what stands for nothing."""
        if "prompt" in request:
            return self.text(request["prompt"]), self.text("")
        if "class" not in request:
            return {}, {}
        part = "class_embedder" if (self.folder / "class_embedder").exists() else "unet"
        names = json.loads((self.folder / part / "classes.json").read_text())
        labels = [np.array([label]) for label in (names.index(request["class"]), self.config(part)["empty_class"])]
        if part == "unet":
            return tuple({"class_labels": label} for label in labels)
        return tuple({"encoder_hidden_states": self.run(part, class_labels=label)} for label in labels)

    def text(self, prompt: str) -> dict:
        config = self.config("text_encoder")
        tokens = BertTokenizer.from_pretrained(self.folder / "tokenizer")(
            prompt, padding=config["padding"], max_length=config["max_length"], truncation=True, return_tensors="np",
        )
        return {"encoder_hidden_states": self.run("text_encoder", input_ids=tokens["input_ids"])}

    def concatenated(self, image: np.ndarray | None, mask: np.ndarray | None) -> list[np.ndarray]:
        """From a picture [1, 3, H, W] in [-1, 1] and a mask [1, 1, H, W] of 0 and 1."""
        channels = []
        for part in self.config("unet").get("concat", [])[1:]:
            if part["name"] == "low_resolution":
                channels.append(image)
            elif part["name"] == "mask":
                kept, filled = part["values"]
                channels.append((kept + (filled - kept) * mask[..., :: self.factor, :: self.factor]).astype(np.float32))
            else:
                assert not part["scaled"]
                hidden = np.where(mask > 0, np.float32(part["fill"]), image)
                channels.append(self.run("vae_encoder", sample=hidden))
        return channels

    def picture(self, case: dict, inputs: Path, seed: int) -> np.ndarray:
        """[H, W, 3], 0 to 255."""
        request, scheduler = case["request"], self.scheduler(case["scheduler"])
        image, mask = (read(inputs / request[name], name) if name in request else None for name in ("image", "mask"))
        concat = self.concatenated(image, mask)
        sides = (request[side] // self.factor for side in ("height", "width") if not concat)
        rows, columns = concat[0].shape[2:] if concat else sides
        generator = torch.Generator().manual_seed(seed)
        channels = self.config("unet")["out_channels"]
        latents = torch.randn(1, channels, rows, columns, generator=generator) * scheduler.init_noise_sigma
        scheduler.set_timesteps(request["steps"])
        given, empty = self.conditions(request)
        for timestep in scheduler.timesteps:
            sample = np.concatenate([latents.numpy(), *concat], 1)
            predicted = self.predict(sample, timestep, given)
            if (guidance := request.get("guidance", 1)) != 1:
                nothing = self.predict(sample, timestep, empty)
                predicted = nothing + guidance * (predicted - nothing)
            noise = {"eta": request["eta"], "generator": generator} if "eta" in request else {}
            latents = scheduler.step(torch.from_numpy(predicted), timestep, latents, **noise).prev_sample
        scaled = latents.numpy() / np.float32(self.config("vae_decoder")["scaling_factor"])
        decoded = self.run("vae_decoder", latent_sample=scaled)
        if mask is not None:
            decoded = np.where(mask > 0, decoded, image)
        return np.round((decoded / 2 + 0.5).clip(0, 1) * 255)[0].transpose(1, 2, 0)

    def predict(self, sample: np.ndarray, timestep: torch.Tensor, given: dict) -> np.ndarray:
        return self.run("unet", sample=sample, timestep=np.array([timestep], np.float32), **given)


def read(path: Path, kind: str) -> np.ndarray:
    pixels = np.asarray(Image.open(path).convert("L" if kind == "mask" else "RGB"), np.float32)
    values = pixels.reshape(*pixels.shape[:2], -1).transpose(2, 0, 1)[None]
    return (values > 127.5).astype(np.float32) if kind == "mask" else values / np.float32(127.5) - 1
