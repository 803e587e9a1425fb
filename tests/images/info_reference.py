"""Writes info_reference.json: small pictures with texts as Pillow and piexif write them, and texts as AUTOMATIC1111 splits them.

Run: python tests/images/info_reference.py   (pillow 13, piexif 1.1.3)
"""

import base64
import io
import json
import pathlib
import re

import piexif
import piexif.helper
import PIL
from PIL import Image, PngImagePlugin

image = Image.new("RGB", (8, 5), (200, 100, 50))
TEXT = "a fox, Füchse 狐 🦊\nNegative prompt: blurry\nSteps: 20, Sampler: DDIM, CFG scale: 7.5, Size: 8x5"
cases = []


def add(name, items, **options):
    file = io.BytesIO()
    image.save(file, **options)
    cases.append({"name": name, "file": base64.b64encode(file.getvalue()).decode(), "items": items})


info = PngImagePlugin.PngInfo()
info.add_text("parameters", "plain text, é")
info.add_text("zipped", "z" * 3000, zip=True)
info.add_text("unicode", TEXT)
info.add_itxt("language", TEXT, lang="fr", tkey="Schlüssel")
info.add_itxt("zipped unicode", TEXT * 50, lang="fr", tkey="Schlüssel", zip=True)
info.add_text("empty", "")
add("PNG", {"parameters": "plain text, é", "zipped": "z" * 3000, "unicode": TEXT, "language": TEXT,
            "zipped unicode": TEXT * 50, "empty": ""}, format="PNG", pnginfo=info)
add("PNG without text", {}, format="PNG")
for encoding in ("unicode", "ascii"):
    text = TEXT if encoding == "unicode" else "plain, Steps: 20"
    exif = piexif.dump({"Exif": {piexif.ExifIFD.UserComment: piexif.helper.UserComment.dump(text, encoding=encoding)}})
    add(f"JPEG {encoding}", {"parameters": text}, format="JPEG", exif=exif)
    add(f"WebP {encoding}", {"parameters": text}, format="WEBP", exif=exif)
little = Image.Exif()  # little-endian, and the text in the same order, as some writers have it
little.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + TEXT.encode("utf-16-le")
add("JPEG little-endian", {"parameters": TEXT}, format="JPEG", exif=little)
add("JPEG without text", {}, format="JPEG")
add("WebP without text", {}, format="WEBP")

# As modules/infotext_utils.py of AUTOMATIC1111 has it (the pattern is part of the format).
PAIR = re.compile(r'\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')


def split(text):
    *lines, last = text.strip().split("\n")
    pairs = PAIR.findall(last)
    if len(pairs) < 3:
        lines, pairs = [*lines, last], []
    prompt, negative, done = [], [], False
    for line in (line.strip() for line in lines):
        if line.startswith("Negative prompt:"):
            done, line = True, line[16:].strip()
        (negative if done else prompt).append(line)
    unquote = lambda v: json.loads(v) if len(v) > 1 and v[0] == v[-1] == '"' else v
    return {"prompt": "\n".join(prompt), "negative": "\n".join(negative), "fields": [[k, unquote(v)] for k, v in pairs]}


texts = [
    TEXT,
    "a fox\nSteps: 20, Sampler: Euler a, Schedule type: Karras, CFG scale: 7, Seed: 1, Size: 512x768, Model hash: ab, "
    'Model: "x, y: \\"z\\"", Denoising strength: 0.5, RNG: CPU, Version: v1.10.1',
    "two\nlines: of, a: prompt\nNegative prompt: bad\nworse\nSteps: 1, Seed: 2, Size: 8x8",
    "only a prompt",
    "only a prompt, with: one, or: two pairs",
    "Negative prompt: only that\nSteps: 1, Seed: 2, Size: 8x8",
    "Steps: 1, Seed: 2, Size: 8x8, Lora hashes: \"a: 1, b: 2\", TI: , Hires upscale: 2",
    "",
]
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps({
    "made_by": f"pillow {PIL.__version__}, piexif {piexif.VERSION}",
    "files": cases,
    "texts": [{"text": text, **split(text)} for text in texts],
}, indent=1) + "\n")
