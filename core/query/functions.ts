import type { Catalogue, FunctionTraits } from './catalogue';

/** DuckDB's functions as they are written down: names by what they do, each list in one text. */
export interface PackedFunctions {
  /** The version of DuckDB that has them. */
  readonly version: string;
  readonly names: string;
  readonly aggregates: string;
  readonly unnests: string;
  readonly reads: string;
  /** Why each changes, by name. */
  readonly changes: Readonly<Record<string, string>>;
}

const listed = (catalogue: Catalogue, isOne: (traits: FunctionTraits) => boolean): string =>
  [...catalogue.entries()]
    .flatMap(([name, traits]) => (isOne(traits) ? [name] : []))
    .toSorted()
    .join(' ');

/** Names of functions hold no space. */
export const packCatalogue = (version: string, catalogue: Catalogue): PackedFunctions => ({
  version,
  names: listed(catalogue, () => true),
  aggregates: listed(catalogue, ({ isAggregate }) => isAggregate),
  unnests: listed(catalogue, ({ unnests }) => unnests),
  reads: listed(catalogue, ({ reads }) => reads),
  changes: Object.fromEntries(
    [...catalogue.entries()].flatMap(([name, { changes }]) => (changes === undefined ? [] : [[name, changes]])).toSorted(),
  ),
});

/** Reads the functions that were written down. */
export function unpackCatalogue({ names, aggregates, unnests, reads, changes }: PackedFunctions): Catalogue {
  const [aggregate, unnesting, reading] = [aggregates, unnests, reads].map((list) => new Set(list.split(' ')));
  return new Map(
    names.split(' ').map((name) => {
      const why = changes[name];
      const traits = {
        isAggregate: aggregate?.has(name) === true,
        unnests: unnesting?.has(name) === true,
        reads: reading?.has(name) === true,
      };
      return [name, { ...traits, ...(why !== undefined && { changes: why }) }];
    }),
  );
}
