import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { previewOf, tidy } from '../src/mail/preview.ts';
import { textOfHtml } from '../src/mail/preview-html.ts';

const plain = { html: false, encoding: '8bit', charset: 'utf-8' };

describe('the first bytes of a text', () => {
  it('may end in the middle of a character, in each encoding', () => {
    const whole = Buffer.from('blå');
    assert.equal(previewOf(whole.subarray(0, 3), plain), 'bl');
    assert.equal(previewOf(whole.subarray(0, 3), { ...plain, charset: '' }), 'bl');
    const quoted = Buffer.from('bl=C3=A5');
    for (const [length, text] of [
      [8, 'blå'],
      [7, 'bl'],
      [6, 'bl'],
      [5, 'bl'],
      [4, 'bl'],
      [3, 'bl'],
    ] as const) {
      assert.equal(
        previewOf(quoted.subarray(0, length), { ...plain, encoding: 'Quoted-Printable' }),
        text,
        `${length}`,
      );
    }
    const base64 = Buffer.from(whole.toString('base64'));
    assert.equal(previewOf(base64.subarray(0, 5), { ...plain, encoding: 'BASE64' }), 'bl');
  });

  it('are read in the charset that they are in when the header does not say', () => {
    assert.equal(previewOf(Buffer.from('blå'), { ...plain, charset: 'us-ascii' }), 'blå');
    assert.equal(previewOf(Buffer.from('bl\xe5b\xe6r', 'latin1'), { ...plain, charset: 'x-unknown' }), 'blåbær');
    assert.equal(previewOf(Buffer.from('\x80uro', 'latin1'), { ...plain, charset: 'cp1252' }), '€uro');
  });

  it('keep an equals sign that encodes nothing', () => {
    assert.equal(previewOf(Buffer.from('1=1 a=\r\nb =zz'), { ...plain, encoding: 'quoted-printable' }), '1=1 ab =zz');
  });
});

describe('HTML', () => {
  it('gives its words, and none of its workings', () => {
    const html = `<!DOCTYPE html><html><head><title>No</title><style>no{}</style></head><!-- no --><body>
      <script>if (1 < 2) no()</script>One<br>two<b>t</b>ail<td>3</td>4 < 5 <a href="x>y">link</a>&nbsp;&#8364;&unknown;</body>`;
    assert.equal(tidy(textOfHtml(html), 200), 'One twotail 3 4 < 5 y">link €&unknown;');
  });

  it('may end anywhere', () => {
    const html = '<p>Hello <b>there</b><style>p { }</style><!-- x --> &amp; more</p>';
    for (let length = 0; length <= html.length; length++) textOfHtml(html.slice(0, length));
    assert.equal(tidy(textOfHtml('Hello<style>p {'), 99), 'Hello');
    assert.equal(tidy(textOfHtml('Hello<!-- '), 99), 'Hello');
    assert.equal(tidy(textOfHtml('Hello<a href='), 99), 'Hello');
  });

  it('takes no longer when it is hostile', () => {
    const began = performance.now();
    for (const piece of ['<', '<!--', '<style>', '</style', '<a ', '&#1', '&', '<p>', '--><']) {
      textOfHtml(piece.repeat(32_768 / piece.length));
    }
    assert.ok(performance.now() - began < 1_000);
  });
});

describe('words of a stranger', () => {
  it('are one clean line', () => {
    assert.equal(tidy(' a\u0000\t\r\n b\u200b\u202e c\ud800 ', 99), 'a b c\ufffd');
    assert.equal(tidy('a'.repeat(50), 10), 'a'.repeat(10));
    assert.equal(tidy('ab😀', 3), 'ab');
    assert.equal(tidy(`${' '.repeat(100_000)}late`, 10), '');
  });

  it('are read in no time, whatever they end with', () => {
    const began = performance.now();
    for (const end of ['\r\n', '  ', ' \u0000', 'ø']) {
      for (const word of ['x', 'Hej. ']) tidy(word.repeat(190 / word.length) + end, 200);
    }
    assert.ok(performance.now() - began < 1_000);
  });
});
