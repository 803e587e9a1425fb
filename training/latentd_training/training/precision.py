"""bf16 where the processor multiplies in it, else fp32."""

from contextlib import AbstractContextManager

import torch


def has_fast_bf16(device: torch.device) -> bool:
    """True on GPUs with bf16 and CPUs with avx512_bf16; elsewhere bf16 is emulated and slower than fp32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return torch.cpu._is_avx512_bf16_supported()


def autocast(device: torch.device) -> AbstractContextManager:
    """The context in which networks run during training."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=has_fast_bf16(device))


def default_device() -> torch.device:
    """A GPU where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
