import {
  GetBucketVersioningCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  S3Client,
} from '@aws-sdk/client-s3';
import { orderedPages } from '../ordered-listing';
import type { ListedVersion, ListingPlace, VersionListing } from '../ports';
import type { FetchPage, ListingLimits, ListingPage, ListingRequest } from '../stretch';
import { clientOptions } from './client-options';

export interface ListingOptions extends Partial<ListingLimits> {
  /** Whether the bucket keeps versions. @default it is asked */
  readonly versioned?: boolean;
  /** Called for every request that is made, for whoever counts them. */
  readonly onRequest?: () => void;
}

/** Far below S3's 5,500 reads a second; more only fill a Lambda's processor, which parses a page in about 10 ms. */
const LANES = 8;
/** About 4 MB of keys, enough for every lane to read a stretch of two pages ahead. */
const PAGES = 16;

/** S3's keys and version ids have 1,024 bytes at most. */
const scratch = Buffer.allocUnsafeSlow(4096);

/** A copy of its own: what the parser gives is a view that would keep the whole answer in memory. */
function own(text: string): string {
  const bytes = scratch.write(text);
  return bytes + 3 < scratch.length ? scratch.toString('utf8', 0, bytes) : text;
}

/** Keys are asked for percent-encoded, because XML cannot hold them all. */
const decoded = (text = ''): string => (/[%+]/.test(text) ? decodeURIComponent(text.replaceAll('+', ' ')) : own(text));

const prefixesOf = (answer: { readonly CommonPrefixes?: readonly { readonly Prefix?: string }[] }): readonly string[] =>
  (answer.CommonPrefixes ?? []).map(({ Prefix }) => decoded(Prefix));

const listed = (entry: { Key?: string; VersionId?: string; Size?: number; ETag?: string }): ListedVersion => ({
  key: decoded(entry.Key),
  versionId: own(entry.VersionId ?? 'null'),
  bytes: entry.Size ?? 0,
  etag: own(entry.ETag ?? ''),
});

const shapeOf = (bucket: string, { prefix, folded }: ListingRequest) =>
  ({ Bucket: bucket, Prefix: prefix, EncodingType: 'url', ...(folded && { Delimiter: '/' }) }) as const;

function pageOfVersions(answer: ListObjectVersionsCommandOutput): ListingPage {
  const { IsTruncated, NextKeyMarker, NextVersionIdMarker } = answer;
  return {
    objects: (answer.Versions ?? []).filter(({ IsLatest }) => IsLatest).map(listed),
    prefixes: prefixesOf(answer),
    ...(IsTruncated && { next: { key: decoded(NextKeyMarker), versionId: NextVersionIdMarker } }),
  };
}

function pageOfObjects(answer: ListObjectsV2CommandOutput): ListingPage {
  const objects = (answer.Contents ?? []).map(listed);
  const prefixes = prefixesOf(answer);
  const last = objects.at(-1)?.key ?? prefixes.at(-1);
  return { objects, prefixes, ...(answer.IsTruncated && last !== undefined && { next: { key: last } }) };
}

const versionsOf =
  (bucket: string, s3: S3Client): FetchPage =>
  async (request) => {
    const markers = { KeyMarker: request.after?.key, VersionIdMarker: request.after?.versionId };
    return pageOfVersions(await s3.send(new ListObjectVersionsCommand({ ...shapeOf(bucket, request), ...markers })));
  };

const objectsOf =
  (bucket: string, s3: S3Client): FetchPage =>
  async (request) =>
    pageOfObjects(await s3.send(new ListObjectsV2Command({ ...shapeOf(bucket, request), StartAfter: request.after?.key })));

async function isVersioned(bucket: string, s3: S3Client): Promise<boolean> {
  // A bucket whose versioning is suspended still has old versions and delete markers.
  return (await s3.send(new GetBucketVersioningCommand({ Bucket: bucket }))).Status !== undefined;
}

class S3VersionListing implements VersionListing {
  private versioned: boolean | undefined;

  constructor(
    private readonly bucket: string,
    private readonly options: ListingOptions,
    private readonly s3: S3Client,
  ) {
    this.versioned = options.versioned;
  }

  async *listVersions(prefix: string, { after }: ListingPlace = {}): AsyncIterable<readonly ListedVersion[]> {
    const { lanes = LANES, pages = PAGES, onRequest = () => undefined } = this.options;
    if (this.versioned === undefined) onRequest();
    this.versioned ??= await isVersioned(this.bucket, this.s3);
    const fetchPage = (this.versioned ? versionsOf : objectsOf)(this.bucket, this.s3);
    const counted: FetchPage = (request) => {
      onRequest();
      return fetchPage(request);
    };
    yield* orderedPages({ prefix, after }, counted, { lanes, pages });
  }
}

/** Listings of one bucket over S3. */
export const createVersionListing = (bucket: string, options: ListingOptions = {}, s3 = new S3Client(clientOptions())): VersionListing =>
  new S3VersionListing(bucket, options, s3);
