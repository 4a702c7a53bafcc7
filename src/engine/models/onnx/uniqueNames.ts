/** Hands out names that differ from each other and from those reserved. */
export class UniqueNames {
  private readonly taken: Set<string>;
  private readonly next = new Map<string, number>();

  constructor(reserved: Iterable<string> = []) {
    this.taken = new Set(reserved);
  }

  /** The name itself when it is free, else with the first free suffix (`_1`, `_2`). */
  make(name: string): string {
    let candidate = name;
    let suffix = this.next.get(name) ?? 1;
    while (this.taken.has(candidate)) candidate = `${name}_${suffix++}`;
    this.next.set(name, suffix);
    this.taken.add(candidate);
    return candidate;
  }
}
