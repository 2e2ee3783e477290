/** Makes a small picture of every PNG in a folder: `node thumbnails.js <in> <out> <answers>`. Pictures it cannot read are skipped. */

const { appendFileSync, readdirSync, readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { crc32, deflateSync, inflateSync } = require('node:zlib');

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
/** Pixels on each side of a thumbnail at most. */
const SIDE = 32;
/** What a picture may have when it is unpacked. */
const MOST_PIXELS = 50_000_000;
/** Bytes of a pixel, by the kind of color: RGB, and RGB with opacity. */
const BYTES_OF_COLOR = { 2: 3, 6: 4 };

const fail = (why) => {
  throw new RangeError(why);
};

/** The pieces of a PNG file by name. */
function piecesOf(bytes) {
  if (!bytes.subarray(0, SIGNATURE.length).equals(SIGNATURE)) fail('is no PNG picture');
  const pieces = [];
  for (let at = SIGNATURE.length; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const data = bytes.subarray(at + 8, at + 8 + length);
    const sum = at + 12 + length <= bytes.length ? bytes.readUInt32BE(at + 8 + length) : fail('ends too early');
    if (crc32(bytes.subarray(at + 4, at + 8 + length)) !== sum) fail('is damaged');
    pieces.push({ name: bytes.toString('latin1', at + 4, at + 8), data });
    at += 12 + length;
  }
  return pieces;
}

/** What a byte is added to, by the filter of its line. */
function predicted(filter, left, up, upLeft) {
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  if (filter !== 4) return 0;
  const [a, b, c] = [Math.abs(up - upLeft), Math.abs(left - upLeft), Math.abs(left + up - 2 * upLeft)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : upLeft;
}

/** The bytes of all pixels, line after line. */
function decode(bytes) {
  const pieces = piecesOf(bytes);
  const head = pieces.find(({ name }) => name === 'IHDR')?.data ?? fail('has no header');
  const [width, height] = [head.readUInt32BE(0), head.readUInt32BE(4)];
  const depth = BYTES_OF_COLOR[head[9]];
  if (head[8] !== 8 || depth === undefined || head[12] !== 0) fail('is a kind of PNG that is not read here');
  if (width === 0 || height === 0 || width * height > MOST_PIXELS) fail(`has ${width} × ${height} pixels`);
  const packed = Buffer.concat(pieces.filter(({ name }) => name === 'IDAT').map(({ data }) => data));
  const lines = inflateSync(packed, { maxOutputLength: (width * depth + 1) * height });
  return { width, height, depth, pixels: unfiltered(lines, { stride: width * depth, height, depth }) };
}

/** Each byte stands as the difference from what its neighbors let expect. */
function unfiltered(lines, { stride, height, depth }) {
  const pixels = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = lines[y * (stride + 1)];
    for (let x = 0; x < stride; x += 1) {
      const at = y * stride + x;
      const left = x >= depth ? pixels[at - depth] : 0;
      const up = y > 0 ? pixels[at - stride] : 0;
      const upLeft = x >= depth && y > 0 ? pixels[at - stride - depth] : 0;
      pixels[at] = lines[y * (stride + 1) + 1 + x] + predicted(filter, left, up, upLeft);
    }
  }
  return pixels;
}

/** The mean of each box of pixels that becomes one. */
function shrink({ width, height, depth, pixels }) {
  const scale = Math.max(1, Math.ceil(Math.max(width, height) / SIDE));
  const small = { width: Math.ceil(width / scale), height: Math.ceil(height / scale), depth };
  const out = Buffer.alloc(small.width * small.height * depth);
  for (let i = 0; i < out.length; i += 1) {
    const [x, y, channel] = [Math.floor(i / depth) % small.width, Math.floor(i / depth / small.width), i % depth];
    let [sum, count] = [0, 0];
    for (let v = y * scale; v < Math.min(height, (y + 1) * scale); v += 1) {
      for (let u = x * scale; u < Math.min(width, (x + 1) * scale); u += 1) {
        sum += pixels[(v * width + u) * depth + channel];
        count += 1;
      }
    }
    out[i] = Math.round(sum / count);
  }
  return { ...small, pixels: out };
}

function piece(name, data) {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

function encode({ width, height, depth, pixels }) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, depth === 4 ? 6 : 2], 8);
  const stride = width * depth;
  const lines = Buffer.alloc((stride + 1) * height);
  for (let y = 0; y < height; y += 1) pixels.copy(lines, y * (stride + 1) + 1, y * stride, (y + 1) * stride);
  return Buffer.concat([SIGNATURE, piece('IHDR', head), piece('IDAT', deflateSync(lines)), piece('IEND', Buffer.alloc(0))]);
}

function main([input, output, answers]) {
  for (const file of readdirSync(input).sort()) {
    try {
      const picture = decode(readFileSync(path.join(input, file)));
      const small = shrink(picture);
      writeFileSync(path.join(output, file), encode(small));
      const line = { file, width: picture.width, height: picture.height, thumbnail: [small.width, small.height] };
      appendFileSync(path.join(output, 'pictures.jsonl'), `${JSON.stringify(line)}\n`);
    } catch (error) {
      appendFileSync(answers, `${JSON.stringify({ file, skip: error.message })}\n`);
    }
  }
}

main(process.argv.slice(2));
