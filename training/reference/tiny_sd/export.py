"""Makes the tiny Stable Diffusion models and exports them with optimum, into tests/models/.

SCRATCH then holds the same models for PyTorch, which `pictures.py` reads. From the repository root, in an environment
with torch 2.13.0, optimum-onnx[onnxruntime] 0.1.0, transformers 4.57.6 and diffusers 0.35.2:
    PYTHONPATH=training/reference python -m tiny_sd.export SCRATCH
"""

import json
import os
import sys
from pathlib import Path

from diffusers import DiffusionPipeline
from optimum.exporters.onnx import main_export

from .models import FAMILIES, make
from .variants import int8, old_export, several_data_files

OLD = "tiny-sd-old"
MODELS = Path("tests/models").resolve()
# As version 1.5 and its inpainting model were published: what it does not name is left to the class that reads it.
PUBLISHED = ("tiny-sd", "tiny-sd-inpaint")
PUBLISHED_SCHEDULER = {
    "_class_name": "PNDMScheduler", "_diffusers_version": "0.6.0", "beta_end": 0.012, "beta_schedule": "scaled_linear",
    "beta_start": 0.00085, "clip_sample": False, "num_train_timesteps": 1000, "set_alpha_to_one": False,
    "skip_prk_steps": True, "steps_offset": 1, "trained_betas": None,
}


def save(name: str, scratch: Path) -> None:
    pipeline = make(name)
    # Clip skip needs outputs that an export has only if the text encoder's config asks for them.
    pipeline.text_encoder.config.output_hidden_states = name == "tiny-sd"
    pipeline.save_pretrained(scratch / name)


def export(name: str) -> None:
    dtype = "fp16" if name == "tiny-sd2" else "fp32"
    main_export(name, MODELS / name, task="text-to-image", dtype=dtype, do_validation=False)
    if name in PUBLISHED:
        text = json.dumps(PUBLISHED_SCHEDULER, indent=2)
        for folder in (Path(name), MODELS / name):
            (folder / "scheduler" / "scheduler_config.json").write_text(text + "\n")


def main(scratch: Path) -> None:
    for name in FAMILIES:
        save(name, scratch)
    # Relative names, because exports write down where they came from.
    os.chdir(scratch)
    for name in FAMILIES:
        if name != OLD:
            export(name)
    old_export(DiffusionPipeline.from_pretrained(OLD), MODELS / OLD)
    several_data_files(MODELS / "tiny-sd", MODELS / "tiny-sd-external")
    int8(MODELS / "tiny-sd", MODELS / "tiny-sd-int8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
