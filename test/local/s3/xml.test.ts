import fc from 'fast-check';
import { document, elements, escapeXml, items, parseXml, textOf } from '../../../local/s3/xml';

test('what is written is read back, whatever the key', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }).filter((key) => !/[\ud800-\udfff\ufffe\uffff]/.test(key)),
      (key) => {
        const body = document('Delete', { Object: [elements({ Key: `<${key}` })] });

        expect(textOf(items(parseXml(body, 'Delete'), 'Object')[0]!, 'Key')).toBe(`<${key}`);
      },
    ),
  );
});

test('absent values leave no element', () => {
  expect(elements({ A: undefined, B: 0, C: false, D: '' }).text).toBe('<B>0</B><C>false</C><D></D>');
});

test('control characters go out as references', () => {
  expect(escapeXml('a\r\n\u0001"')).toBe('a&#13;&#10;&#1;&quot;');
});

test.each([
  ['no XML', 'Delete'],
  ['a cut document', '<Delete><Object>'],
  ['another root', '<Other/>'],
  ['a root without children', '<Delete>text</Delete>'],
  ['its own entities', '<!DOCTYPE d [<!ENTITY a "b">]><Delete><Object><Key>&a;</Key></Object></Delete>'],
])('%s is malformed', (_, body) => {
  expect(() => parseXml(body, 'Delete')).toThrow(expect.objectContaining({ code: 'MalformedXML' }));
});

test.each(['<Delete><Object>text</Object></Delete>', '<Delete><Quiet>true</Quiet></Delete>'])('%s has no items', (body) => {
  expect(() => items(parseXml(body, 'Delete'), 'Object')).toThrow(expect.objectContaining({ code: 'MalformedXML' }));
});
