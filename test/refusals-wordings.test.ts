import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Answer, classify, type Phase } from '../src/mail/refusals/index.ts';

/**
 * Wordings of servers and providers, written for this test: families of phrases rather than one installation's line.
 * Each row: what it means (any of several where two are defensible), `now` = must not be permanent, `ever` = must be.
 */
type Row = readonly [text: string, reasons: string, lasts?: 'now' | 'ever'];

function session(name: string, base: Answer, rows: readonly Row[]): void {
  describe(name, () => {
    for (const [text, reasons, lasts] of rows) {
      it(text.slice(0, 90).replaceAll('\n', ' / '), () => {
        const verdict = classify({ ...base, text });
        assert.ok(
          reasons.split(' ').includes(verdict.reason),
          `${verdict.reason} by ${verdict.rule}, wanted ${reasons}`,
        );
        if (lasts === 'now') assert.equal(verdict.permanent, false, verdict.rule);
        if (lasts === 'ever') assert.equal(verdict.permanent, true, verdict.rule);
      });
    }
  });
}

const imap = (phase: Phase, host?: string): Answer => ({ protocol: 'imap', phase, host });
const smtp = (phase: Phase, host?: string): Answer => ({ protocol: 'smtp', phase, host });

session('IMAP login, any server', imap('auth', 'mail.example.dk'), [
  ['A1 NO [AUTHENTICATIONFAILED] Authentication failed.', 'auth.invalid_credentials', 'ever'],
  ['A1 NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)', 'auth.invalid_credentials', 'ever'],
  ['A1 NO LOGIN failed', 'auth.invalid_credentials', 'ever'],
  ['A1 NO AUTHENTICATE failed.', 'auth.invalid_credentials', 'ever'],
  ['A1 NO Login failed: user not found', 'auth.invalid_credentials', 'ever'],
  ['A1 NO Login failed.', 'auth.invalid_credentials', 'ever'],
  ['A1 NO Invalid user name or password.', 'auth.invalid_credentials', 'ever'],
  ['A1 NO The user name or password is incorrect', 'auth.invalid_credentials', 'ever'],
  ['A1 NO Wrong password', 'auth.invalid_credentials', 'ever'],
  ['A1 NO Bad login or passphrase', 'auth.invalid_credentials', 'ever'],
  ['A1 NO Logon failure: unknown user name or bad password', 'auth.invalid_credentials', 'ever'],
  ['A1 NO credentials rejected', 'auth.invalid_credentials', 'ever'],
  ['A1 NO Password mismatch', 'auth.invalid_credentials', 'ever'],
  ['A1 NO incorrect password or account name', 'auth.invalid_credentials', 'ever'],
  ['A1 NO [AUTHENTICATIONFAILED] Identifiants invalides', 'auth.invalid_credentials', 'ever'],
  ['A1 NO Anmeldung fehlgeschlagen: Benutzername oder Passwort falsch', 'auth.invalid_credentials', 'ever'],
  ['A1 NO Usuario o contraseña incorrectos', 'auth.invalid_credentials', 'ever'],
  ['A1 NO Error: authentication failed: (reason unavailable)', 'auth.invalid_credentials', 'ever'],
  ['A1 NO [UNAVAILABLE] Temporary authentication failure. [mx1:2026-01-02 03:04:05]', 'server.unavailable', 'now'],
  ['A1 NO [AUTHENTICATIONFAILED] Temporary authentication problem, try again', 'server.unavailable', 'now'],
  ['A1 NO Login failed: can not reach authentication backend', 'server.unavailable', 'now'],
  ['A1 NO [UNAVAILABLE] Account is temporarily unavailable.', 'server.unavailable', 'now'],
  ['A1 NO [SERVERBUG] Internal login failure. Refer to server log for more information.', 'server.unavailable', 'now'],
  ['A1 NO Login failed: generic failure', 'server.unavailable auth.invalid_credentials'],
  ['A1 NO LDAP server is down', 'server.unavailable', 'now'],
  ['A1 NO Server is busy, please try again in a few minutes', 'server.unavailable rate.limited', 'now'],
  ['A1 NO Backend timed out', 'server.unavailable', 'now'],
  ['A1 NO The system is under maintenance', 'server.unavailable', 'now'],
  [
    'A1 NO [UNAVAILABLE] Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)',
    'rate.limited',
    'now',
  ],
  ['A1 NO [LIMIT] Maximum number of connections from user+IP exceeded', 'rate.limited', 'now'],
  ['A1 NO [ALERT] Too many simultaneous connections. (Failure)', 'rate.limited', 'now'],
  ['A1 NO Too many concurrent sessions for this account', 'rate.limited', 'now'],
  ['A1 NO Connection limit exceeded', 'rate.limited', 'now'],
  ['* BYE Too many open connections', 'rate.limited', 'now'],
  ['A1 NO Rate limit exceeded', 'rate.limited', 'now'],
  ['A1 NO [LIMIT] Authentication rate limit reached', 'rate.limited', 'now'],
  ['A1 NO You are logging in too often', 'rate.limited', 'now'],
  ['A1 NO Account locked', 'account.locked'],
  ['A1 NO Your account has been locked due to too many failed login attempts', 'account.locked'],
  ['A1 NO User account is temporarily locked', 'account.locked', 'now'],
  ['A1 NO Too many failed logins, account locked for 30 minutes', 'account.locked', 'now'],
  ['A1 NO Too many invalid logon attempts.', 'account.locked', 'now'],
  ['A1 NO Too many wrong passwords, wait 15 minutes', 'account.locked', 'now'],
  ['A1 NO [ALERT] Application-specific password required', 'auth.app_password_required', 'ever'],
  ['A1 NO An app password is required for this account', 'auth.app_password_required', 'ever'],
  ['A1 NO Please use an application password instead of your account password', 'auth.app_password_required', 'ever'],
  ['A1 NO Bitte verwenden Sie ein anwendungsspezifisches Passwort', 'auth.app_password_required', 'ever'],
  ['A1 NO Basic authentication has been disabled for this tenant', 'auth.oauth_required', 'ever'],
  ['A1 NO Password authentication is disabled, use OAuth2', 'auth.oauth_required', 'ever'],
  ['A1 NO Please use modern authentication', 'auth.oauth_required', 'ever'],
  ['A1 NO [ALERT] IMAP access is disabled for your account', 'imap.disabled', 'ever'],
  ['A1 NO IMAP is not enabled for this user', 'imap.disabled', 'ever'],
  ['A1 NO IMAP service is not activated', 'imap.disabled', 'ever'],
  ['A1 NO This user is not allowed to use IMAP', 'imap.disabled', 'ever'],
  ['A1 NO Your plan does not include IMAP access', 'imap.disabled', 'ever'],
  ['A1 NO Please enable IMAP in your mailbox settings', 'imap.disabled', 'ever'],
  ['A1 NO [ALERT] IMAP-Zugriff ist nicht freigeschaltet', 'imap.disabled', 'ever'],
  ['A1 NO Account is disabled', 'account.suspended', 'ever'],
  ['A1 NO This account has been suspended', 'account.suspended', 'ever'],
  ['A1 NO user is inactive', 'account.suspended', 'ever'],
  ['A1 NO [CONTACTADMIN] Please call the help desk', 'account.suspended', 'ever'],
  ['A1 NO mailbox deactivated', 'account.suspended', 'ever'],
  ['A1 NO Your subscription has expired', 'account.suspended', 'ever'],
  ['A1 NO [EXPIRED] Password expired', 'login.blocked', 'ever'],
  ['A1 NO Please log in through your browser to verify your identity', 'login.blocked', 'ever'],
  ['A1 NO Login blocked for security reasons', 'login.blocked', 'ever'],
  ['A1 NO Sign-in was blocked: suspicious location', 'login.blocked', 'ever'],
  ['A1 NO Login from this country is not allowed, access restricted', 'login.blocked auth.invalid_credentials', 'ever'],
  ['* BYE Your IP address has been blocked', 'login.blocked', 'now'],
  [
    'A1 NO [PRIVACYREQUIRED] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.',
    'tls.required',
    'ever',
  ],
  ['A1 NO cleartext logins disabled', 'tls.required', 'ever'],
  ['A1 NO Must issue STARTTLS first', 'tls.required', 'ever'],
  ['A1 NO encryption needed to use mechanism', 'tls.required', 'ever'],
  ['A1 BAD LOGIN is disabled until TLS is active', 'tls.required', 'ever'],
  ['A1 NO no mechanism available', 'auth.mechanism_unsupported', 'ever'],
  ['A1 NO Unsupported authentication mechanism', 'auth.mechanism_unsupported', 'ever'],
  ['A1 NO AUTHENTICATE PLAIN not supported', 'auth.mechanism_unsupported', 'ever'],
  ['A1 NO mechanism not supported', 'auth.mechanism_unsupported', 'ever'],
  ['A1 BAD Missing argument to LOGIN', 'protocol.bad_command', 'ever'],
  ['A1 BAD Error in IMAP command LOGIN: Invalid characters in atom', 'protocol.bad_command', 'ever'],
  ['A1 BAD Command unrecognized', 'protocol.bad_command', 'ever'],
  ['A1 BAD syntax error in command', 'protocol.bad_command', 'ever'],
  ['* BYE Too many invalid commands', 'protocol.bad_command', 'ever'],
  ['* BYE Disconnected: Inactivity during authentication.', 'session.expired network.timeout', 'now'],
  ['* BYE Server shutting down.', 'server.unavailable', 'now'],
]);

