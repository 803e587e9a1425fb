"""One 512x512 picture by another program, for `bench/full_size.ts`; prints its milliseconds as one line of JSON.

    python bench/full_size.py [diffusers | stable-diffusion.cpp] FOLDER STEPS THREADS

FOLDER has the weights as diffusers keeps them. Nothing is guided, so that a step is one evaluation of the UNet.
"""

import json
import sys
import time
from importlib.metadata import version

PROMPT, SIZE = "a red apple", 512


def diffusers(folder: str, steps: int, threads: int) -> dict[str, float | str]:
    import torch
    from diffusers import DDIMScheduler, StableDiffusionPipeline

    torch.set_num_threads(threads)
    pipeline = StableDiffusionPipeline.from_pretrained(folder, safety_checker=None, feature_extractor=None)
    pipeline.scheduler = DDIMScheduler.from_config(pipeline.scheduler.config)
    pipeline.set_progress_bar_config(disable=True)
    start = time.perf_counter()
    with torch.inference_mode():
        states, _ = pipeline.encode_prompt(PROMPT, torch.device("cpu"), 1, False)
        encoded = time.perf_counter()
        latents = pipeline(
            prompt_embeds=states, width=SIZE, height=SIZE, num_inference_steps=steps, guidance_scale=1, output_type="latent"
        ).images
        denoised = time.perf_counter()
        pipeline.vae.decode(latents)
    decoded = time.perf_counter()
    name = f"PyTorch {torch.__version__.split('+')[0]}, diffusers {version('diffusers')}"
    return told(name, encoded - start, denoised - encoded, decoded - denoised)


def stable_diffusion_cpp(folder: str, steps: int, threads: int) -> dict[str, float | str]:
    from stable_diffusion_cpp import StableDiffusion

    model = StableDiffusion(model_path=folder, n_threads=threads, vae_decode_only=True, verbose=False)
    moments: list[float] = []
    start = time.perf_counter()
    model.generate_image(
        PROMPT, width=SIZE, height=SIZE, sample_steps=steps, cfg_scale=1, sample_method="euler", seed=0,
        progress_callback=lambda step, of, _: moments.append(time.perf_counter()) if of == steps else None,
    )
    decoded = time.perf_counter()
    # It tells when a step is done; the first one's begin is not told, so it counts as long as the others.
    denoise = (moments[-1] - moments[0]) * steps / (len(moments) - 1)
    begun = moments[-1] - denoise
    name = f"stable-diffusion.cpp (Python package {version('stable-diffusion-cpp-python')})"
    return told(name, begun - start, denoise, decoded - moments[-1])


def told(name: str, text: float, denoise: float, decode: float) -> dict[str, float | str]:
    return {"name": name, "text": 1000 * text, "denoise": 1000 * denoise, "decode": 1000 * decode}


if __name__ == "__main__":
    program, folder, *numbers = sys.argv[1:]
    make = {"diffusers": diffusers, "stable-diffusion.cpp": stable_diffusion_cpp}[program]
    print(json.dumps(make(folder, *map(int, numbers))))
