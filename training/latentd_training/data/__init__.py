"""Data sets: made from pictures, read by every command, and their latents and embeddings."""