session('IMAP after login', imap('select', 'mail.example.dk'), [
  ['A3 NO [NONEXISTENT] Unknown Mailbox: Sent', 'mailbox.folder_missing'],
  ['A3 NO Mailbox does not exist: Sent', 'mailbox.folder_missing'],
  ["A3 NO Folder doesn't exist", 'mailbox.folder_missing'],
  ['A3 NO [TRYCREATE] No such mailbox', 'mailbox.folder_missing'],
  ['A3 NO [OVERQUOTA] Quota exceeded (mailbox for user is full)', 'mailbox.over_quota'],
  ['A3 NO Mailbox is full', 'mailbox.over_quota'],
  ['A3 NO Over quota', 'mailbox.over_quota'],
  ['A3 NO [NOPERM] Permission denied', 'mailbox.access_denied'],
  ['A3 NO Access denied to mailbox', 'mailbox.access_denied'],
  ['A3 NO [INUSE] Mailbox is in use', 'server.unavailable', 'now'],
  ['A3 NO [SERVERBUG] Internal error occurred. Refer to server log for more information.', 'server.unavailable', 'now'],
  ['A3 NO [UNAVAILABLE] Mailbox is temporarily not accessible', 'server.unavailable', 'now'],
  ['A3 NO [LIMIT] FETCH Rate limit hit.', 'rate.limited', 'now'],
  ['A3 NO Timeout while waiting for lock', 'server.unavailable', 'now'],
  ['* BYE Disconnected for inactivity.', 'session.expired', 'now'],
  ['* BYE Logging out', 'session.expired', 'now'],
  ['* BYE Idle timeout, closing connection', 'session.expired', 'now'],
  ['* BYE Session timed out', 'session.expired', 'now'],
  ['* BYE Connection closed', 'session.expired', 'now'],
  ['* BYE Internal error occurred', 'server.unavailable', 'now'],
  ['* BYE [UNAVAILABLE] Server is restarting', 'server.unavailable', 'now'],
]);

