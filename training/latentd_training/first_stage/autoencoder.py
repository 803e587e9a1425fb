"""The first stage: a KL autoencoder of down-sampling factor 16 with 16 latent channels (the paper's E and D)."""

import torch
import torch.nn.functional as F
from torch import nn

LATENT_CHANNELS = 16
FACTOR = 16
WIDTHS = (64, 128, 256)


def group_norm(channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(16, channels)


class ResidualBlock(nn.Module):
    """[B, C, h, w] to the same shape; starts as the identity."""

    def __init__(self, channels: int):
        super().__init__()
        self.norm1 = group_norm(channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm2 = group_norm(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)

    def forward(self, x):
        h = self.conv1(F.silu(self.norm1(x)))
        return x + self.conv2(F.silu(self.norm2(h)))


class Upsample(nn.Module):
    """[B, C, h, w] to [B, C', 2h, 2w] by a 1x1 convolution and pixel shuffle."""

    def __init__(self, channels: int, out_channels: int):
        super().__init__()
        self.conv = nn.Conv2d(channels, out_channels * 4, 1)

    def forward(self, x):
        return F.pixel_shuffle(self.conv(x), 2)


class Encoder(nn.Module):
    """Pictures [B, 3, H, W] in [-1, 1] to mean and log-variance [B, 2C, H / 16, W / 16] (C = 16 channels)."""

    def __init__(self, out_channels: int = 2 * LATENT_CHANNELS, widths: tuple[int, int, int] = WIDTHS):
        super().__init__()
        a, b, c = widths
        self.net = nn.Sequential(
            nn.PixelUnshuffle(4), nn.Conv2d(48, a, 3, padding=1), ResidualBlock(a),
            nn.Conv2d(a, b, 3, stride=2, padding=1), ResidualBlock(b), ResidualBlock(b),
            nn.Conv2d(b, c, 3, stride=2, padding=1), ResidualBlock(c), ResidualBlock(c),
            group_norm(c), nn.SiLU(), nn.Conv2d(c, out_channels, 1),
        )

    def forward(self, sample):
        return self.net(sample)


class Decoder(nn.Module):
    """Latents [B, C, h, w], not normalised, to pictures [B, 3, 16h, 16w], not clamped."""

    def __init__(self, latent_channels: int = LATENT_CHANNELS, widths: tuple[int, int, int] = WIDTHS):
        super().__init__()
        a, b, c = widths
        self.net = nn.Sequential(
            nn.Conv2d(latent_channels, c, 3, padding=1), ResidualBlock(c), ResidualBlock(c),
            Upsample(c, b), ResidualBlock(b), ResidualBlock(b),
            Upsample(b, a), ResidualBlock(a), ResidualBlock(a), ResidualBlock(a),
            group_norm(a), nn.SiLU(), nn.Conv2d(a, 48, 3, padding=1), nn.PixelShuffle(4),
        )

    def forward(self, latent_sample):
        return self.net(latent_sample)


class Autoencoder(nn.Module):
    """Encoder and decoder; `forward` samples the posterior, for training."""

    def __init__(self, latent_channels: int = LATENT_CHANNELS, widths: tuple[int, int, int] = WIDTHS):
        super().__init__()
        self.enc = Encoder(2 * latent_channels, widths)
        self.dec = Decoder(latent_channels, widths)

    def forward(self, x):
        mean, log_variance = self.enc(x).chunk(2, 1)
        log_variance = log_variance.clamp(-20, 4)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        return self.dec(z), mean, log_variance
