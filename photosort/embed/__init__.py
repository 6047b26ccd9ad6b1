"""What a pretrained network sees in a photo."""