session('Gmail IMAP', imap('auth', 'imap.gmail.com'), [
  [
    '* NO [WEBALERT https://accounts.google.com/signin/continue?x=1] Web login required.\nA1 NO [ALERT] Please log in with your web browser (Failure)',
    'login.blocked',
    'ever',
  ],
  [
    'A1 NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)',
    'auth.invalid_credentials auth.app_password_required',
    'ever',
  ],
  [
    'A1 NO [ALERT] Your account is not enabled for IMAP use. Please visit your account settings page. (Failure)',
    'imap.disabled',
    'ever',
  ],
  [
    'A1 NO [ALERT] IMAP access is disabled for your domain. Please contact your domain administrator. (Failure)',
    'imap.disabled',
    'ever',
  ],
  ['A1 NO [UNAVAILABLE] Temporary System Error', 'server.unavailable', 'now'],
  ['* BYE System Error', 'server.unavailable', 'now'],
  ['A1 NO [ALERT] Account exceeded command or bandwidth limits. (Failure)', 'rate.limited', 'now'],
  ['A1 BAD Invalid SASL argument. x12mb3', 'protocol.bad_command'],
]);
session('Microsoft 365 IMAP', imap('auth', 'outlook.office365.com'), [
  ['A1 NO LOGIN failed.', 'auth.oauth_required', 'ever'],
  ['A1 NO AUTHENTICATE failed.', 'auth.oauth_required auth.invalid_credentials auth.token_expired'],
  ['A1 BAD User is authenticated but not connected.', 'mailbox.access_denied', 'now'],
  ['* BYE Request is throttled. Suggested Backoff Time: 1500 milliseconds', 'rate.limited', 'now'],
  ['* BYE Too many concurrent connections opened.', 'rate.limited', 'now'],
  ['* BYE Session invalidated - AccessTokenExpired', 'auth.token_expired', 'now'],
  ['A1 NO Server Busy. 12', 'server.unavailable', 'now'],
]);
session('Yahoo and AOL IMAP', imap('auth', 'export.imap.aol.com'), [
  ['A1 NO [AUTHENTICATIONFAILED] LOGIN Invalid credentials', 'auth.app_password_required', 'ever'],
  [
    'A1 NO [AUTHENTICATIONFAILED] (#MBR1240) Please verify your account by going to https://login.aol.com',
    'login.blocked',
  ],
  ['A1 NO [UNAVAILABLE] LOGIN Server error - Please try again later.', 'server.unavailable', 'now'],
  ['A1 NO [SERVERBUG] AUTHENTICATE Server error', 'server.unavailable', 'now'],
  ['A1 NO [LIMIT] LOGIN Rate limit hit.', 'rate.limited', 'now'],
  ['A1 NO [INUSE] Too many sessions open', 'rate.limited', 'now'],
]);
session('iCloud IMAP', imap('auth', 'p01-imap.mail.me.com'), [
  ['A1 NO [AUTHENTICATIONFAILED] Authentication failed', 'auth.app_password_required', 'ever'],
  ['A1 NO [UNAVAILABLE] Temporary failure', 'server.unavailable', 'now'],
]);
session('Yandex IMAP', imap('auth', 'imap.yandex.com'), [
  [
    'A1 NO [AUTHENTICATIONFAILED] LOGIN invalid credentials or IMAP is disabled sc=abc_123',
    'auth.invalid_credentials',
    'ever',
  ],
  ['A1 NO [UNAVAILABLE] LOGIN internal server error sc=abc_123', 'server.unavailable', 'now'],
]);
session('NetEase and QQ IMAP', imap('auth', 'imap.163.com'), [
  ['A1 NO LOGIN Login error or password error', 'auth.app_password_required auth.invalid_credentials', 'ever'],
  ['A3 NO SELECT Unsafe Login. Please contact kefu@188.com for help', 'login.blocked', 'ever'],
]);

session('SMTP greeting', smtp('greeting', 'smtp.example.dk'), [
  ['421 4.7.0 smtp.example.dk Error: too many connections from 192.0.2.7', 'rate.limited', 'now'],
  ['421 Too many concurrent SMTP connections; please try again later.', 'rate.limited', 'now'],
  ['421 4.3.2 All server ports are busy', 'server.unavailable rate.limited', 'now'],
  ['421 Service not available, closing transmission channel', 'server.unavailable', 'now'],
  ['421 4.3.2 Connection rate limit exceeded.', 'rate.limited', 'now'],
  ['554 5.7.1 You are not allowed to connect.', 'send.content_rejected login.blocked server.unavailable'],
  ['554 smtp.example.dk ESMTP not accepting messages', 'server.unavailable send.content_rejected'],
  ['550 IP 192.0.2.7 is listed at zen.spamhaus.org', 'send.content_rejected'],
]);

