"""The UNet with small weights and integer arithmetic, and what its layers are calibrated on."""
