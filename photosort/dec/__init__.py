"""Deep embedded clustering: the algorithm, the estimator, the autoencoder; nothing of photos."""