session('SMTP login, any server', smtp('auth', 'smtp.example.dk'), [
  ['535 5.7.8 Error: authentication failed: authentication failure', 'auth.invalid_credentials', 'ever'],
  ['535 5.7.8 Error: authentication failed: UGFzc3dvcmQ6', 'auth.invalid_credentials', 'ever'],
  ['535 5.7.8 Error: authentication failed: (reason unavailable)', 'auth.invalid_credentials', 'ever'],
  ['535 Incorrect authentication data', 'auth.invalid_credentials', 'ever'],
  ['535 5.7.3 Authentication unsuccessful', 'auth.invalid_credentials', 'ever'],
  ['535 authorization failed (#5.7.0)', 'auth.invalid_credentials', 'ever'],
  ['535 Authentication credentials invalid', 'auth.invalid_credentials', 'ever'],
  ['535 5.7.8 Bad username / password', 'auth.invalid_credentials', 'ever'],
  ['550 5.7.1 Authentication failed', 'auth.invalid_credentials', 'ever'],
  ['435 Unable to authenticate at present', 'server.unavailable', 'now'],
  ['454 4.7.0 Temporary authentication failure: Connection lost to authentication server', 'server.unavailable', 'now'],
  ['454 4.7.0 Cannot authenticate due to temporary system problem. Try again later.', 'server.unavailable', 'now'],
  ['535 5.7.8 Error: authentication failed: Connection lost to authentication server', 'server.unavailable', 'now'],
  ['451 4.3.0 Temporary lookup failure', 'server.unavailable', 'now'],
  ['421 4.7.0 smtp.example.dk Error: too many errors', 'rate.limited server.unavailable protocol.bad_command', 'now'],
  ['454 4.7.0 Too many login attempts, please try again later', 'rate.limited', 'now'],
  ['421 4.7.0 Too many authentication failures', 'account.locked rate.limited', 'now'],
  ['535 5.7.0 Account locked, too many failed attempts', 'account.locked'],
  ['503 5.5.1 Error: authentication not enabled', 'smtp.disabled auth.mechanism_unsupported', 'ever'],
  ['503 AUTH command used when not advertised', 'auth.mechanism_unsupported', 'ever'],
  ['504 5.7.4 Unrecognized Authentication Type', 'auth.mechanism_unsupported', 'ever'],
  ['535 5.7.8 Error: authentication failed: Invalid authentication mechanism', 'auth.mechanism_unsupported', 'ever'],
  ['534 5.7.9 Authentication mechanism is too weak', 'auth.mechanism_unsupported', 'ever'],
  ['538 5.7.11 Encryption required for requested authentication mechanism', 'tls.required', 'ever'],
  ['530 5.7.0 Must issue a STARTTLS command first', 'tls.required', 'ever'],
  ['454 TLS not available due to temporary reason', 'tls.handshake server.unavailable', 'now'],
  ['535 5.7.13 User account disabled', 'account.suspended', 'ever'],
  ['535 5.7.0 This account has been suspended', 'account.suspended', 'ever'],
  ['525 5.7.13 Unauthorized IP address', 'login.blocked account.suspended', 'ever'],
  ['535 SMTP access is disabled for this user', 'smtp.disabled', 'ever'],
  ['501 5.5.2 Cannot decode AUTH parameter', 'protocol.bad_command', 'ever'],
  ['535 5.7.8 Please use an app password', 'auth.app_password_required', 'ever'],
]);
session('Gmail SMTP', smtp('auth', 'smtp.gmail.com'), [
  [
    '535 5.7.1 Application-specific password required. Learn more at 5.7.1 https://support.google.com/mail/?p=InvalidSecondFactor x - gsmtp',
    'auth.app_password_required',
    'ever',
  ],
  ['535 5.7.1 Please log in with your web browser and then try again. x - gsmtp', 'login.blocked', 'ever'],
  ['421 4.7.0 Try again later, closing connection. x - gsmtp', 'server.unavailable rate.limited', 'now'],
  ['421 4.3.0 Temporary System Problem. Try again later (10) - gsmtp', 'server.unavailable', 'now'],
]);
session('Microsoft SMTP', smtp('auth', 'smtp.office365.com'), [
  [
    '535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled for more information. [X.PROD.OUTLOOK.COM]',
    'smtp.disabled',
    'ever',
  ],
  [
    '535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox.',
    'smtp.disabled',
    'ever',
  ],
  [
    '535 5.7.139 Authentication unsuccessful, the request did not meet the criteria to be authenticated successfully. Contact your administrator.',
    'login.blocked',
    'ever',
  ],
  ['550 5.7.30 Basic authentication is not supported for Client Submission.', 'auth.oauth_required', 'ever'],
  ['535 5.7.139 Authentication unsuccessful, user password has expired.', 'login.blocked', 'ever'],
  [
    '535 5.7.3 Authentication unsuccessful [X.PROD.OUTLOOK.COM]',
    'auth.invalid_credentials auth.oauth_required',
    'ever',
  ],
  [
    '421 4.3.2 The maximum number of concurrent connections has exceeded a limit, closing transmission channel',
    'rate.limited',
    'now',
  ],
  ['432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending', 'rate.limited', 'now'],
]);
session('other SMTP logins', smtp('auth', 'smtp.yandex.com'), [
  [
    '535 5.7.8 Error: authentication failed: This user does not have access rights to this service',
    'smtp.disabled imap.disabled auth.app_password_required',
    'ever',
  ],
  [
    '535 5.7.8 Error: authentication failed: please accept EULA and prove you are not a robot first',
    'login.blocked',
    'ever',
  ],
]);
session('Mail.ru SMTP', smtp('auth', 'smtp.mail.ru'), [
  [
    '535 5.7.0 NEOBHODIM parol prilozheniya https://help.mail.ru/mail/security/protection/external / Application password is REQUIRED',
    'auth.app_password_required',
    'ever',
  ],
]);
session('QQ SMTP', smtp('auth', 'smtp.qq.com'), [
  ['535 Login Fail. Please enter your authorization code to login.', 'auth.app_password_required', 'ever'],
]);

