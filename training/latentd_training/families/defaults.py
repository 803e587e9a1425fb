"""What a model can be asked for, and what a request gets that does not say otherwise."""

from latentd_training.families.first_stage import downsampling_factor
from latentd_training.families.source import Source
from latentd_training.families.unet import given_names

# Steps of the pipelines' own signatures; guidance as in diffusers' and CompVis' examples of the published models.
STEPS = {"LDMSuperResolutionPipeline": 100}
TEXT_GUIDANCE = 6.0
CLASS_GUIDANCE = 3.0


def takes_classes(source: Source) -> bool:
    return source.class_embedding is not None or "class_labels" in given_names(source.unet)


def tasks(source: Source) -> list[str]:
    if source.pipeline == "LDMSuperResolutionPipeline":
        return ["super-resolution"]
    if source.unet.config.in_channels > source.unet.config.out_channels:
        return ["inpainting"]
    if source.bert is not None:
        return ["text-to-image", "image-to-image"]
    return ["class-conditional"] if takes_classes(source) else ["unconditional"]


def defaults(source: Source) -> dict:
    """Width and height in pixels are those of training."""
    size = source.unet.config.sample_size
    rows, columns = size if isinstance(size, (list, tuple)) else (size, size)
    factor = downsampling_factor(source.vae)
    guidance = TEXT_GUIDANCE if source.bert is not None else CLASS_GUIDANCE if takes_classes(source) else 1.0
    return {
        "width": columns * factor,
        "height": rows * factor,
        "steps": STEPS.get(source.pipeline, 50),
        "guidance": guidance,
    }
