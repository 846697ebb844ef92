/** Types that a browser runs or follows; they go out as plain bytes. */
const active = /html|xml|svg|script|pdf\+|flash|x-msdownload|x-sh|wasm|message\/|multipart\//i;
const mediaType = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,62}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}$/i;

/**
 * Headers of bytes that a stranger chose: saved and never shown, with a name that is text and no path (RFC 6266), of a type
 * that nothing runs, and powerless if they are opened all the same.
 */
export function attachmentHeaders(name: string, contentType: string): Record<string, string> {
  return {
    'content-type': mediaType.test(contentType) && !active.test(contentType) ? contentType : 'application/octet-stream',
    'content-disposition': disposition(name),
    'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'private, no-store',
  };
}

/** The name in ASCII for old readers, and as it is in UTF-8 (RFC 8187). */
function disposition(given: string): string {
  const name = safeName(given) || 'attachment';
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"${plain === name ? '' : `; filename*=UTF-8''${encoded}`}`;
}

/** No path, nothing invisible, no direction that turns `gpj.exe` around, no dots in front. */
const safeName = (name: string) =>
  (name.toWellFormed().split(/[/\\]/).at(-1) ?? '')
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u2028\u2029]/gu, '')
    .replace(/^[.\s]+|\s+$/g, '')
    .replace(/[<>:"|?*]/g, '_')
    .slice(0, 150)
    .toWellFormed();