session('SMTP MAIL FROM', smtp('mail', 'smtp.example.dk'), [
  ['530 5.7.0 Authentication required', 'auth.required', 'ever'],
  ['550 5.7.1 Client was not authenticated', 'auth.required', 'ever'],
  ['550 5.7.60 SMTP; Client does not have permissions to send as this sender', 'send.sender_rejected', 'ever'],
  ['553 5.7.1 <a@example.dk>: Sender address rejected: not owned by user b@example.dk', 'send.sender_rejected', 'ever'],
  ['550 Sender verify failed', 'send.sender_rejected', 'ever'],
  ['501 5.1.7 Bad sender address syntax', 'send.sender_rejected', 'ever'],
  ['550 5.7.0 From address is not one of your addresses', 'send.sender_rejected', 'ever'],
  ['553 Mail from must equal authorized user', 'send.sender_rejected', 'ever'],
  ['450 4.1.8 <a@x.example>: Sender address rejected: Domain not found', 'send.sender_rejected', 'now'],
  ['451 4.1.8 Domain of sender address does not resolve', 'send.sender_rejected', 'now'],
  ['552 5.3.4 Message size exceeds fixed limit', 'send.message_too_large', 'ever'],
  ['552 message size exceeds maximum permitted', 'send.message_too_large', 'ever'],
  ['452 4.3.1 Insufficient system storage', 'server.unavailable', 'now'],
  ['450 4.7.1 Error: too much mail from 192.0.2.7', 'send.rate_limited', 'now'],
  ['550 5.4.5 Daily sending quota exceeded', 'send.rate_limited', 'now'],
  ['451 You have exceeded your messaging limits', 'send.rate_limited', 'now'],
  ['503 5.5.1 Bad sequence of commands', 'protocol.bad_command', 'ever'],
  ['421 4.4.2 smtp.example.dk Error: timeout exceeded', 'network.timeout session.expired', 'now'],
  [
    '550 5.7.1 Your account has been suspended from sending mail',
    'account.suspended send.sender_rejected smtp.disabled',
    'ever',
  ],
]);
session('SMTP RCPT TO', smtp('rcpt', 'smtp.example.dk'), [
  [
    '550 5.1.1 <x@example.com>: Recipient address rejected: User unknown in virtual mailbox table',
    'send.recipient_rejected',
    'ever',
  ],
  [
    '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup',
    'send.recipient_rejected',
    'ever',
  ],
  ['550 No such user here', 'send.recipient_rejected', 'ever'],
  ['550 sorry, no mailbox here by that name. (#5.7.17)', 'send.recipient_rejected', 'ever'],
  ['550 Unrouteable address', 'send.recipient_rejected', 'ever'],
  ['550 5.1.2 Host unknown', 'send.recipient_rejected', 'ever'],
  ['550 Account inactive', 'send.recipient_rejected', 'ever'],
  ["554 delivery error: dd This user doesn't have a yahoo.com account", 'send.recipient_rejected', 'ever'],
  ['550 Empfänger unbekannt', 'send.recipient_rejected', 'ever'],
  ['501 5.1.3 Bad recipient address syntax', 'send.recipient_rejected', 'ever'],
  ['556 5.1.10 Recipient address has null MX', 'send.recipient_rejected', 'ever'],
  ['552 5.2.2 Mailbox full', 'send.recipient_rejected', 'now'],
  ['452 4.2.2 The email account that you tried to reach is over quota', 'send.recipient_rejected', 'now'],
  ['550 Mailbox size limit exceeded', 'send.recipient_rejected', 'now'],
  [
    '450 4.2.0 <x@example.com>: Recipient address rejected: Greylisted, see http://postgrey.example/',
    'send.greylisted',
    'now',
  ],
  ['451 4.7.1 Greylisting in action, please come back in 00:05:00', 'send.greylisted', 'now'],
  [
    '450 4.1.1 <x@example.com>: Recipient address rejected: unverified address: timed out',
    'send.recipient_rejected server.unavailable',
    'now',
  ],
  ['554 5.7.1 <x@example.com>: Relay access denied', 'send.relay_denied', 'ever'],
  ['550 5.7.1 Unable to relay', 'send.relay_denied', 'ever'],
  ['550 relay not permitted', 'send.relay_denied', 'ever'],
  ["553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", 'send.relay_denied auth.required', 'ever'],
  ['550 5.7.1 Relaying denied. Proper authentication required.', 'auth.required send.relay_denied', 'ever'],
  ['452 4.5.3 Error: too many recipients', 'send.rate_limited send.recipient_rejected', 'now'],
  ['450 Domain example.dk has exceeded the max emails per hour (150/150 (100%)) allowed.', 'send.rate_limited', 'now'],
  ['450 4.2.1 The user you are trying to contact is receiving mail too quickly', 'send.rate_limited', 'now'],
  ['554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org', 'send.content_rejected'],
  ['450 4.7.25 Client host rejected: cannot find your hostname', 'send.content_rejected', 'now'],
  ['550 5.7.1 Access denied, banned sending IP [192.0.2.7]', 'send.content_rejected send.sender_rejected', 'ever'],
  ['451 4.3.0 Temporary lookup failure', 'server.unavailable', 'now'],
  ['550 5.4.1 Recipient address rejected: Access denied', 'send.recipient_rejected', 'ever'],
]);
session('SMTP DATA', smtp('data', 'smtp.example.dk'), [
  ['554 5.7.1 Message rejected as spam', 'send.content_rejected', 'ever'],
  ['550 5.7.1 Message content rejected', 'send.content_rejected', 'ever'],
  ['550 High probability of spam', 'send.content_rejected', 'ever'],
  ['552 5.7.0 Our system detected an illegal attachment on your message', 'send.content_rejected', 'ever'],
  ['550 This message contains a virus (Eicar)', 'send.content_rejected', 'ever'],
  ['554 5.6.0 Message is malformed. Not accepted', 'send.content_rejected', 'ever'],
  [
    '550 5.7.26 This message does not pass authentication checks (SPF and DKIM both do not pass)',
    'send.sender_rejected send.content_rejected',
    'ever',
  ],
  ['550 5.7.1 Rejected by DMARC policy of example.dk', 'send.sender_rejected send.content_rejected', 'ever'],
  ['552 5.2.3 Your message exceeded our message size limits', 'send.message_too_large', 'ever'],
  ['552 Message too large', 'send.message_too_large', 'ever'],
  [
    '554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied',
    'send.sender_rejected',
    'ever',
  ],
  ['554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException', 'send.rate_limited', 'now'],
  [
    "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients",
    'send.rate_limited',
    'now',
  ],
  ['451 4.3.0 Error: queue file write error', 'server.unavailable', 'now'],
  ['421 4.3.0 Temporary System Problem', 'server.unavailable', 'now'],
  ['454 Throttling failure: Maximum sending rate exceeded', 'send.rate_limited rate.limited', 'now'],
  ['554 Message rejected: Email address is not verified.', 'send.sender_rejected', 'ever'],
  ['450 4.7.0 Greylisted, try again in 300 seconds', 'send.greylisted', 'now'],
  ['452 space shortage, please try later', 'server.unavailable', 'now'],
  [
    '554 5.6.0 Message exceeded 50 hops, this may indicate a mail loop',
    'send.content_rejected server.unavailable send.recipient_rejected',
  ],
]);

