/** What a mail may say of how it looks: nothing that loads, moves out of its place, or covers what is beside it. */
const allowed =
  /^(?:color|background(?:-color)?|font(?:-(?:family|size|style|weight|variant))?|line-height|letter-spacing|text-(?:align|decoration|indent|transform)|vertical-align|white-space|word-(?:break|wrap|spacing)|overflow-wrap|direction|(?:min-|max-)?(?:width|height)|(?:margin|padding)(?:-(?:top|right|bottom|left))?|border(?:-(?:top|right|bottom|left))?(?:-(?:color|style|width|radius|collapse|spacing))?|display|float|clear|list-style(?:-type|-position)?|table-layout)$/;

/** Words, numbers, colours and quoted names; no escape, no at-rule, no mark-up. */
const harmless = /^[\w\s#%.,()+\-/!'"]{1,500}$/;
const functions = /([a-z-]*)\s*\(/g;
const harmlessFunctions = new Set(['rgb', 'rgba', 'hsl', 'hsla']);
const mostDeclarations = 60;

/** The harmless declarations of a style attribute. */
export function safeStyle(style: string): string {
  const kept: string[] = [];
  for (const declaration of style.slice(0, 5_000).split(';', mostDeclarations)) {
    const colon = declaration.indexOf(':');
    const name = declaration.slice(0, colon).trim().toLowerCase();
    const value = declaration.slice(colon + 1).trim();
    if (colon < 0 || !allowed.test(name) || !harmless.test(value)) continue;
    const lower = value.toLowerCase();
    if ([...lower.matchAll(functions)].some(([, called]) => !harmlessFunctions.has(called!))) continue;
    // A negative margin lays one thing over another.
    if (name.startsWith('margin') && /-\s*[\d.]/.test(lower)) continue;
    kept.push(`${name}:${value}`);
  }
  return kept.join(';');
}
