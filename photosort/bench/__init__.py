"""The clustering comparison: k-means, autoencoder + k-means, DEC."""
