"""Checkpoints that a kill at any moment leaves whole."""

import os
import signal
from pathlib import Path

import torch


def save_checkpoint(path: Path, state: dict) -> None:
    """Write `state` beside `path`, then rename: readers see the old file or the new one, never half of one."""
    temporary = path.with_suffix(".tmp")
    torch.save(state, temporary)
    os.replace(temporary, path)


def load_checkpoint(path: Path) -> dict | None:
    """Read a checkpoint of tensors and plain values, or None where there is none yet."""
    return torch.load(path, weights_only=True, map_location="cpu") if path.exists() else None


class StopSignal:
    """True once SIGTERM or SIGINT asked the process to stop: loops finish their step, save and leave."""

    def __init__(self) -> None:
        self._stopped = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)

    def _stop(self, *_: object) -> None:
        self._stopped = True

    def __bool__(self) -> bool:
        return self._stopped
