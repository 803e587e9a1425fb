import cast from "../kernels/cast.wgsl" with { type: "text" };
import feed from "../kernels/feed.wgsl" with { type: "text" };
import mix from "../kernels/mix.wgsl" with { type: "text" };
import step from "../kernels/step.wgsl" with { type: "text" };

/** Threads of a workgroup, as the shaders declare them. */
const WORKGROUP = 256;

const KERNELS = {
  feed: { code: feed, entryPoint: "main" },
  mix: { code: mix, entryPoint: "main" },
  step: { code: step, entryPoint: "main" },
  narrow: { code: cast, entryPoint: "narrow" },
  widen: { code: cast, entryPoint: "widen" },
} as const;

/** Our shaders on one GPU, each compiled when it is first used. */
export class GpuKernels {
  readonly #device: GPUDevice;
  readonly #pipelines = new Map<keyof typeof KERNELS, GPUComputePipeline>();

  /** Shaders for a device. */
  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /**
   * Submits one pass of a kernel.
   *
   * @param name which kernel
   * @param bindings what it binds, in the shader's order
   * @param columns elements of a row
   * @param rows rows of the grid
   * @throws {RangeError} if the GPU cannot take so many at once
   */
  run(name: keyof typeof KERNELS, bindings: readonly GPUBufferBinding[], columns: number, rows: number): void {
    const groups = Math.ceil(columns / WORKGROUP);
    const { maxComputeWorkgroupsPerDimension: most } = this.#device.limits;
    if (groups > most || rows > most) {
      throw new RangeError(
        `${rows} rows of ${columns} elements are too many for the GPU, it takes ${most * WORKGROUP}`,
      );
    }
    const pipeline = this.#pipeline(name);
    const entries = bindings.map((resource, binding) => ({ binding, resource }));
    const encoder = this.#device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, this.#device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
    pass.dispatchWorkgroups(groups, rows);
    pass.end();
    this.#device.queue.submit([encoder.finish()]);
  }

  #pipeline(name: keyof typeof KERNELS): GPUComputePipeline {
    const known = this.#pipelines.get(name);
    if (known) return known;
    const { code, entryPoint } = KERNELS[name];
    const module = this.#device.createShaderModule({ code, label: name });
    const pipeline = this.#device.createComputePipeline({ layout: "auto", compute: { module, entryPoint } });
    this.#pipelines.set(name, pipeline);
    return pipeline;
  }
}
