import type { z } from 'zod';
import { oauthSettings, settings } from '../src/config.ts';

const begin = '<!-- settings -->';
const end = '<!-- /settings -->';

/** A README with the table of settings between its two marks; unchanged where it has none. */
export function withSettings(readme: string): string {
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) return readme;
  return `${readme.slice(0, from + begin.length)}\n${settingsTable()}\n${readme.slice(to)}`;
}

/** Every setting, its default and why it exists, as Markdown. */
export function settingsTable(): string {
  const ofProviders = Object.entries(oauthSettings.shape).map(
    ([field, schema]) => [`POSTBUD_OAUTH_<NAME>_${field}`, schema] as const,
  );
  const rows = [...Object.entries(settings), ...ofProviders].map(([name, schema]) => {
    const meaning = (schema.description ?? '').replaceAll('|', '\\|');
    return `| \`${name}\` | ${defaultOf(schema as z.ZodType)} | ${meaning} |`;
  });
  return ['| setting | default | |', '| --- | --- | --- |', ...rows].join('\n');
}

/** The default as it would be written in the environment; empty for "not set" and for "nothing". */
function defaultOf(schema: z.ZodType): string {
  const def = schema._zod.def as { type: string; defaultValue?: unknown };
  if (def.type !== 'default' && def.type !== 'prefault') return '';
  return def.defaultValue === '' ? '' : `\`${String(def.defaultValue)}\``;
}
