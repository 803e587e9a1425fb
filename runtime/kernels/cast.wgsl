// Half-precision inputs and outputs of graphs: one thread for each pair of numbers. Works without shader-f16.

@group(0) @binding(0) var<storage, read> pairs_in: array<u32>;
@group(0) @binding(1) var<storage, read_write> pairs_out: array<u32>;

fn index(id: vec3u, grid: vec3u) -> u32 {
  return id.y * grid.x * 256 + id.x;
}

@compute @workgroup_size(256)
fn narrow(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let i = index(id, grid);
  if (2 * i >= arrayLength(&pairs_in)) { return; }
  let high = select(0, pairs_in[2 * i + 1], 2 * i + 1 < arrayLength(&pairs_in));
  pairs_out[i] = pack2x16float(bitcast<vec2f>(vec2u(pairs_in[2 * i], high)));
}

@compute @workgroup_size(256)
fn widen(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let i = index(id, grid);
  if (2 * i >= arrayLength(&pairs_out)) { return; }
  let pair = bitcast<vec2u>(unpack2x16float(pairs_in[i]));
  pairs_out[2 * i] = pair.x;
  if (2 * i + 1 < arrayLength(&pairs_out)) { pairs_out[2 * i + 1] = pair.y; }
}
