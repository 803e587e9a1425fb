// Device.feed: one thread for each element of a row of the result, one row of the grid for each row of the result.

struct Shape {
  batch: u32,
  channels: u32,
  concat: u32,
  width: u32,
  plane: u32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
// Factors of the B rows, then factors and summands of the C channels.
@group(0) @binding(1) var<storage, read> scales: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> extra: array<f32>;
@group(0) @binding(4) var<storage, read_write> result: array<f32>;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row_size = shape.width * shape.plane;
  if (id.x >= row_size) { return; }
  let b = id.y % shape.batch;
  let c = id.x / shape.plane;
  let i = id.x % shape.plane;

  var value = 0.0;
  if (c < shape.channels) {
    let scale = scales[b] * scales[shape.batch + c];
    value = x[(b * shape.channels + c) * shape.plane + i] * scale + scales[shape.batch + shape.channels + c];
  } else if (c < shape.channels + shape.concat) {
    value = extra[(b * shape.concat + c - shape.channels) * shape.plane + i];
  }
  result[id.y * row_size + id.x] = value;
}
