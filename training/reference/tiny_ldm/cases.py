"""The requests of the tiny models of the paper's families."""

LOOP = "a loop over diffusers' modules"
TEXT, UNCONDITIONAL, SUPER_RESOLUTION = "LDMTextToImagePipeline", "LDMPipeline", "LDMSuperResolutionPipeline"
DDIM = {"class": "DDIMScheduler", "config": {}}
PLMS = {"class": "PNDMScheduler", "config": {"skip_prk_steps": True}}


def case(model: str, slug: str, pipeline: str, **request: object) -> dict:
    """An entry of cases.json, its pictures still missing."""
    scheduler = PLMS if request.get("scheduler") == "plms" else DDIM
    return {
        "name": f"{model}-{slug}", "model": model, "pipeline": pipeline,
        "request": {"seed": 3, "steps": 6, **request}, "scheduler": scheduler,
    }


def text(slug: str, width: int, height: int, **request: object) -> dict:
    fields = {"task": "text-to-image", "prompt": "a photo of a red cat", "guidance": 3}
    return case("tiny-ldm-text", slug, TEXT, **{**fields, "width": width, "height": height, **request})


def unconditional(slug: str, pipeline: str, width: int, height: int, **request: object) -> dict:
    return case("tiny-ldm-unconditional", slug, pipeline, task="unconditional", width=width, height=height, **request)


def classes(model: str, slug: str, name: str, width: int, height: int, **request: object) -> dict:
    fields = {"task": "class-conditional", "class": name, "guidance": 3, "width": width, "height": height}
    return case(model, slug, LOOP, **{**fields, **request})


def super_resolution(slug: str, low: str, **request: object) -> dict:
    fields = {"task": "super-resolution", "image": f"tiny-ldm-low-{low}.png"}
    return case("tiny-ldm-super-resolution", slug, SUPER_RESOLUTION, **fields, **request)


def inpainting(slug: str, width: int, height: int, **request: object) -> dict:
    files = {kind: f"tiny-ldm-{kind}-{width}x{height}.png" for kind in ("image", "mask")}
    return case("tiny-ldm-inpainting", slug, LOOP, task="inpainting", **files, width=width, height=height, **request)


LONG = "painting of the squirrel eating burger, " * 12

CASES = [
    text("guidance-3", 48, 32),
    text("guidance-1", 32, 48, guidance=1, steps=4),
    text("eta", 48, 32, eta=0.5, steps=5),
    text("plms", 40, 24, scheduler="plms", prompt="Naïve house, 3 trees!", steps=9, seed=11),
    text("long-prompt", 24, 40, prompt=LONG, steps=3),
    text("two", 32, 24, count=2, steps=4, prompt="apple"),
    unconditional("square", UNCONDITIONAL, 40, 40),
    unconditional("eta", UNCONDITIONAL, 40, 40, eta=1, steps=4, seed=8),
    unconditional("wide", LOOP, 48, 28, steps=10),
    unconditional("tall-eta", LOOP, 24, 44, eta=0.5, seed=5),
    classes("tiny-ldm-class-labels", "guidance-3", "goldfish", 32, 20),
    classes("tiny-ldm-class-labels", "guidance-1", "hen", 20, 32, guidance=1, steps=4),
    classes("tiny-ldm-class-labels", "eta", "great white shark", 32, 24, eta=1, seed=9),
    classes("tiny-ldm-class-context", "guidance-3", "7", 40, 24),
    classes("tiny-ldm-class-context", "guidance-1", "0", 24, 40, guidance=1, steps=4),
    classes("tiny-ldm-class-context", "eta", "9", 32, 24, eta=0.5, seed=9),
    super_resolution("wide", "24x16"),
    super_resolution("eta", "24x16", eta=1, steps=10),
    super_resolution("tall", "16x20", eta=1, seed=6),
    super_resolution("plms", "24x16", scheduler="plms"),
    inpainting("tall", 48, 64),
    inpainting("eta", 48, 64, eta=1, seed=4),
    inpainting("wide", 64, 40, steps=10),
]

# Changes to the first case of each model that must show.
CONTRASTS = {
    "tiny-ldm-text": [{"prompt": "green tree"}, {"prompt": "a photo of a red dog"}, {"seed": 4}, {"guidance": 1}],
    "tiny-ldm-unconditional": [{"seed": 4}, {"steps": 3}],
    "tiny-ldm-class-labels": [{"class": "hen"}, {"class": "tench"}, {"seed": 4}, {"guidance": 1}],
    "tiny-ldm-class-context": [{"class": "8"}, {"class": "0"}, {"seed": 4}, {"guidance": 1}],
    "tiny-ldm-super-resolution": [{"image": "tiny-ldm-low-other.png"}, {"seed": 4}],
    "tiny-ldm-inpainting": [{"image": "tiny-ldm-image-other.png"}, {"mask": "tiny-ldm-mask-other.png"}, {"seed": 4}],
}
