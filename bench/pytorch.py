"""PyTorch + diffusers in fp32, as one contestant of `deno task bench`: the networks of emoji-128 with random weights.

How long a network takes does not depend on its weights, so no checkpoint is needed. Reads one command a line, answers with one
line of JSON: `image STEPS` makes a picture with guidance, `gemm` measures the machine's matrix product, `flops` counts.
"""

import json
import sys
import time

import diffusers
import torch
from diffusers import DDIMScheduler
from latentd_training.denoiser.sampling import SCHEDULER
from latentd_training.denoiser.text_encoder import TextEncoder, Tokenizer
from latentd_training.denoiser.unet import make_unet
from latentd_training.first_stage.autoencoder import Autoencoder
from torch.utils.flop_counter import FlopCounterMode

SIZE = 2048


class Contestant:
    def __init__(self, threads: int):
        torch.set_num_threads(threads)
        self.unet = make_unet(channels_of(sys.argv[2])).eval()
        self.decoder = Autoencoder().dec.eval()
        self.text_encoder, self.tokenizer = TextEncoder(), Tokenizer()

    def image(self, steps: int) -> dict[str, float]:
        """Milliseconds of each stage of one guided picture."""
        start = time.perf_counter()
        context, _ = self.text_encoder(*self.tokenizer(["", "red apple, fluent style"]))
        encoded = time.perf_counter()
        scheduler = DDIMScheduler(**SCHEDULER)
        scheduler.set_timesteps(steps)
        x, unused = torch.randn(1, 16, 8, 8), torch.zeros(1, 65, 8, 8)
        for t in scheduler.timesteps:
            sample = torch.cat([x, unused], 1)
            pair = self.unet(torch.cat([sample, sample]), t.float().expand(2), context).sample
            without, given = pair.chunk(2)
            x = scheduler.step(without + 4 * (given - without), t, x).prev_sample
        denoised = time.perf_counter()
        self.decoder(x)
        stages = {"text": encoded - start, "denoise": denoised - encoded, "decode": time.perf_counter() - denoised}
        return {name: 1000 * seconds for name, seconds in stages.items()}

    def gemm(self) -> dict[str, float]:
        """GFLOP/s of a large fp32 matrix product, the machine's peak for our purposes."""
        a, b = torch.randn(SIZE, SIZE), torch.randn(SIZE, SIZE)
        seconds = []
        for _ in range(4):
            start = time.perf_counter()
            a @ b
            seconds.append(time.perf_counter() - start)
        return {"gflops": 2 * SIZE**3 / min(seconds) / 1e9}

    def flops(self) -> dict[str, float]:
        """GFLOP of the evaluation of a guidance pair, and of one decode."""
        with FlopCounterMode(display=False) as pair:
            self.unet(torch.zeros(2, 81, 8, 8), torch.zeros(2), torch.zeros(2, 24, 384))
        with FlopCounterMode(display=False) as decode:
            self.decoder(torch.zeros(1, 16, 8, 8))
        return {"pair": pair.get_total_flops() / 1e9, "decode": decode.get_total_flops() / 1e9}


def channels_of(config: str) -> tuple[int, ...]:
    with open(config) as file:
        return tuple(json.load(file)["block_out_channels"])


@torch.inference_mode()
def main() -> None:
    contestant = Contestant(int(sys.argv[1]))
    print(json.dumps({"versions": f"PyTorch {torch.__version__}, diffusers {diffusers.__version__}"}), flush=True)
    for line in sys.stdin:
        name, *arguments = line.split()
        print(json.dumps(getattr(contestant, name)(*map(int, arguments))), flush=True)


if __name__ == "__main__":
    main()
