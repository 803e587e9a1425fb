"""The second stage's networks: text encoder, condition embedders, UNet, noise schedule, sampling."""
