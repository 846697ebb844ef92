import { google } from './google.ts';
import { microsoft } from './microsoft.ts';
import { regional } from './regional.ts';
import type { Rule } from './rule.ts';
import { webmail } from './webmail.ts';

/**
 * What one provider means by words (or by a code) that mean something else elsewhere. Asked before the words that many
 * share. `code` is tried on the enhanced code, the reply code and the IMAP bracket codes.
 */
export const providerRules: readonly Rule[] = [...google, ...microsoft, ...webmail, ...regional];
