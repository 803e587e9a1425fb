"""From a model in PyTorch to a folder of ONNX graphs that latentd serves."""