// A second set, of other software, providers and languages.
session('IMAP login, more servers', imap('auth', 'mail.firma.example'), [
  ['A1 NO Login failed: Account disabled by administrator', 'account.suspended', 'ever'],
  ['A1 NO maintenance mode', 'server.unavailable', 'now'],
  ['A1 NO account not active', 'account.suspended', 'ever'],
  ['A1 NO Error: Authentication failed; server mx.example said: 535 bad login', 'auth.invalid_credentials', 'ever'],
  ['A1 NO [AUTHENTICATIONFAILED] Falsches Passwort oder Benutzername', 'auth.invalid_credentials', 'ever'],
  ['A1 NO Ongeldige gebruikersnaam of wachtwoord', 'auth.invalid_credentials', 'ever'],
  ['A1 NO Forkert brugernavn eller adgangskode', 'auth.invalid_credentials', 'ever'],
  ['A1 NO Fel användarnamn eller lösenord', 'auth.invalid_credentials', 'ever'],
  ['A1 NO Feil brukernavn eller passord', 'auth.invalid_credentials', 'ever'],
  ['A1 NO Błędny login lub hasło', 'auth.invalid_credentials', 'ever'],
  ['A1 NO Errore di autenticazione', 'auth.invalid_credentials', 'ever'],
  ['A1 NO Das Konto ist gesperrt', 'account.locked account.suspended'],
  ['A1 NO Zu viele gleichzeitige Verbindungen', 'rate.limited', 'now'],
  ['A1 NO Service vorübergehend nicht verfügbar', 'server.unavailable', 'now'],
  ['A1 NO Dienst wegen Wartung nicht erreichbar', 'server.unavailable', 'now'],
  ['A1 NO Service temporairement indisponible', 'server.unavailable', 'now'],
  ['A1 NO Mailbox is locked by another process', 'server.unavailable account.locked', 'now'],
  ['A1 NO Access denied: your IP 192.0.2.4 is blacklisted', 'login.blocked', 'now'],
  ['A1 NO [ALERT] Your mailbox is disabled because of an unpaid invoice', 'account.suspended', 'ever'],
  ['A1 NO External access to this mailbox is disabled', 'imap.disabled account.suspended', 'ever'],
  [
    'A1 NO [CANNOT] Login over this port is disallowed',
    'auth.invalid_credentials protocol.bad_command tls.required',
    'ever',
  ],
  ['A1 NO Proxy: cannot connect to backend', 'server.unavailable', 'now'],
  ['A1 NO Too many requests, slow down', 'rate.limited', 'now'],
  ['A1 NO Maximum login attempts per minute reached', 'rate.limited account.locked', 'now'],
  ['* BYE Connection refused: server too busy', 'server.unavailable', 'now'],
  ['* BYE disconnecting', 'server.unavailable session.expired', 'now'],
  ['A1 NO Client not authorized to access the mailbox', 'auth.invalid_credentials mailbox.access_denied', 'ever'],
  ['A1 BAD [CLIENTBUG] Unbalanced quotes', 'protocol.bad_command', 'ever'],
  ['A1 NO 2FA is enabled for this account, sign in on the web', 'login.blocked auth.app_password_required', 'ever'],
  ['A1 NO [AUTHENTICATIONFAILED] Use your app password', 'auth.app_password_required', 'ever'],
  ['A1 NO Authentication service not reachable', 'server.unavailable', 'now'],
  ['A1 NO Could not authenticate: database timeout', 'server.unavailable', 'now'],
  ['A1 NO Domain is suspended', 'account.suspended', 'ever'],
  ['A1 NO Login aborted', 'auth.invalid_credentials unknown server.unavailable'],
  ['A1 NO Entschuldigung', 'unknown', 'now'],
]);
session('IMAP greeting', imap('greeting', 'mail.firma.example'), [
  ['* BYE Too many connections from your IP', 'rate.limited', 'now'],
  ['* BYE Service not available', 'server.unavailable', 'now'],
  ['* BYE Access denied', 'login.blocked server.unavailable'],
  ['* BYE Your address is banned for 3600 seconds', 'login.blocked', 'now'],
  ['+OK Dovecot ready.', 'protocol.pop3', 'ever'],
  ['220 mail.example ESMTP Postfix', 'protocol.not_imap', 'ever'],
  ['HTTP/1.1 400 Bad Request', 'protocol.not_imap', 'ever'],
  ['SSH-2.0-OpenSSH_9.6', 'protocol.not_imap', 'ever'],
  ['* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED', 'tls.required', 'ever'],
]);
session('SMTP login, more servers', smtp('auth', 'mail.firma.example'), [
  ['535 5.7.0 Authentification invalide', 'auth.invalid_credentials', 'ever'],
  ['535 5.7.8 Authentifizierung fehlgeschlagen', 'auth.invalid_credentials', 'ever'],
  ['535 5.7.0 Invalid login or password', 'auth.invalid_credentials', 'ever'],
  ['535 5.7.8 Sorry, your access has been denied', 'auth.invalid_credentials login.blocked', 'ever'],
  ['535 Login refused', 'auth.invalid_credentials', 'ever'],
  ['535 Account has exceeded its failed login limit', 'account.locked rate.limited'],
  ['421 4.7.0 Authentication rate limit exceeded', 'rate.limited', 'now'],
  ['421 Too many login attempts from your address', 'rate.limited account.locked', 'now'],
  ["454 oops, problem with child and I can't auth (#4.3.0)", 'server.unavailable', 'now'],
  ['451 4.4.3 Temporary server error. Please try again later', 'server.unavailable', 'now'],
  ['503 5.5.2 Send hello first', 'protocol.bad_command', 'ever'],
  ['502 5.5.2 Error: command not recognized', 'auth.mechanism_unsupported protocol.bad_command', 'ever'],
  ['500 5.5.1 Command unrecognized: "AUTH PLAIN"', 'auth.mechanism_unsupported protocol.bad_command', 'ever'],
  ['504 AUTH mechanism PLAIN not available', 'auth.mechanism_unsupported', 'ever'],
  ['432 4.7.12 A password transition is needed', 'auth.mechanism_unsupported login.blocked', 'now'],
  ['530 5.7.0 STARTTLS required', 'tls.required', 'ever'],
  ['454 4.3.3 TLS not available', 'tls.handshake', 'now'],
  ['535 5.7.8 Mailbox is blocked, contact support', 'account.suspended login.blocked', 'ever'],
  ['550 5.7.0 Your IP is blocked', 'login.blocked send.content_rejected'],
  ['535 5.7.1 Sending is disabled for trial accounts', 'smtp.disabled', 'ever'],
  ['535 5.7.8 Incorrect username or access token.', 'auth.invalid_credentials auth.app_password_required', 'ever'],
]);
session('SMTP RCPT TO, more servers', smtp('rcpt', 'mail.firma.example'), [
  ['550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient.', 'send.recipient_rejected', 'ever'],
  ['550 Callout verification failed', 'send.recipient_rejected send.sender_rejected', 'ever'],
  ['450 4.1.2 <a@b.example>: Recipient address rejected: Domain not found', 'send.recipient_rejected', 'now'],
  ['553 5.3.0 <a@b.example>... No such user', 'send.recipient_rejected', 'ever'],
  ['550 Mailbox unavailable', 'send.recipient_rejected', 'ever'],
  ['450 Mailbox busy', 'send.recipient_rejected server.unavailable', 'now'],
  ['451 Could not complete sender verify callout', 'send.sender_rejected server.unavailable', 'now'],
  ['550 5.7.1 Sender is not allowed to send mail to this list', 'send.sender_rejected send.recipient_rejected', 'ever'],
  [
    '550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required',
    'send.recipient_rejected',
    'ever',
  ],
  [
    '554 5.7.1 <smtp.example.dk[192.0.2.3]>: Client host rejected: Access denied',
    'send.content_rejected send.relay_denied',
    'ever',
  ],
  ['550 5.7.1 Message rejected due to SPF', 'send.sender_rejected send.content_rejected', 'ever'],
  ['550 SPF check failed for a@b.example', 'send.sender_rejected send.content_rejected', 'ever'],
  ['421 4.7.0 Try again later, too many recipients for one mail', 'send.rate_limited', 'now'],
  ['552 5.7.1 You exceeded your daily limit of 500 messages', 'send.rate_limited', 'now'],
  ['550 You must authenticate before sending', 'auth.required', 'ever'],
  ['503 5.5.1 RCPT before MAIL', 'protocol.bad_command', 'ever'],
  ['550 5.2.1 The email account that you tried to reach is inactive', 'send.recipient_rejected', 'ever'],
  ['450 4.2.1 Mailbox temporarily disabled', 'send.recipient_rejected server.unavailable', 'now'],
  ['452 4.2.2 Quota exceeded', 'send.recipient_rejected', 'now'],
  ['554 5.7.1 Blocked by RBL', 'send.content_rejected', 'ever'],
  ['450 4.7.1 Service unavailable, come back in 15 minutes', 'server.unavailable send.greylisted', 'now'],
]);
session('SMTP DATA, more servers', smtp('data', 'mail.firma.example'), [
  [
    '554 5.7.1 The message was rejected because it contains prohibited virus or spam content',
    'send.content_rejected',
    'ever',
  ],
  ['550 5.6.0 Lone CR or LF in headers', 'send.content_rejected', 'ever'],
  ['550 5.7.1 Missing or invalid From header', 'send.sender_rejected send.content_rejected', 'ever'],
  ['554 5.3.4 Message too big for system', 'send.message_too_large', 'ever'],
  [
    '552 5.3.4 Requested mail action aborted: exceeded storage allocation',
    'send.message_too_large send.recipient_rejected',
  ],
  ['451 Requested action aborted: local error in processing', 'server.unavailable', 'now'],
  ['452 4.3.1 Out of memory', 'server.unavailable', 'now'],
  ['550 Nachricht wegen Spamverdacht abgelehnt', 'send.content_rejected', 'ever'],
  ['451 4.7.1 Please try again later (TEMPFAIL)', 'server.unavailable send.greylisted', 'now'],
  [
    '550 5.7.509 Access denied, sending domain example.dk does not pass DMARC verification',
    'send.sender_rejected',
    'ever',
  ],
  ['554 5.7.9 Message not accepted for policy reasons', 'send.content_rejected', 'ever'],
  ['421 4.7.0 [TSS04] Messages temporarily deferred due to user complaints', 'send.rate_limited', 'now'],
  ['421 4.4.2 Connection dropped due to SocketError', 'server.unavailable network.reset', 'now'],
]);

