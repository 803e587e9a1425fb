// Device.step: one thread for each element of a row, one row of the grid for each row of the batch.

struct Row {
  guidance: f32,
  x0_x: f32,
  x0_predicted: f32,
  clip: f32,
  next_x: f32,
  next_predicted: f32,
  next_x0: f32,
  next_noise: f32,
  keep_x: f32,
  keep_predicted: f32,
  keep_x0: f32,
  guided: f32,
  history: vec4f,
}

// A uniform, for WebGPU guarantees only 8 storage buffers; as many rows as step_rows.ts packs.
@group(0) @binding(0) var<uniform> rows: array<Row, 64>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> predicted: array<f32>;
@group(0) @binding(3) var<storage, read> history0: array<f32>;
@group(0) @binding(4) var<storage, read> history1: array<f32>;
@group(0) @binding(5) var<storage, read> history2: array<f32>;
@group(0) @binding(6) var<storage, read> noise: array<f32>;
@group(0) @binding(7) var<storage, read_write> next: array<f32>;
@group(0) @binding(8) var<storage, read_write> kept: array<f32>;

// A tensor that is not there is bound to another one with weight 0, so it is not read: it might hold an infinity.
@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let batch = grid.y;
  let row_size = arrayLength(&x) / batch;
  if (id.x >= row_size) { return; }
  let i = id.y * row_size + id.x;
  let row = rows[id.y];

  let latent = x[i];
  var p = predicted[i];
  if (row.guided != 0.0) { p += row.guidance * (predicted[i + batch * row_size] - p); }
  let clean = clamp(row.x0_x * latent + row.x0_predicted * p, -row.clip, row.clip);

  var sum = row.next_x * latent + row.next_predicted * p + row.next_x0 * clean;
  if (row.history[0] != 0.0) { sum += row.history[0] * history0[i]; }
  if (row.history[1] != 0.0) { sum += row.history[1] * history1[i]; }
  if (row.history[2] != 0.0) { sum += row.history[2] * history2[i]; }
  if (row.next_noise != 0.0) { sum += row.next_noise * noise[i]; }
  next[i] = sum;
  kept[i] = row.keep_x * latent + row.keep_predicted * p + row.keep_x0 * clean;
}
