const { fround } = Math;

/**
 * How a distilled denoiser is told the guidance scale (Meng et al. 2023): sines and cosines of (w − 1) · 1000 at frequencies
 * from 1 to 1/10000, in float32 steps as `get_guidance_scale_embedding` of diffusers' latent consistency pipelines.
 *
 * @param guidance scale w
 * @param width D, `time_cond_proj_dim` of the UNet
 */
export function guidanceEmbedding(guidance: number, width: number): Float32Array {
  const half = Math.floor(width / 2);
  const scale = fround(fround(guidance - 1) * 1000);
  const decay = fround(fround(Math.log(10000)) / (half - 1));
  const embedding = new Float32Array(width);
  for (let i = 0; i < half; i++) {
    const angle = fround(scale * fround(Math.exp(fround(i * -decay))));
    embedding[i] = Math.sin(angle);
    embedding[half + i] = Math.cos(angle);
  }
  return embedding;
}
