import { readFileSync } from 'node:fs';
import path from 'node:path';
import { withTables } from '../../core/json-schema/tables';

test('the tables of docs/schemas.md are those of the code; otherwise run npm run schema', () => {
  const page = readFileSync(path.join(__dirname, '../../docs/schemas.md'), 'utf8');

  expect(page).toBe(withTables(page));
});
