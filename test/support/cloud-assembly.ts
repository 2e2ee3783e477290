import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { App } from 'aws-cdk-lib';

const folders: string[] = [];

/** A new folder that `removeTemporaryFolders` removes. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'batchwright-cloud-'));
  folders.push(folder);
  return folder;
}

/** For `afterEach` or `afterAll`. */
export function removeTemporaryFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** Synthesizes a real CDK app and returns the folder of its cloud assembly. */
export function synthesized(build: (app: App) => void, context: Readonly<Record<string, unknown>> = {}): string {
  const app = new App({ outdir: path.join(temporaryFolder(), 'cdk.out'), context });
  build(app);
  return app.synth().directory;
}
