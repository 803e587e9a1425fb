"""The client webuiapi of PyPI, unchanged, against a server; prints what it got, one JSON object."""

import json
import sys

import webuiapi
from PIL import Image

port, key = int(sys.argv[1]), sys.argv[2]
client = webuiapi.WebUIApi(host="127.0.0.1", port=port, sampler="Euler a", steps=4)
told = {}
try:
    client.txt2img(prompt="x", width=64, height=64)
    told["without key"] = "let in"
except RuntimeError as error:
    told["without key"] = error.args[0]
client.set_auth("anyone", key)

made = client.txt2img(prompt="a red apple", negative_prompt="blurry", seed=7, cfg_scale=3, width=96, height=64, batch_size=2)
told["txt2img"] = [[image.format, *image.size] for image in made.images]
told["seeds"] = made.info["all_seeds"]
told["sampler"] = made.info["sampler_name"]
told["parameters"] = made.images[1].info["parameters"] == made.info["infotexts"][1]
told["png info"] = client.png_info(made.images[0]).info == made.info["infotexts"][0]

picture = Image.new("RGB", (96, 64), (200, 100, 50))
mask = Image.new("L", (96, 64), 0)
mask.paste(255, (0, 0, 32, 64))
edited = client.img2img(images=[picture], prompt="a hat", width=96, height=64, denoising_strength=0.5)
told["img2img"] = edited.image.size
painted = client.img2img(
    images=[picture], mask_image=mask, prompt="a hat", width=96, height=64, inpainting_fill=1, inpaint_full_res=False
)
told["inpainting"] = painted.image.size
told["upscaled"] = client.extra_single_image(picture, upscaler_1=webuiapi.Upscaler.Lanczos, upscaling_resize=2).image.size

told["progress"] = client.get_progress()["progress"]
told["model"] = client.util_get_current_model()
told["models"] = client.util_get_model_names()
told["schedulers"] = client.util_get_scheduler_names()
told["samplers"] = "Euler a" in client.util_get_sampler_names()
told["ended"] = [client.interrupt(), client.skip(), client.refresh_checkpoints(), client.set_options({})]
told["empty"] = [client.get_loras(), client.get_sd_vae(), client.get_prompt_styles(), client.get_latent_upscale_modes()]
client.util_wait_for_ready()
try:
    client.txt2img(prompt="x", sampler_name="Restart", width=64, height=64)
except RuntimeError as error:
    told["refused"] = [error.args[0], json.loads(error.args[1])["detail"]]
print(json.dumps(told))
