"""What a pretrained network sees in a photo."""

from typing import Final

NETWORK_FILES: Final = (".tflite", ".onnx")  # what a network of the user's can be
