/** Sizes are bytes everywhere inside; people write `64MiB`. */
export const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;

const UNITS: Readonly<Record<string, number>> = { B: 1, KiB: KIB, MiB: MIB, GiB: GIB, KB: 1e3, MB: 1e6, GB: 1e9 };
export const SIZE_PATTERN = /^(\d+(?:\.\d+)?)\s*(B|KiB|MiB|GiB|KB|MB|GB)$/;

/** Bytes of `64MiB`, `1.5GB` or a plain number; undefined when the text is no size. */
export function parseSize(text: string | number): number | undefined {
  if (typeof text === 'number') return Number.isInteger(text) && text > 0 ? text : undefined;
  const match = SIZE_PATTERN.exec(text.trim());
  return match ? Math.round(Number(match[1]) * (UNITS[match[2] ?? ''] ?? Number.NaN)) : undefined;
}

/** `1.5 GiB`, for people. */
export function formatBytes(bytes: number): string {
  const unit = (['GiB', 'MiB', 'KiB'] as const).find((name) => bytes >= (UNITS[name] ?? 1));
  return unit ? `${(bytes / (UNITS[unit] ?? 1)).toFixed(1)} ${unit}` : `${bytes} B`;
}

const SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };
export const DURATION_PATTERN = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/;

/** Seconds of `90s`, `5m` or a plain number; undefined when the text is no duration. */
export function parseDuration(text: string | number): number | undefined {
  if (typeof text === 'number') return Number.isFinite(text) && text > 0 ? text : undefined;
  const match = DURATION_PATTERN.exec(text.trim());
  return match ? Number(match[1]) * (SECONDS[match[2] ?? ''] ?? Number.NaN) : undefined;
}
