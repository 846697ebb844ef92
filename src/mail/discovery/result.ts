import type { Prefill, Server } from '../../words.ts';
import { type MailAddress, registrableDomain } from './address.ts';
import { userName } from './autoconfig-file.ts';
import type { Outcome } from './search.ts';
import type { Alternative, Candidate, Discovered, Found, Offer, UserForm } from './types.ts';

/** Put an address into what was found for its domain. */
export function forAddress(outcome: Outcome, address: MailAddress): Discovered {
  if (!('imap' in outcome)) return { notFound: notFoundFor(outcome, address) };
  const { candidate, imap, smtp, certain, alternatives } = outcome;
  const others = alternatives.map((other) => alternativeOf(other, address));
  const confirmDomain = certain ? null : registrableDomain(imap.host);
  const found: Found = {
    imap: serverOf(imap, address),
    smtp: serverOf(smtp, address),
    ...methodsOf(candidate),
    ...(candidate.provider !== undefined && { provider: candidate.provider }),
    rank: candidate.rank,
    source: candidate.source,
    ...(confirmDomain !== null && { confirmDomain }),
    certain,
    usernameForm: formOf(imap.user),
    ...(others.length > 0 && { alternatives: others }),
  };
  return { found };
}

/** What a form is filled in with, for whoever has to agree to what was found or correct it. */
export function prefillOf({ provider, login, imap, smtp, source, confirmDomain, alternatives }: Found): Prefill {
  return {
    ...(provider !== undefined && { provider }),
    login,
    imap,
    smtp,
    source,
    ...(confirmDomain !== undefined && { confirmDomain }),
    ...(alternatives !== undefined && { alternatives }),
  };
}

type Missing = Exclude<Outcome, { imap: Offer }>;

function notFoundFor({ reason, source, provider, candidate, tried }: Missing, address: MailAddress) {
  const imap = candidate?.imap[0];
  const smtp = candidate?.smtp[0];
  const confirmDomain = imap && candidate.rank > 'C' ? registrableDomain(imap.host) : null;
  const id = provider ?? candidate?.provider;
  // Of a mailbox that is known to have no IMAP there is nothing to fill in.
  const hopeless = reason === 'imap.disabled' || reason === 'protocol.pop3';
  const prefill: Prefill = {
    ...(id !== undefined && { provider: id }),
    login: candidate?.login.methods[0] ?? 'password',
    imap: imap ? serverOf(imap, address) : hopeless ? null : { ...blank.imap, username: address.address },
    smtp: smtp ? serverOf(smtp, address) : hopeless ? null : { ...blank.smtp, username: address.address },
    source: candidate?.source ?? source,
    ...(confirmDomain !== null && { confirmDomain }),
  };
  return { reason, prefill, tried };
}

const blank = { imap: { port: 993, security: 'tls' }, smtp: { port: 465, security: 'tls' } } as const;

function serverOf({ host, port, security, user }: Offer, address: MailAddress): Server {
  return { host, port, security, username: userName(user, address) };
}

function alternativeOf(candidate: Candidate, address: MailAddress): Alternative {
  return {
    ...(candidate.provider !== undefined && { provider: candidate.provider }),
    imap: serverOf(candidate.imap[0]!, address),
    smtp: serverOf(candidate.smtp[0]!, address),
    login: candidate.login.methods[0],
    rank: candidate.rank,
    source: candidate.source,
  };
}

const methodsOf = ({ login: { methods, oauth } }: Candidate) => ({
  login: methods[0],
  logins: methods,
  ...(oauth && { oauth }),
});

const formOf = (form: UserForm): Found['usernameForm'] => (typeof form === 'string' ? form : 'template');
