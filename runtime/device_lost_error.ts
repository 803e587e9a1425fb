/** The GPU went away or failed; everything on it is gone, and a new process or worker has to start over. */
export class DeviceLostError extends Error {
  override readonly name = "DeviceLostError";
}
