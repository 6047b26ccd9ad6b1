"""Features in, groups out: autoencoder, DEC, scores."""
