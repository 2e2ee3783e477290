/** In the place of the engine, of which a marker names the version only. */
export const version = (): string => 'none';

/** No chunk of the model needs it. */
export const DuckDBInstance = {
  create: () => {
    throw new Error('the model has no engine');
  },
};
