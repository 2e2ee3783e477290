import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { NotEmulatedError } from '../kernel/errors';

const Destination = z.object({ objectKey: z.string().optional(), imageTag: z.string().optional() });

const Asset = z.object({
  source: z.object({
    path: z.string().optional(),
    directory: z.string().optional(),
    executable: z.array(z.string()).optional(),
  }),
  destinations: z.record(z.string(), Destination),
});

const AssetManifest = z.object({
  files: z.record(z.string(), Asset).default({}),
  dockerImages: z.record(z.string(), Asset).default({}),
});

/** Local paths of assets by the names that templates use: S3 object keys and image tags. */
export type Assets = ReadonlyMap<string, string>;

function localPath(folder: string, { source }: z.infer<typeof Asset>): string {
  const local = source.path ?? source.directory;
  if (local === undefined) throw new NotEmulatedError(`asset made by the command ${source.executable?.join(' ') ?? '(none)'}`);
  return path.resolve(folder, local);
}

/** Reads one `*.assets.json`. */
export function readAssets(file: string): Assets {
  const { files, dockerImages } = AssetManifest.parse(JSON.parse(readFileSync(file, 'utf8')));
  const assets = [...Object.values(files), ...Object.values(dockerImages)];
  return new Map(
    assets.flatMap((asset) =>
      Object.values(asset.destinations).map(({ objectKey, imageTag }): [string, string] => [
        objectKey ?? imageTag ?? '',
        localPath(path.dirname(file), asset),
      ]),
    ),
  );
}

/** The name after an image URI's last colon; S3 keys have none and stay as they are. */
const nameOf = (locator: string): string => locator.slice(locator.lastIndexOf(':') + 1);

/** Where an asset lies on this machine; its locator is an S3 object key, an image tag or a whole image URI. */
export function findAsset(assets: Assets, locator: string): string {
  const found = assets.get(locator) ?? assets.get(nameOf(locator));
  if (found === undefined) throw new NotEmulatedError(`asset ${locator}, which is not in the cloud assembly,`);
  if (!existsSync(found)) throw new RangeError(`asset ${locator} should lie at ${found}, but nothing is there: synthesize again`);
  return found;
}
