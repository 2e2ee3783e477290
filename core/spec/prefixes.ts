import { requestKey } from '../keys';

/** Where files handed to `run` land; see `requestKey`. */
export const REQUESTS_PREFIX = requestKey('', '').replace(/\/+$/, '/');
