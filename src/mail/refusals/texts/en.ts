import type { Texts } from './texts.ts';

/** English. Also the fall-back for a language that we do not have. */
export const en: Texts = {
  attempts: {
    'rate.limited':
      'The mail server limits how often or how many times it can be used at once. Close other mail programs that use the same mailbox, wait a few minutes and connect again.',
    'server.unavailable':
      'Your provider’s mail server cannot answer properly right now. Wait a few minutes and connect again.',
    'session.expired': 'The mail server ended the session before the mailbox was connected. Connect again.',
    'network.dns':
      'The name of the mail server could not be found. Check how it is spelled and connect again. If it is right, it is a passing fault: wait a few minutes first.',
    'network.refused':
      'The mail server refuses connections on this port. Check server name and port and connect again. If they are right, the server is probably being restarted: wait a few minutes first.',
    'network.timeout':
      'The mail server did not answer in time. Check server name and port and connect again. If they are right, wait a few minutes first.',
    'network.reset':
      'The connection to the mail server was cut. Check port and security setting and connect again. If they are right, wait a few minutes first.',
    unknown:
      'The mail server answered in a way we do not know. Check the settings and connect again. If it lasts, ask your e-mail provider about the answer shown.',
  },
  nextTry: 'Next automatic attempt: {until}.',
  notBefore: 'You can try again from {until}.',
  reasons: {
    'auth.invalid_credentials': {
      title: 'User name or password not accepted',
      text: 'The mail server did not accept the user name and password. Check both and enter the password again. If you have changed your password recently, enter the new one. If you use two-step verification, you may need an app password instead of your usual password.',
    },
    'auth.password_required': {
      title: 'Password needed',
      text: 'Enter the password for your mailbox to connect it.',
    },
    'auth.app_password_required': {
      title: 'App password needed',
      text: 'Your e-mail provider does not let other programs sign in with your usual password. Sign in to your e-mail account on the web, open the security settings, create an app password for Postbud and enter it here.',
    },
    'auth.oauth_required': {
      title: 'Sign in at your provider',
      text: 'Your e-mail provider no longer accepts passwords from other programs. Connect the mailbox again and choose to sign in on your provider’s own page.',
    },
    'auth.token_expired': {
      title: 'Please sign in again',
      text: 'The permission to read and send your mail has expired. Connect the mailbox again and sign in at your provider; nothing you have in the mailbox is lost.',
    },
    'auth.token_revoked': {
      title: 'Permission withdrawn',
      text: 'The permission to read and send your mail is no longer valid. This happens when the password was changed or the access was removed in the account’s security settings. Connect the mailbox again and sign in at your provider.',
    },
    'auth.insufficient_scope': {
      title: 'Permission incomplete',
      text: 'The permission you gave does not include reading and sending mail. Connect the mailbox again and accept all the permissions that are asked for. In a company account an administrator may have to approve them.',
    },
    'auth.required': {
      title: 'Sending requires a sign-in',
      text: 'The outgoing mail server wants a user name and password before it accepts mail. Check the settings for outgoing mail and enter the user name and password there too.',
    },
    'auth.mechanism_unsupported': {
      title: 'Sign-in method not supported',
      text: 'The mail server does not offer a way of signing in that Postbud can use. Check the server name, port and security setting, or ask your e-mail provider which ones to use.',
    },
    'oauth.denied': {
      title: 'Permission was not given',
      text: 'The sign-in was cancelled or the permission was declined. Connect the mailbox again and choose “Allow” on your provider’s page.',
    },
    'oauth.expired': {
      title: 'The sign-in took too long',
      text: 'The link to your provider’s sign-in page has expired. Connect the mailbox again and finish the sign-in within a few minutes.',
    },
    'oauth.identity_mismatch': {
      title: 'Signed in to another mailbox',
      text: 'You signed in with another address than the one you wanted to connect. Connect again and choose the right account on your provider’s page, or sign out there first.',
    },
    'oauth.client_invalid': {
      title: 'Set-up by the administrator needed',
      text: 'The connection between this installation and your e-mail provider is not set up correctly. You cannot solve this yourself: please tell the administrator of your CRM.',
    },
    'login.blocked': {
      title: 'Your provider blocked the sign-in',
      text: 'Your e-mail provider blocked this sign-in. Look in your mailbox for a message from your provider about it, and confirm there that it was you and that Postbud is allowed to sign in. If there is no message, sign in on your provider’s web page and follow what it asks for.',
    },
    'account.locked': {
      title: 'Account locked for now',
      text: 'Your e-mail provider has locked the account for a while after too many failed sign-ins. Wait until the lock is lifted and do not try in the meantime, since each attempt may prolong it. Check other devices and programs that may still use an old password.',
    },
    'account.suspended': {
      title: 'Account not active',
      text: 'Your e-mail provider says that this account is closed, suspended or does not exist. Sign in on the provider’s web page to see why, or contact its support or your administrator.',
    },
    'account.email_mismatch': {
      title: 'Another address than expected',
      text: 'The address you entered is not the e-mail address registered for you. Enter the registered address, or have it corrected in the CRM first.',
    },
    'account.webtools_active': {
      title: 'Mail is handled by Webtools',
      text: 'Your mail is set to be handled by Webtools. Change the mail client to the CRM in your settings before you connect a mailbox here.',
    },
    'account.not_preferred_client': {
      title: 'Another mail program is chosen',
      text: 'You have chosen another mail program than the CRM. Change the choice in your settings if you want to connect your mailbox here.',
    },
    'account.not_found': {
      title: 'No mailbox connected',
      text: 'There is no connected mailbox for this user. Connect one first.',
    },
    'account.paused': {
      title: 'Mailbox is paused',
      text: 'The connection to this mailbox is paused. Resume it to receive and send mail again.',
    },
    'account.disconnected': {
      title: 'Mailbox was disconnected',
      text: 'This mailbox is no longer connected. Connect it again to receive and send mail here.',
    },
    'imap.disabled': {
      title: 'IMAP access is switched off',
      text: 'Your mailbox does not allow access by IMAP at present. Sign in to your e-mail account on the web, switch on IMAP access in the settings, and try again. In a company account an administrator does this.',
    },
    'smtp.disabled': {
      title: 'Sending is switched off',
      text: 'Your mailbox does not allow other programs to send mail. Switch on SMTP access in the settings of your e-mail account on the web, or ask your administrator to do so.',
    },
    'rate.limited': {
      title: 'Your provider asks us to slow down',
      text: 'The mail server limits how often or how many times it can be used at once. You need not do anything: Postbud waits and continues by itself. If it happens often, close other mail programs that use the same mailbox.',
    },
    'server.unavailable': {
      title: 'The mail server has a problem',
      text: 'Your provider’s mail server cannot answer properly right now. You need not do anything: Postbud keeps trying, and no mail is lost.',
    },
    'session.expired': {
      title: 'Reconnecting',
      text: 'The mail server ended the session, which is normal. Postbud connects again by itself.',
    },
    'protocol.pop3': {
      title: 'POP3 is not supported',
      text: 'The server you entered speaks POP3, which cannot keep a mailbox up to date. Enter your provider’s IMAP server instead, usually with port 993. If your provider offers only POP3, the mailbox cannot be connected.',
    },
    'protocol.not_imap': {
      title: 'This is not an IMAP server',
      text: 'Something other than an IMAP server answers at that address. Check the server name and port for incoming mail; the port is usually 993.',
    },
    'protocol.not_smtp': {
      title: 'This is not an SMTP server',
      text: 'Something other than an SMTP server answers at that address. Check the server name and port for outgoing mail; the port is usually 465 or 587.',
    },
    'protocol.bad_command': {
      title: 'The server did not understand us',
      text: 'The mail server rejected a command as incorrect. Check that user name and password have no stray characters. If it still happens, please tell the administrator of your CRM.',
    },
    'tls.required': {
      title: 'Encryption required',
      text: 'The mail server accepts a sign-in only over an encrypted connection. Switch on SSL/TLS in the settings, or use the port your provider gives for it (usually 993 for incoming and 465 for outgoing mail).',
    },
    'tls.certificate': {
      title: 'The server’s certificate is not valid',
      text: 'The mail server could not prove its identity, so no password was sent. Check that the server name is written exactly as your provider gives it. If it is, ask your provider to renew or correct the certificate.',
    },
    'tls.handshake': {
      title: 'No encrypted connection possible',
      text: 'No encrypted connection to the mail server could be made. Check port and security setting: SSL/TLS usually goes with port 993 or 465, STARTTLS with 143 or 587.',
    },
    'network.dns': {
      title: 'Server name not found',
      text: 'The name of the mail server could not be found. Check how it is spelled. If it is right, it is a passing fault, and Postbud keeps trying.',
    },
    'network.refused': {
      title: 'The server does not accept connections',
      text: 'The mail server refuses connections on this port. Check server name and port. If they are right, the server is probably being restarted, and Postbud keeps trying.',
    },
    'network.timeout': {
      title: 'The server does not answer',
      text: 'The mail server did not answer in time. Check server name and port if you have just entered them. Otherwise you need not do anything: Postbud keeps trying.',
    },
    'network.reset': {
      title: 'The connection was cut',
      text: 'The connection to the mail server was cut. You need not do anything: Postbud connects again by itself. If you have just entered the settings, check port and security setting.',
    },
    'network.forbidden': {
      title: 'This server address is not allowed',
      text: 'The server name leads to an internal address that this installation does not allow. Check the server name, or ask the administrator of your CRM to allow it.',
    },
    'mailbox.over_quota': {
      title: 'The mailbox is full',
      text: 'Your mailbox has no space left. Delete mail you do not need and empty the trash, or ask your provider for more space.',
    },
    'mailbox.access_denied': {
      title: 'No access to this mailbox',
      text: 'The sign-in was accepted, but this user may not open the mailbox. Check that you signed in with the right account, or ask your administrator for access.',
    },
    'mailbox.folder_missing': {
      title: 'Folder not found',
      text: 'A folder that should be read no longer exists in the mailbox. It was probably renamed or deleted. Choose the folders again.',
    },
    'discovery.not_found': {
      title: 'Mail servers not found',
      text: 'The mail servers for your address could not be found automatically. Enter the servers for incoming and outgoing mail; your e-mail provider or administrator can tell you their names.',
    },
    'discovery.unconfirmed': {
      title: 'Please confirm the mail servers',
      text: 'We found mail servers that are likely to be yours but are not certain of it, so no password was sent. Check the suggested names and confirm or correct them.',
    },
    'send.recipient_rejected': {
      title: 'Recipient not accepted',
      text: 'The recipient’s mail server does not accept mail for this address. Check how the address is spelled, or contact the recipient in another way.',
    },
    'send.sender_rejected': {
      title: 'Sender address not accepted',
      text: 'The mail server does not accept mail from this sender address. Check that your sender address belongs to the mailbox you connected. If it does, ask your provider or the administrator of your domain (SPF, DKIM, DMARC).',
    },
    'send.message_too_large': {
      title: 'The message is too large',
      text: 'The message is larger than the mail server allows. Send smaller or fewer attachments, or share them by a link.',
    },
    'send.content_rejected': {
      title: 'The message was rejected',
      text: 'The mail server rejected the message because of its content, an attachment or the reputation of the sending server. Change the text, links or attachments and send it again. If every message is rejected, ask your e-mail provider.',
    },
    'send.rate_limited': {
      title: 'Sending limit reached',
      text: 'Your provider limits how many messages may be sent in a certain time. You need not do anything: Postbud sends the message as soon as the provider allows it again.',
    },
    'send.greylisted': {
      title: 'Delivery is delayed',
      text: 'The recipient’s mail server asks for a second attempt a little later, which is common protection against spam. You need not do anything: Postbud sends the message again by itself.',
    },
    'send.relay_denied': {
      title: 'The server does not forward this mail',
      text: 'The outgoing mail server does not accept mail from you to other domains. Check that the outgoing server is your own provider’s, and that it is set to sign in with user name and password.',
    },
    'send.idempotency_conflict': {
      title: 'Already sent with other content',
      text: 'A message with the same key was handed in before with other content. Send the changed message as a new one.',
    },
    'send.cancelled': {
      title: 'Sending was cancelled',
      text: 'The message was cancelled before it was sent. Send it again if it should go out after all.',
    },
    'credentials.not_sealed': {
      title: 'The password was not protected',
      text: 'The password arrived unprotected and was therefore not used. Please tell the administrator of your CRM, and enter the password again once it is solved.',
    },
    'credentials.seal_invalid': {
      title: 'The password could not be read',
      text: 'The protected password could not be opened, or it was too old. Enter it again. If it keeps happening, please tell the administrator of your CRM.',
    },
    unknown: {
      title: 'Unexpected answer from the mail server',
      text: 'The mail server answered in a way we do not know. Postbud keeps trying. If it lasts, check the settings, or ask your e-mail provider about the answer shown.',
    },
  },
  variants: {
    'auth.app_password_required@google': {
      title: 'Gmail needs an app password',
      text: 'Gmail does not accept your usual password here. The easiest way is to connect again and sign in with Google. Otherwise turn on 2-Step Verification in your Google Account, create an app password and enter its 16 letters here. IMAP is always on in Gmail; you need not change anything there.',
    },
    'auth.app_password_required@yahoo': {
      title: '{provider} needs an app password',
      text: '{provider} does not accept your usual password here. Sign in to {provider} on the web, open Account Security, choose “Generate app password” and enter that password here.',
    },
    'auth.app_password_required@icloud': {
      title: 'iCloud needs an app-specific password',
      text: 'iCloud Mail does not accept your Apple Account password here. Sign in at account.apple.com, open “App-Specific Passwords” under Sign-In and Security, create one for Postbud and enter it here. Two-factor authentication must be on.',
    },
    'auth.app_password_required@fastmail': {
      title: 'Fastmail needs an app password',
      text: 'Fastmail does not accept your usual password here. In Fastmail, open Settings, then Privacy & Security, create an app password with access to mail (IMAP/SMTP) and enter it here.',
    },
    'auth.app_password_required@t-online': {
      title: 'T-Online needs the e-mail password',
      text: 'T-Online does not accept the password of your Telekom login here. Set a separate password for e-mail programs in the Telekom customer centre (Login settings, Passwords) and enter it here.',
    },
    'auth.app_password_required@yandex': {
      title: 'Yandex needs an app password',
      text: 'Sign in to Yandex Mail on the web, allow access by IMAP under Settings, Email clients, then create an app password of the type “Mail” in your Yandex ID and enter it here.',
    },
    'auth.app_password_required@mailru': {
      title: 'Mail.ru needs an app password',
      text: 'Mail.ru does not accept your usual password here. Open the security settings of your Mail.ru account, create a password for external applications with full access to mail and enter it here.',
    },
    'auth.app_password_required@zoho': {
      title: 'Zoho needs an app-specific password',
      text: 'With two-factor authentication, Zoho Mail does not accept your usual password here. Open accounts.zoho.com, Security, App Passwords, create one for Postbud and enter it here.',
    },
    'auth.app_password_required@gmx': {
      title: '{provider} needs an app-specific password',
      text: 'With two-factor authentication, {provider} does not accept your usual password here. Create an app-specific password in the security settings of {provider} and enter it here. Check also that POP3/IMAP access is switched on in the e-mail settings.',
    },
    'auth.app_password_required@qq': {
      title: '{provider} needs an authorization code',
      text: '{provider} does not accept your usual password here. Sign in to {provider} on the web, switch on the IMAP/SMTP service in the account settings, create an authorization code there and enter it here instead of the password.',
    },
    'auth.invalid_credentials@google': {
      title: 'Gmail did not accept the password',
      text: 'Gmail accepts only an app password here, not the password of your Google Account, and app passwords end when you change that password. The easiest way is to connect again and sign in with Google; otherwise create a new app password and enter it here.',
    },
    'auth.invalid_credentials@microsoft': {
      title: 'Microsoft did not accept the sign-in',
      text: 'Microsoft no longer accepts passwords from other programs in most accounts. Connect the mailbox again and choose to sign in with Microsoft. If your organisation runs its own mail server, check user name and password.',
    },
    'auth.invalid_credentials@yahoo': {
      title: '{provider} did not accept the password',
      text: '{provider} accepts only an app password here, not your usual password. Sign in to {provider} on the web, open Account Security, create a new app password and enter it here.',
    },
    'auth.invalid_credentials@icloud': {
      title: 'iCloud did not accept the password',
      text: 'iCloud Mail accepts only an app-specific password here, and all of them end when you change the password of your Apple Account. Create a new one at account.apple.com and enter it here.',
    },
    'auth.invalid_credentials@yandex': {
      title: 'Yandex did not accept the sign-in',
      text: 'Yandex gives the same answer for three things. Check in this order: IMAP access is allowed in Yandex Mail (Settings, Email clients); you entered an app password, not your usual one; the user name is your full address.',
    },
    'auth.invalid_credentials@zoho': {
      title: 'Zoho did not accept the sign-in',
      text: 'Check that the password is right and that IMAP access is switched on in Zoho Mail (Settings, Mail Accounts). With two-factor authentication you need an app-specific password. The server name must also fit your region, such as imap.zoho.eu.',
    },
    'auth.invalid_credentials@gmx': {
      title: '{provider} did not accept the sign-in',
      text: 'First check that POP3/IMAP access is switched on: sign in to {provider} on the web and look under E-mail, Settings, POP3/IMAP. It is off by default and can be switched off after a long pause. If it is on, check your address and password.',
    },
    'auth.oauth_required@google': {
      title: 'Sign in with Google',
      text: 'Google does not accept a password for this account. Connect the mailbox again and choose to sign in with Google.',
    },
    'auth.oauth_required@microsoft': {
      title: 'Sign in with Microsoft',
      text: 'Microsoft no longer accepts passwords from other programs. Connect the mailbox again and choose to sign in with Microsoft. If that is not offered, please tell the administrator of your CRM.',
    },
    'auth.insufficient_scope@google': {
      title: 'Gmail access is missing',
      text: 'Access to Gmail was not ticked when you signed in. Connect the mailbox again and tick the box for reading, composing and sending mail on Google’s page.',
    },
    'auth.insufficient_scope@microsoft': {
      title: 'Approval by your administrator needed',
      text: 'Your organisation has not approved that Postbud reads and sends mail. Ask your Microsoft 365 administrator to grant consent to the app, then connect the mailbox again.',
    },
    'imap.disabled@google': {
      title: 'Gmail access is not allowed for this account',
      text: 'IMAP is always on in personal Gmail accounts, so there is nothing to switch on there. In a company or school account an administrator can restrict it: ask for IMAP access to be allowed in the Google Admin console. Check also that the account has Gmail.',
    },
    'imap.disabled@microsoft': {
      title: 'IMAP is switched off in Microsoft 365',
      text: 'IMAP is switched off for this mailbox. In Microsoft 365 an administrator switches it on: Active users, the user, Mail, Manage email apps, IMAP. In Outlook.com you do it yourself: Settings, Mail, Forwarding and IMAP. It can take up to an hour to work.',
    },
    'imap.disabled@gmx': {
      title: 'IMAP is switched off at {provider}',
      text: 'Sign in to {provider} on the web, open E-mail, Settings, POP3/IMAP, and allow access by POP3 and IMAP. Then try again.',
    },
    'imap.disabled@yandex': {
      title: 'IMAP is switched off at Yandex',
      text: 'Sign in to Yandex Mail on the web, open Settings, Email clients, allow access from imap.yandex.com by IMAP and with app passwords, and save. Then try again.',
    },
    'imap.disabled@zoho': {
      title: 'IMAP is switched off at Zoho',
      text: 'Sign in to Zoho Mail on the web, open Settings, Mail Accounts, and switch on IMAP Access. In a company account an administrator may have to allow it first; some free plans do not include IMAP.',
    },
    'imap.disabled@qq': {
      title: 'IMAP is switched off at {provider}',
      text: 'Sign in to {provider} on the web, open the account settings, switch on the IMAP/SMTP service and enter the authorization code shown there instead of your password.',
    },
    'smtp.disabled@microsoft': {
      title: 'Sending by SMTP is switched off in Microsoft 365',
      text: 'Your organisation has switched off authenticated SMTP. Ask your administrator to allow it for your mailbox: Microsoft 365 admin centre, Active users, the user, Mail, Manage email apps, Authenticated SMTP. Receiving mail is not affected.',
    },
    'smtp.disabled@qq': {
      title: 'SMTP is switched off at {provider}',
      text: 'Sign in to {provider} on the web, open the account settings, switch on the IMAP/SMTP service and enter the authorization code shown there instead of your password.',
    },
    'login.blocked@google': {
      title: 'Google blocked the sign-in',
      text: 'Google blocked this sign-in to protect you. Look in your mailbox for the security message from Google, confirm that it was you and allow Postbud. Or sign in to Gmail in your browser and follow what Google asks for. Connecting again with “Sign in with Google” usually avoids this.',
    },
    'login.blocked@microsoft': {
      title: 'Microsoft blocked the sign-in',
      text: 'Microsoft wants to check that it is you, or your organisation’s rules do not allow this sign-in. Sign in at outlook.com or office.com in your browser and follow what is asked for, then connect the mailbox again. If it is a rule of your organisation, ask your administrator to allow Postbud.',
    },
    'login.blocked@yahoo': {
      title: '{provider} blocked the sign-in',
      text: '{provider} blocked this sign-in. Look in your mailbox for the message from {provider} about it and confirm that it was you. Then sign in to {provider} on the web once and try again with an app password.',
    },
    'login.blocked@yandex': {
      title: 'Yandex wants to check that it is you',
      text: 'Sign in to Yandex Mail in your browser, answer the question that proves you are not a robot, and confirm your phone number if you are asked to. Then try again.',
    },
    'login.blocked@zoho': {
      title: 'Zoho has blocked the account for now',
      text: 'Zoho noticed unusual activity and blocked sending or signing in. Sign in at mail.zoho.com, open the page for unblocking the account and confirm that it is you. Wait a little before you send many messages again.',
    },
    'login.blocked@qq': {
      title: '{provider} regards the sign-in as unsafe',
      text: 'Sign in to {provider} on the web and confirm the sign-in if you are asked to. Check that the IMAP/SMTP service is on and that you use an authorization code, then try again.',
    },
    'account.suspended@microsoft': {
      title: 'Microsoft has restricted the account',
      text: 'The account is disabled, does not exist in the organisation, or was restricted because mail from it looked like spam. Ask your administrator to check the user and the list of restricted entities in Microsoft 365. Change the password if you did not send that mail yourself.',
    },
    'mailbox.access_denied@microsoft': {
      title: 'Microsoft 365 does not open the mailbox',
      text: 'The sign-in was accepted, but the mailbox did not open. Check that you signed in with the account that owns the mailbox. Ask your administrator whether it has an Exchange licence, whether IMAP is on for it and, for a shared mailbox, whether you have full access.',
    },
    'rate.limited@ceiling': {
      title: 'Too many refused sign-ins',
      text: 'Your mail server refused the last sign-ins, or did not answer them. So that your provider does not lock the mailbox, Postbud does not try again yet. Use the time to check the password.',
    },
    'send.rate_limited@google': {
      title: 'Gmail’s sending limit is reached',
      text: 'Gmail limits how many messages an account may send in a day. You need not do anything: Postbud sends the message as soon as Gmail allows it again, within 24 hours at the latest.',
    },
  },
};
