/**
 * A password or token in clear. It cannot be logged, serialised or concatenated by accident: every implicit way to
 * text gives `[secret]`, and the value comes out only by name.
 */
export class Secret {
  readonly #value: string; // a # field: invisible to spread, JSON, structuredClone and `inspect` with showHidden

  constructor(value: string) {
    this.#value = value;
  }

  /** The value in clear. Searching the code for this name finds every place that can leak one. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]';
  }
}