const token = (text: string, code?: string): Answer => ({ protocol: 'oauth', phase: 'token', text, code });
describe('OAuth token endpoints', () => {
  const rows: readonly (readonly [Answer, string, boolean?])[] = [
    [
      token('{"error":"invalid_grant","error_description":"Token has been expired or revoked."}'),
      'auth.token_revoked auth.token_expired',
      true,
    ],
    [
      token(
        '{"error":"invalid_grant","error_subtype":"invalid_rapt","error_description":"reauth related error (invalid_rapt)"}',
      ),
      'auth.token_expired auth.token_revoked login.blocked',
      true,
    ],
    [token('{"error":"invalid_grant","error_description":"Account has been deleted"}'), 'account.suspended', true],
    [
      token('{"error":"invalid_client","error_description":"The OAuth client was not found."}'),
      'oauth.client_invalid',
      true,
    ],
    [token('{"error":"unauthorized_client"}'), 'oauth.client_invalid', true],
    [token('{"error":"deleted_client"}'), 'oauth.client_invalid', true],
    [token('{"error":"admin_policy_enforced"}'), 'login.blocked', true],
    [token('{"error":"org_internal"}'), 'oauth.client_invalid', true],
    [token('{"error":"access_denied"}'), 'oauth.denied', true],
    [token('{"error":"temporarily_unavailable"}'), 'server.unavailable', false],
    [token('{"error":"rate_limit_exceeded"}'), 'rate.limited', false],
    [token('{"error":"slow_down"}'), 'rate.limited', false],
    [token('{"error":"invalid_grant","suberror":"bad_token"}'), 'auth.token_revoked', true],
    [
      token('{"error":"interaction_required","suberror":"consent_required","error_codes":[65001]}'),
      'auth.insufficient_scope',
      true,
    ],
    [token('{"error":"INVALID_REFRESH_TOKEN"}'), 'auth.token_revoked', true],
    [
      {
        protocol: 'oauth',
        oauth: { error: 'invalid_grant', error_codes: [50173], error_description: 'AADSTS50173: …' },
      },
      'auth.token_revoked',
      true,
    ],
    [{ protocol: 'oauth', oauth: { error: 'interaction_required', error_codes: [50076] } }, 'login.blocked', true],
    [{ protocol: 'oauth', oauth: { error: 'invalid_grant', error_codes: [700082] } }, 'auth.token_expired', true],
    [{ protocol: 'oauth', oauth: { error: 'invalid_grant', error_codes: [50053] } }, 'account.locked'],
    [{ protocol: 'oauth', oauth: { error: 'invalid_client', error_codes: [7000222] } }, 'oauth.client_invalid', true],
    [
      { protocol: 'oauth', oauth: { error: 'temporarily_unavailable', error_codes: [90033] } },
      'server.unavailable',
      false,
    ],
    [{ protocol: 'oauth', oauth: { status: 503 } }, 'server.unavailable', false],
    [{ protocol: 'oauth', oauth: { status: 429 } }, 'rate.limited', false],
    [token('<html><title>502 Bad Gateway</title></html>'), 'server.unavailable', false],
    [token(''), 'unknown', false],
    [
      { protocol: 'oauth', errorCode: 'ENOTFOUND', errorMessage: 'getaddrinfo ENOTFOUND oauth2.example' },
      'network.dns',
      false,
    ],
  ];
  for (const [answer, reasons, permanent] of rows) {
    it(answer.text ?? JSON.stringify(answer.oauth ?? answer.errorMessage), () => {
      const verdict = classify(answer);
      assert.ok(reasons.split(' ').includes(verdict.reason), `${verdict.reason} by ${verdict.rule}`);
      if (permanent !== undefined) assert.equal(verdict.permanent, permanent);
    });
  }
});

