"""OpenAI's own Python client, unchanged, against a server; prints what it got, one JSON object."""

import base64
import io
import json
import sys

import openai
from PIL import Image

url = sys.argv[1]
client = openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0, timeout=30)
picture = Image.new("RGB", (96, 64), (200, 100, 50))
mask = Image.new("RGBA", (96, 64), (0, 0, 0, 255))
mask.paste((0, 0, 0, 0), (0, 0, 32, 64))
told = {}


def file(image, kind="PNG"):
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return (f"picture.{kind.lower()}", buffer.getvalue())


def size_of(data):
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        image.load()
        return [image.format, *image.size]


def fails(call):
    try:
        call()
    except openai.OpenAIError as error:
        return [type(error).__name__, getattr(error, "status_code", None), getattr(error, "param", None)]
    return None


extra = {"seed": 7, "steps": 4, "cfg_scale": 2.5, "negative_prompt": "blurry"}
images = client.images.generate(prompt="a red apple", size="96x64", n=2, model="dall-e-3", style="vivid", extra_body=extra)
told["generate"] = [images.size, images.usage.total_tokens, [size_of(image.b64_json) for image in images.data]]
told["seeds"] = [image.seed for image in images.data]

edited = client.images.edit(image=file(picture, "WEBP"), mask=file(mask), prompt="a hat", n=2, extra_body={"seed": 3})
told["edit"] = [size_of(image.b64_json) for image in edited.data]
listed = client.images.edit(image=[file(picture, "JPEG")], prompt="a hat", size="auto", output_format="webp")
told["edit of a list"] = [listed.output_format, size_of(listed.data[0].b64_json)]
varied = client.images.create_variation(image=file(picture), n=1)
told["variation"] = size_of(varied.data[0].b64_json)

stream = client.images.generate(prompt="x", stream=True, partial_images=2, extra_body={"steps": 6})
told["stream"] = [[event.type, getattr(event, "partial_image_index", None)] for event in stream]
with client.images.edit(image=file(picture), prompt="left", stream=True, partial_images=3, extra_body={"steps": 400}) as left:
    told["left"] = next(iter(left)).type

told["models"] = [model.id for model in client.models.list()]
told["model"] = client.models.retrieve("other").owned_by
raw = client.images.with_raw_response.generate(prompt="x")
told["raw"] = [raw.status_code, raw.headers["x-latentd-model"], raw.request_id is not None, len(raw.parse().data)]
told["errors"] = [
    fails(lambda: client.images.generate(prompt="x", background="transparent")),
    fails(lambda: client.images.generate(prompt="x", extra_body={"stepz": 3})),
    fails(lambda: client.images.edit(image=[file(picture), file(picture)], prompt="x")),
    fails(lambda: client.models.retrieve("none")),
    fails(lambda: client.images.generate(prompt="late", timeout=0.2, extra_body={"steps": 100})),
]
print(json.dumps(told))
