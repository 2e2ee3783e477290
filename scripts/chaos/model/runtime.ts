/** In the place of the functions' runtime: the model calls the steps themselves, with ports of its own. */
export const toHandler = (_schema: unknown, step: unknown): unknown => step;