const challenge = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64');
describe('XOAUTH2 and OAUTHBEARER challenges', () => {
  const rows: readonly (readonly [object, string[], string])[] = [
    [
      { status: '400', schemes: 'Bearer', scope: 'https://mail.google.com/' },
      ['A1 NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)'],
      'auth.token_expired',
    ],
    [{ status: '401', schemes: 'bearer mac' }, ['A1 NO SASL authentication failed'], 'auth.token_expired'],
    [{ status: 'invalid_token' }, ['A1 NO [AUTHENTICATIONFAILED] Authentication failed.'], 'auth.token_expired'],
    [
      { status: 'insufficient_scope' },
      ['A1 NO [AUTHENTICATIONFAILED] Authentication failed.'],
      'auth.insufficient_scope',
    ],
    [
      { status: '400', schemes: 'Bearer' },
      ['A1 NO [ALERT] Too many simultaneous connections. (Failure)'],
      'rate.limited',
    ],
    [{ status: '400' }, ['A1 NO [UNAVAILABLE] Temporary System Error'], 'server.unavailable'],
  ];
  for (const [value, lines, reason] of rows) {
    it(`${JSON.stringify(value)} then ${lines.join(' ')}`, () => {
      const verdict = classify({
        protocol: 'imap',
        phase: 'auth',
        host: 'imap.gmail.com',
        mechanism: 'XOAUTH2',
        challenge: challenge(value),
        lines,
      });
      assert.equal(verdict.reason, reason, verdict.rule);
    });
  }
  it('a token refused without a challenge is not called a wrong password', () => {
    const answer: Answer = {
      protocol: 'imap',
      phase: 'auth',
      mechanism: 'XOAUTH2',
      text: 'A1 NO AUTHENTICATE failed.',
    };
    assert.equal(classify({ ...answer, host: 'outlook.office365.com' }).reason, 'auth.token_expired');
  });
});
