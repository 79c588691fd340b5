import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  checkTemplate,
  fillTemplate,
  longestConfiguration,
  readConfiguration,
  templateFields,
  templateFit,
  unfilledFields,
} from './index.js';

const template = Buffer.from(
  `<device a="\${label}">\n<!-- \${comment} --><?pi \${pi}?><![CDATA[\${cdata}]]><userId>\${user.1}</userId><x>\${label} $\${label} \${}</x></device>`,
);

test('what looks like a field and is none is told with its place', () => {
  assert.deepEqual(
    unfilledFields(template).map(({ path, line, message }) => [path, line, message.split(',')[0]]),
    [
      ['device', 2, `\${comment} stands in a comment`],
      ['device', 2, `\${pi} stands in a processing instruction`],
      ['device', 2, `\${cdata} stands in a CDATA section`],
    ],
  );
  const within = Buffer.from(
    `<device>\r\n<a><b>\n<!--\n$ {} \${} \${two} \${three} --></b></a><c>\${field}</c></device><!-- \${last} -->`,
  );
  assert.deepEqual(
    unfilledFields(within).map(({ path, line }) => [path, line]),
    [
      ['a/b', 4],
      ['device', 4],
    ],
  );
  const many = Buffer.from(`<device>${`<!--\${a}-->`.repeat(50_000)}</device>`);
  assert.equal(unfilledFields(many).length, 20);
});

test('a template is filled in text and attributes, escaped, and nowhere else', () => {
  const filled = fillTemplate(template, {
    label: `<&"'>\n`,
    'user.1': `\${label}`,
    comment: 'no',
    pi: 'no',
    cdata: 'no',
  });
  const escaped = '&lt;&amp;&quot;&apos;&gt;&#10;';
  assert.equal(
    filled.toString(),
    `<device a="${escaped}">\n<!-- \${comment} --><?pi \${pi}?><![CDATA[\${cdata}]]><userId>\${label}</userId><x>${escaped} $${escaped} \${}</x></device>`,
  );
  readConfiguration(filled);
});

test('what the encoding of a template cannot hold is written as a reference', () => {
  const latin = Buffer.from(`<?xml version="1.0" encoding="iso-8859-1"?><device>ä\${a}</device>`, 'latin1');
  assert.match(fillTemplate(latin, { a: 'ö€\u{1f4de}' }).toString('latin1'), /<device>äö&#x20AC;&#x1F4DE;<\/device>$/);
});

test('a template and the values given must fit', () => {
  const sound = Buffer.from(template.toString().replace(`\${}`, ''));
  assert.deepEqual(templateFields(sound), ['label', 'user.1']);
  const good = Buffer.from(`<device><userId>\${user}</userId></device>`);
  checkTemplate(good, { user: 'a' });
  assert.throws(() => checkTemplate(good, {}), { code: 'template-field-unknown' });
  assert.throws(() => checkTemplate(good, { user: 'a', other: 'b' }), { code: 'template-field-unknown' });
  for (const unsound of [`\${}`, `\${1}`, `\${a b}`, `\${label`, `\${a{b}}`]) {
    const xml = Buffer.from(`<device><userId>${unsound}</userId></device>`);
    assert.throws(() => templateFields(xml), { code: 'template-field-malformed' }, unsound);
  }
  for (const value of ['\0', '\ud800', 'x'.repeat(4_097)]) {
    assert.throws(() => checkTemplate(good, { user: value }), { code: 'template-field-malformed' });
  }
  assert.throws(() => checkTemplate(good, { '1': 'a' }), { code: 'template-field-malformed' });
  assert.throws(() => checkTemplate(good, { constructor: 'a' }), { code: 'template-field-unknown' });
});

test('a template is never filled to more than a configuration file may have, and says so before it is', () => {
  const growing = Buffer.from(`<device>${`\${a}`.repeat(200_000)}</device>`);
  assert.throws(() => fillTemplate(growing, { a: 'x'.repeat(4_096) }), { code: 'configuration-too-long' });
  assert.equal(templateFit(growing).always, false);
  for (const declared of ['utf-8', 'iso-8859-1', 'us-ascii', 'utf-16le']) {
    const text = `<?xml version="1.0" encoding="${declared}"?><device a="\${b}">\${a}\${a}\${none}<!-- \${a} --></device>`;
    const xml = declared === 'utf-16le' ? Buffer.from(`\ufeff${text}`, 'utf16le') : Buffer.from(text);
    const fields = { a: 'ä€\u{1f4de}&', b: '"'.repeat(10) };
    const room = longestConfiguration - fillTemplate(xml, fields).length;
    const space = Buffer.from(' '.repeat(room), declared === 'utf-16le' ? 'utf16le' : 'latin1').subarray(0, room);
    const full = Buffer.concat([xml, space]);
    assert.equal(fillTemplate(full, fields).length, longestConfiguration);
    assert.equal(templateFit(full).with(fields), true);
    const over = Buffer.concat([full, Buffer.from('  ')]);
    assert.equal(templateFit(over).with(fields), false);
    assert.throws(() => fillTemplate(over, fields), { code: 'configuration-too-long' });
    assert.equal(templateFit(xml).always, true);
  }
});

test('a template has a bounded number of fields, each as often as it likes', () => {
  const named = (count: number): Buffer =>
    Buffer.from(`<device>${Array.from({ length: count }, (_, at) => `\${a${at}}`).join('')}</device>`);
  assert.equal(templateFields(named(500)).length, 500);
  assert.throws(() => templateFields(named(501)), { code: 'template-too-many-fields' });
  assert.deepEqual(templateFields(Buffer.from(`<device>${`\${a}`.repeat(100_000)}</device>`)), ['a']);
});
