import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkTemplate, fillTemplate, readConfiguration, templateFields } from './index.js';

const template = Buffer.from(
  `<device a="\${label}">\n<!-- \${comment} --><?pi \${pi}?><![CDATA[\${cdata}]]><userId>\${user.1}</userId><x>\${label} $\${label} \${}</x></device>`,
);

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
