/** An error as AWS answers it on the wire: `code` is the name that clients match on. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
    this.name = code;
  }
}

export class AccessDeniedError extends ApiError {
  constructor(message: string) {
    super('AccessDeniedException', message, 403);
  }
}

/** What a template or a request asks for and this cloud does not have: refused by name instead of pretended. */
export class NotEmulatedError extends ApiError {
  constructor(what: string) {
    super('NotEmulated', `${what} is not emulated by the local cloud (see docs/local-cloud.md)`, 501);
  }
}
