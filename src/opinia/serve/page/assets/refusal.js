// What can go wrong with a request.

/** An answer that is no success, or none at all (`status` 0, code "unreachable"). */
export class ApiError extends Error {
  constructor(status, { code = "unknown", message = "", hint = "" } = {}, retryAfter = null) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint ?? "";
    this.retryAfter = retryAfter;
  }
}
