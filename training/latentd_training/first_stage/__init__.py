"""The first stage: networks, losses and training of the autoencoder."""
