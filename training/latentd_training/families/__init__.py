"""The paper's own model families, from diffusers' folders to folders of ONNX graphs. docs/export.md tells how."""
