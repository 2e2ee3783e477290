/**
 * The footer of a Parquet file of any size, in Thrift's compact protocol: so that planning can be measured on a file
 * of 10 TB that nobody has.
 */

const [I32, I64, BINARY, LIST, STRUCT] = [5, 6, 8, 9, 12] as const;

interface Value {
  readonly type: number;
  readonly bytes: Buffer;
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

const zigzag = (value: number): Buffer => varint(BigInt(value) * 2n);
const i32 = (value: number): Value => ({ type: I32, bytes: zigzag(value) });
const i64 = (value: number): Value => ({ type: I64, bytes: zigzag(value) });
const text = (value: string): Value => ({ type: BINARY, bytes: Buffer.concat([varint(BigInt(value.length)), Buffer.from(value)]) });

/** All values of a list are of one type. */
function list(values: readonly Value[]): Value {
  const type = values[0]?.type ?? STRUCT;
  const size =
    values.length < 15
      ? Buffer.from([(values.length << 4) | type])
      : Buffer.concat([Buffer.from([0xf0 | type]), varint(BigInt(values.length))]);
  return { type: LIST, bytes: Buffer.concat([size, ...values.map(({ bytes }) => bytes)]) };
}

/** Fields by id, ascending; no two further apart than 15. */
function struct(fields: Readonly<Record<number, Value>>): Value {
  let last = 0;
  const written = Object.entries(fields).flatMap(([id, { type, bytes }]) => {
    const head = Buffer.from([((Number(id) - last) << 4) | type]);
    last = Number(id);
    return [head, bytes];
  });
  return { type: STRUCT, bytes: Buffer.concat([...written, Buffer.from([0])]) };
}

const INT64 = 2;
const ROWS = 1_000_000;

function rowGroup(start: number, bytes: number): Value {
  const meta = struct({
    1: i32(INT64),
    2: list([i32(0)]),
    3: list([text('v')]),
    4: i32(0),
    5: i64(ROWS),
    6: i64(bytes),
    7: i64(bytes),
    9: i64(start),
  });
  return struct({ 1: list([struct({ 2: i64(start), 3: meta })]), 2: i64(bytes), 3: i64(ROWS) });
}

/** The footer, length and magic included, of a file of one column whose row groups have so many bytes each. */
export function parquetFooter(fileBytes: number, groupBytes: number): Buffer {
  const groups = Math.floor(fileBytes / groupBytes) - 1;
  const schema = list([struct({ 4: text('root'), 5: i32(1) }), struct({ 1: i32(INT64), 3: i32(0), 4: text('v') })]);
  const rowGroups = list(Array.from({ length: groups }, (_, i) => rowGroup(4 + i * groupBytes, groupBytes)));
  const { bytes } = struct({ 1: i32(1), 2: schema, 3: i64(groups * ROWS), 4: rowGroups });
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([bytes, length, Buffer.from('PAR1')]);
}
