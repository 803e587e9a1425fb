"""Training of latentd models: data sets, autoencoders and latent diffusion (Rombach et al. 2022, arXiv:2112.10752)."""
