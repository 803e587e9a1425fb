// Device.mix: one thread for each element of a row, one row of the grid for each row of the batch.

struct Shape {
  row_size: u32,
  plane: u32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> mask: array<f32>;
@group(0) @binding(4) var<storage, read_write> result: array<f32>;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= shape.row_size) { return; }
  let i = id.y * shape.row_size + id.x;
  let m = mask[id.y * shape.plane + id.x % shape.plane];
  result[i] = a[i] * m + b[i] * (1.0 - m);
}
