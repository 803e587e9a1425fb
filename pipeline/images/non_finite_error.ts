/** A network gave numbers that are no picture: NaN or infinity. Doing it again would give them again. */
export class NonFiniteError extends RangeError {
  override readonly name = "NonFiniteError";
}
