import type { Encoding } from '../spec/sections/encoding';
import { LONE_BYTE, LONE_HALF } from './to-utf8';

/** What stands for no character takes so many bytes. */
const LONE_BYTES = 3;

const utf16Of = (text: Buffer): Buffer => Buffer.from(text.toString('utf8'), 'utf16le');

/** The unit or the byte that three bytes stand for. */
function loneOf(text: Buffer, at: number): Buffer {
  const [high = 0, low = 0] = text.subarray(at + 1, at + LONE_BYTES);
  if (text[at] === LONE_BYTE) return Buffer.from([((high & 0x0f) << 4) | (low & 0x0f)]);
  const unit = Buffer.alloc(2);
  unit.writeUInt16LE(0xd800 | ((high & 0x1f) << 6) | (low & 0x3f));
  return unit;
}

/** Where the next of them begins; the text's end where there is none. */
function nextLone(text: Buffer, from: number): number {
  const found = [LONE_HALF, LONE_BYTE].map((mark) => text.indexOf(mark, from)).filter((at) => at !== -1);
  return Math.min(text.length, ...found);
}

function utf16Units(text: Buffer): Buffer {
  const pieces: Buffer[] = [];
  let at = 0;
  for (let lone = nextLone(text, 0); lone < text.length; lone = nextLone(text, at)) {
    pieces.push(utf16Of(text.subarray(at, lone)), loneOf(text, lone));
    at = lone + LONE_BYTES;
  }
  return Buffer.concat([...pieces, utf16Of(text.subarray(at))]);
}

/** Only the end of a text has half a unit, which has no order. */
function swapped(units: Buffer): Buffer {
  const whole = units.length - (units.length % 2);
  units.subarray(0, whole).swap16();
  return units;
}

/** The bytes that `toUtf8` converted: byte for byte the same, whatever they were. */
export function fromUtf8(text: Buffer, encoding: Encoding): Buffer {
  if (encoding === 'utf-8') return text;
  if (encoding === 'latin1') return Buffer.from(text.toString('utf8'), 'latin1');
  const units = utf16Units(text);
  return encoding === 'utf-16be' ? swapped(units) : units;
}
