"""What a run says while it goes on: a line on the terminal and the same as JSON in `log.jsonl`."""

import json
import time
from pathlib import Path


class Progress:
    """Logs smoothed loss, speed and time left; `total` counts units over the whole run, `start` those done before."""

    def __init__(self, folder: Path, total: int, start: int = 0, unit: str = "step") -> None:
        self._path, self._total, self._start, self._unit = folder / "log.jsonl", total, start, unit
        self._begin = time.monotonic()
        self._smoothed: dict[str, float] = {}

    def update(self, losses: dict[str, float]) -> None:
        """Take the losses of one step into the running means (about the last 50 steps)."""
        for name, value in losses.items():
            self._smoothed[name] = 0.98 * self._smoothed.get(name, value) + 0.02 * value

    def report(self, step: int, **values: float) -> None:
        """Log after `step` units: means, `values`, units a second and seconds left."""
        speed = (step - self._start) / max(time.monotonic() - self._begin, 1e-9)
        entry = {
            self._unit: step,
            **{name: round(value, 4) for name, value in self._smoothed.items()},
            **values,
            f"{self._unit}s_per_second": round(speed, 3),
            "seconds_left": round((self._total - step) / max(speed, 1e-9)),
        }
        with self._path.open("a") as log:
            log.write(json.dumps(entry) + "\n")
        print("  ".join(f"{name} {value}" for name, value in entry.items()), flush=True)
