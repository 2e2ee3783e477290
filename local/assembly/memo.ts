/** Computes each named value once, whenever it is first asked for; a value that needs itself is an error that names the circle. */
export class Memo {
  private readonly values = new Map<string, unknown>();
  private readonly underway: string[] = [];

  once<Value>(name: string, compute: () => Value): Value {
    if (this.values.has(name)) return this.values.get(name) as Value;
    if (this.underway.includes(name)) {
      throw new RangeError(`circular reference: ${[...this.underway.slice(this.underway.indexOf(name)), name].join(' -> ')}`);
    }
    this.underway.push(name);
    try {
      const value = compute();
      this.values.set(name, value);
      return value;
    } finally {
      this.underway.pop();
    }
  }
}
