/** A fault planted in the product's code, and the test that must fail because of it. */
export interface Mutant {
  readonly name: string;
  /** The invariant that it breaks: the number of its section in docs/invariants.md. None if it breaks only a promise made elsewhere. */
  readonly invariant?: number;
  /** Path from the root. */
  readonly file: string;
  /** Text that occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** `test` is the test's name, or the name of the `describe` around it. */
  readonly killer: { readonly file: string; readonly test: string };
}

/** Returns the text with the fault in it. Throws if `find` does not occur exactly once: the table must follow the code. */
export function plant({ name, file, find, replace }: Mutant, text: string): string {
  const parts = text.split(find);
  if (parts.length === 2) return parts.join(replace);
  throw new Error(
    `Mutant "${name}": its text occurs ${parts.length - 1} times in ${file}, and has to occur once. Update its entry in dev/mutants/table:\n${find}`,
  );
}
