"""Distillation of a trained denoiser into one of few steps."""
