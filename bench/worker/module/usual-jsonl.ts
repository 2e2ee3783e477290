import { createReadStream, createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parse } from 'csv-parse';
import { stopwatch } from '../stopwatch';
import { cleaned, type Flight } from './flight';

/** The usual way in Node, `usual-jsonl.ts <csv> <jsonl>`: csv-parse as a stream, the function, JSON.stringify. */
const [input = '', output = ''] = process.argv.slice(2);

const toLines = new Transform({
  writableObjectMode: true,
  transform(flight: Flight, _encoding, callback) {
    const row = cleaned(flight);
    if (row !== null) this.push(`${JSON.stringify(row)}\n`);
    callback();
  },
});

async function main(): Promise<void> {
  const spent = stopwatch();
  await pipeline(createReadStream(input), parse({ columns: true }), toLines, createWriteStream(output));
  console.log(JSON.stringify(spent()));
}

void main();
