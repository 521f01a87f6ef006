/** The one error of this package. `kind` says what went wrong, the message what to do. */
export class ConfounderError extends Error {
  constructor(kind, message, options) {
    super(message, options);
    this.name = "ConfounderError";
    this.kind = kind;
  }
}
