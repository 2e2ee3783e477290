import { avroSchemaOf } from '../../../core/work/avro-schema';
import { compressionOf } from '../../../core/work/output';
import { AvroContainer } from '../../avro/container';
import { CodeFailure } from '../../failures';
import { outputColumns } from '../../schema/output';
import type { ChunkWork } from '../../work';
import { checkColumns } from './columns';
import { type FileFormat, rowOf } from './sink';

/** One block for each lot of rows. Its schema is the output schema's. */
export function avro({ config }: ChunkWork): FileFormat {
  const { spec, schemas } = config;
  const codec = compressionOf(spec.output) === 'none' ? 'null' : 'deflate';
  const schema = avroSchemaOf(spec.name, schemas.output, spec.output.partitionBy);
  const container = new AvroContainer(schema, codec);
  const columns = outputColumns(config).map(({ name }) => name);
  return {
    encode: async (written, first) => {
      const rows = written.map(rowOf);
      for (const row of rows) checkColumns(row, columns, 'Avro');
      const block = await blockOf(container, rows);
      return first ? Buffer.concat([container.header(), block]) : block;
    },
    finish: async (file) => ({ file, columns: (schema.fields ?? []).map(({ name, type }) => ({ name, type: JSON.stringify(type) })) }),
  };
}

async function blockOf(container: AvroContainer, rows: readonly Readonly<Record<string, unknown>>[]): Promise<Buffer> {
  try {
    return await container.block(rows);
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    throw new CodeFailure(`a row cannot be written as Avro: ${message}`, 'write what output.schema says of the column');
  }
}
