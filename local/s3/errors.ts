import { ApiError } from '../kernel/errors';

/** An error as S3's XML says it; `fields` are the further elements that a code carries, such as `Key`. */
export class S3Error extends ApiError {
  constructor(
    code: string,
    message: string,
    readonly details: {
      readonly status?: number;
      readonly fields?: Readonly<Record<string, string>>;
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(code, message, details.status ?? 400);
  }
}

export const noSuchBucket = (bucket: string): S3Error =>
  new S3Error('NoSuchBucket', 'The specified bucket does not exist', { status: 404, fields: { BucketName: bucket } });

export const noSuchKey = (key: string, headers: Record<string, string> = {}): S3Error =>
  new S3Error('NoSuchKey', 'The specified key does not exist.', { status: 404, fields: { Key: key }, headers });

export const noSuchVersion = (key: string, versionId: string): S3Error =>
  new S3Error('NoSuchVersion', 'The specified version does not exist.', { status: 404, fields: { Key: key, VersionId: versionId } });

export const noSuchUpload = (uploadId: string): S3Error =>
  new S3Error(
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    { status: 404, fields: { UploadId: uploadId } },
  );

export const preconditionFailed = (condition: string): S3Error =>
  new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
    status: 412,
    fields: { Condition: condition },
  });

/** 304: no body, but the headers that identify what the client already has. */
export const notModified = (headers: Record<string, string>): S3Error =>
  new S3Error('NotModified', 'Not Modified', { status: 304, headers });

export const accessDenied = (message = 'Access Denied'): S3Error => new S3Error('AccessDenied', message, { status: 403 });

export const invalidArgument = (message: string, name: string, value: string): S3Error =>
  new S3Error('InvalidArgument', message, { fields: { ArgumentName: name, ArgumentValue: value } });

export const invalidRequest = (message: string): S3Error => new S3Error('InvalidRequest', message);

export const badDigest = (what: string): S3Error =>
  new S3Error('BadDigest', `The ${what} you specified did not match the calculated checksum.`);

export const signatureDoesNotMatch = (what: string): S3Error =>
  new S3Error('SignatureDoesNotMatch', `The signature of ${what} does not match the signature you provided.`, { status: 403 });

export const malformedXml = (): S3Error =>
  new S3Error('MalformedXML', 'The XML you provided was not well-formed or did not validate against our published schema');

/** Real S3 has it, this cloud does not: refused by name instead of pretended. */
export const notImplemented = (what: string): S3Error =>
  new S3Error('NotImplemented', `${what} is not emulated by the local cloud (see docs/local-cloud.md)`, { status: 501 });
