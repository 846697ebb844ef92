import type { Family } from './providers.ts';
import type { Reason } from './reasons.ts';

/**
 * Official help pages, for steps that a person cannot guess. Only pages of the provider itself, and only such as have
 * stood for years: a dead link at the moment of trouble is worse than none.
 */
const pages: Partial<Record<Family, Partial<Record<Reason, string>>>> = {
  google: {
    'auth.app_password_required': 'https://support.google.com/accounts/answer/185833',
    'auth.invalid_credentials': 'https://support.google.com/accounts/answer/185833',
    'imap.disabled': 'https://support.google.com/a/answer/105694',
    'login.blocked': 'https://support.google.com/mail/answer/78754',
    'rate.limited': 'https://support.google.com/mail/answer/7126229',
    'send.rate_limited': 'https://support.google.com/mail/answer/22839',
    'send.message_too_large': 'https://support.google.com/mail/answer/6584',
    'send.content_rejected': 'https://support.google.com/mail/answer/6590',
  },
  microsoft: {
    'smtp.disabled': 'https://aka.ms/smtp_auth_disabled',
    'login.blocked': 'https://account.live.com/activity',
    'account.suspended': 'https://security.microsoft.com/restrictedentities',
    'imap.disabled':
      'https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/pop3-and-imap4/enable-or-disable-pop3-or-imap4-access',
  },
  yahoo: {
    'auth.app_password_required': 'https://help.yahoo.com/kb/SLN15241.html',
    'auth.invalid_credentials': 'https://help.yahoo.com/kb/SLN15241.html',
  },
  aol: {
    'auth.app_password_required': 'https://help.aol.com/articles/Create-and-manage-app-password',
    'auth.invalid_credentials': 'https://help.aol.com/articles/Create-and-manage-app-password',
  },
  icloud: {
    'auth.app_password_required': 'https://support.apple.com/102654',
    'auth.invalid_credentials': 'https://support.apple.com/102654',
  },
  fastmail: { 'auth.app_password_required': 'https://www.fastmail.com/help/clients/apppassword.html' },
  gmx: {
    'auth.app_password_required': 'https://hilfe.gmx.net/sicherheit/2fa/anwendungsspezifisches-passwort.html',
    'auth.invalid_credentials': 'https://hilfe.gmx.net/pop-imap/einschalten.html',
    'imap.disabled': 'https://hilfe.gmx.net/pop-imap/einschalten.html',
    'account.locked': 'https://hilfe.gmx.net/account/gesperrt.html',
    'account.suspended': 'https://hilfe.gmx.net/account/gesperrt.html',
  },
  webde: {
    'auth.app_password_required': 'https://hilfe.web.de/sicherheit/2fa/anwendungsspezifisches-passwort.html',
    'auth.invalid_credentials': 'https://hilfe.web.de/pop-imap/einschalten.html',
    'imap.disabled': 'https://hilfe.web.de/pop-imap/einschalten.html',
  },
  yandex: {
    'auth.app_password_required': 'https://yandex.com/support/passport/authorization/app-passwords.html',
  },
  mailru: { 'auth.app_password_required': 'https://help.mail.ru/mail/security/protection/external' },
  zoho: {
    'auth.app_password_required': 'https://accounts.zoho.com/home#security/app_password',
    'imap.disabled': 'https://www.zoho.com/mail/help/imap-access.html',
    'auth.invalid_credentials': 'https://www.zoho.com/mail/help/imap-access.html',
    'login.blocked': 'https://mail.zoho.com/UnblockMe',
  },
  qq: {
    'auth.app_password_required': 'https://service.mail.qq.com/',
    'imap.disabled': 'https://service.mail.qq.com/',
    'smtp.disabled': 'https://service.mail.qq.com/',
  },
};

/** The provider's help page for a reason, if we are sure of one. */
export const helpPages = (reason: Reason, family: Family | undefined): string | undefined =>
  family && pages[family]?.[reason];
