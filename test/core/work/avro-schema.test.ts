import { Type } from 'avsc';
import { avroSchemaOf } from '../../../core/work/avro-schema';

const SCHEMA = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    small: { type: 'integer', format: 'int32' },
    price: { type: 'string', format: 'decimal(12,2)' },
    ratio: { type: 'number', format: 'float' },
    day: { type: 'string', format: 'date' },
    at: { type: ['string', 'null'], format: 'date-time' },
    tags: { type: 'array', items: { type: ['string', 'null'] } },
    inner: { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] },
    mixed: { type: ['string', 'number'] },
    free: { type: 'object' },
    constructor: {},
  },
  required: ['id', 'small', 'price', 'ratio', 'day', 'at', 'tags', 'inner', 'mixed', 'free', 'constructor'],
};

test('the schema of a record names the type of every column, and is one that Avro takes', () => {
  const schema = avroSchemaOf('my-job', SCHEMA, ['small']);

  expect(schema).toEqual({
    type: 'record',
    name: 'my_job',
    fields: [
      { name: 'id', type: 'long' },
      { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 12, scale: 2 } },
      { name: 'ratio', type: 'float' },
      { name: 'day', type: { type: 'int', logicalType: 'date' } },
      { name: 'at', type: ['null', { type: 'long', logicalType: 'timestamp-micros' }], default: null },
      { name: 'tags', type: { type: 'array', items: ['null', 'string'] } },
      { name: 'inner', type: { type: 'record', name: 'my_job_inner', fields: [{ name: 'ok', type: 'boolean' }] } },
      { name: 'mixed', type: 'string' },
      { name: 'free', type: 'string' },
      { name: 'constructor', type: 'string' },
    ],
  });
  expect(() => Type.forSchema(schema as never)).not.toThrow();
});

test('what a record may leave out may be null', () => {
  expect(avroSchemaOf('job', { type: 'object', properties: { a: { type: 'number' } } }).fields).toEqual([
    { name: 'a', type: ['null', 'double'], default: null },
  ]);
});

test.each(['Airport Name', '1st', 'ü', '', 'a-b'])('a column %j has no name in Avro', (name) => {
  expect(() => avroSchemaOf('job', { type: 'object', properties: { [name]: {} } })).toThrow(/has no name that Avro allows/);
});
