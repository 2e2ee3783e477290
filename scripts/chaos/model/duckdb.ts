/** In the place of the engine, of which a marker names the version only. */
export const version = (): string => 'none';

/** No chunk of the model needs it. */
export const DuckDBInstance = {
  create: () => {
    throw new Error('the model has no engine');
  },
};

/** Types and functions that the engine would be told of. */
export const BOOLEAN = 'BOOLEAN';
export const INTEGER = 'INTEGER';
export const DuckDBScalarFunction = { create: DuckDBInstance.create };
