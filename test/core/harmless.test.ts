import { harmless } from '../../core/harmless';

test.each([
  ['a\tb\r\n', 'a\\tb\\r\\n'],
  ['\u001b[31mred', '\\u{1b}[31mred'],
  ['evil\u202etxt.exe', 'evil\\u{202e}txt.exe'],
  ['\u2028\u0085\ufeff', '\\u{2028}\\u{85}\\u{feff}'],
  ['naïve 😀 "quoted"', 'naïve 😀 "quoted"'],
])('%j is shown as %s', (text, shown) => {
  expect(harmless(text)).toBe(shown);
});
