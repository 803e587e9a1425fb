"""Draw prompts with latentd itself: python -m latentd_training.draw MODEL PROMPTS.jsonl OUT

Starts latentd's server with the model folder MODEL, asks it for every prompt with seed 0 and the model's own defaults,
and writes one PNG a prompt and `captions.jsonl`, which `evaluate` reads.
"""

import argparse
import json
import os
import re
import shlex
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from latentd_training.prompts import Prompt, read_prompts

ROOT = Path(__file__).parents[2]
LATENTD = "npx -y deno task native"
SEED = 0
LOADING = 503


class Server:
    """latentd's server on a free port, for one model, as a context; `command` runs from the repository's root."""

    def __init__(self, command: str, model: Path, flags: list[str]) -> None:
        self._state = tempfile.TemporaryDirectory()
        arguments = ["serve", "--port", "0", "--model", str(model.resolve()), "--state", self._state.name, *flags]
        # A session of its own: the command may be a script that starts the server as its child, and both must end.
        self._process = subprocess.Popen(
            [*shlex.split(command), *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True,
        )

    def __enter__(self) -> str:
        """Wait until it listens; gives its URL."""
        said = []
        for line in self._process.stdout:
            said.append(line)
            if found := re.search(r"listens on (http://[^\s;]+)", line):
                return found[1]
        raise RuntimeError(f"latentd ended before it listened: {''.join(said)}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait()
        self._state.cleanup()


def generate(url: str, body: dict) -> bytes:
    """One PNG; waits while the model is loading."""
    request = Request(f"{url}/v1/generate", json.dumps(body).encode(), {"content-type": "application/json"})
    while True:
        try:
            with urlopen(request) as answer:
                return answer.read()
        except HTTPError as error:
            if error.code != LOADING:
                raise RuntimeError(f"latentd answers {error.code} to {body}: {error.read().decode()}") from None
            time.sleep(0.2)


def draw(
    model: Path, prompts: list[Prompt], out: Path, steps: int | None = None, latentd: str = LATENTD,
    flags: list[str] | None = None,
) -> None:
    """Draw every prompt into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    with Server(latentd, model, flags or []) as url:
        for number, prompt in enumerate(prompts):
            file = out / f"{number:04d}.png"
            body = {"prompt": prompt.caption, "seed": SEED, **({"steps": steps} if steps else {})}
            file.write_bytes(generate(url, body))
            if (number + 1) % 32 == 0 or number + 1 == len(prompts):
                print(f"{number + 1}/{len(prompts)} pictures, {time.monotonic() - start:.0f} s", flush=True)
    lines = [{"file": f"{number:04d}.png", **vars(prompt)} for number, prompt in enumerate(prompts)]
    (out / "captions.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m latentd_training.draw", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", type=Path, help="model folder")
    parser.add_argument("prompts", type=Path, help="what `prompts` wrote, such as prompts/emoji.jsonl")
    parser.add_argument("out", type=Path, help="folder to write")
    parser.add_argument("--steps", type=int, help="denoising steps (the model's default if absent)")
    parser.add_argument("--latentd", default=LATENTD, help=f"how latentd is run (default: {LATENTD})")
    parser.add_argument("--flags", default="", help='of its command serve, such as "--device wasm --threads 1"')
    options = parser.parse_args()
    prompts = read_prompts(options.prompts)
    draw(options.model, prompts, options.out, options.steps, options.latentd, shlex.split(options.flags))


if __name__ == "__main__":
    main()
