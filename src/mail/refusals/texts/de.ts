import type { Texts } from './texts.ts';

/** German. */
export const de: Texts = {
  attempts: {
    'rate.limited':
      'Der Mailserver begrenzt, wie oft oder wie viele Male gleichzeitig er genutzt werden kann. Schließen Sie andere E-Mail-Programme, die dasselbe Postfach nutzen, warten Sie einige Minuten und verbinden Sie erneut.',
    'server.unavailable':
      'Der Mailserver Ihres Anbieters kann gerade nicht richtig antworten. Warten Sie einige Minuten und verbinden Sie erneut.',
    'session.expired':
      'Der Mailserver hat die Sitzung beendet, bevor das Postfach verbunden war. Verbinden Sie erneut.',
    'network.dns':
      'Der Name des Mailservers konnte nicht gefunden werden. Prüfen Sie die Schreibweise und verbinden Sie erneut. Stimmt der Name, handelt es sich um eine vorübergehende Störung: Warten Sie vorher einige Minuten.',
    'network.refused':
      'Der Mailserver lehnt Verbindungen auf diesem Port ab. Prüfen Sie Servername und Port und verbinden Sie erneut. Stimmen sie, wird der Server vermutlich gerade neu gestartet: Warten Sie vorher einige Minuten.',
    'network.timeout':
      'Der Mailserver hat nicht rechtzeitig geantwortet. Prüfen Sie Servername und Port und verbinden Sie erneut. Stimmen sie, warten Sie vorher einige Minuten.',
    'network.reset':
      'Die Verbindung zum Mailserver wurde unterbrochen. Prüfen Sie Port und Verschlüsselung und verbinden Sie erneut. Stimmen sie, warten Sie vorher einige Minuten.',
    unknown:
      'Der Mailserver hat auf eine uns unbekannte Weise geantwortet. Prüfen Sie die Einstellungen und verbinden Sie erneut. Hält es an, fragen Sie Ihren E-Mail-Anbieter nach der angezeigten Antwort.',
  },
  nextTry: 'Nächster automatischer Versuch: {until}.',
  notBefore: 'Sie können es ab dem {until} erneut versuchen.',
  reasons: {
    'auth.invalid_credentials': {
      title: 'Benutzername oder Passwort nicht akzeptiert',
      text: 'Der Mailserver hat Benutzername und Passwort nicht akzeptiert. Prüfen Sie beides und geben Sie das Passwort erneut ein. Wenn Sie es kürzlich geändert haben, geben Sie das neue ein. Bei aktivierter Zwei-Faktor-Authentifizierung benötigen Sie möglicherweise ein App-Passwort anstelle Ihres gewohnten Passworts.',
    },
    'auth.password_required': {
      title: 'Passwort erforderlich',
      text: 'Geben Sie das Passwort Ihres Postfachs ein, um es zu verbinden.',
    },
    'auth.app_password_required': {
      title: 'App-Passwort erforderlich',
      text: 'Ihr E-Mail-Anbieter lässt andere Programme nicht mit Ihrem gewohnten Passwort anmelden. Melden Sie sich im Browser bei Ihrem E-Mail-Konto an, öffnen Sie die Sicherheitseinstellungen, erstellen Sie ein App-Passwort für Postbud und geben Sie es hier ein.',
    },
    'auth.oauth_required': {
      title: 'Anmeldung bei Ihrem Anbieter nötig',
      text: 'Ihr E-Mail-Anbieter akzeptiert keine Passwörter von anderen Programmen mehr. Verbinden Sie das Postfach erneut und wählen Sie die Anmeldung auf der Seite Ihres Anbieters.',
    },
    'auth.token_expired': {
      title: 'Bitte melden Sie sich erneut an',
      text: 'Die Erlaubnis, Ihre E-Mails zu lesen und zu senden, ist abgelaufen. Verbinden Sie das Postfach erneut und melden Sie sich bei Ihrem Anbieter an. In Ihrem Postfach geht nichts verloren.',
    },
    'auth.token_revoked': {
      title: 'Erlaubnis widerrufen',
      text: 'Die Erlaubnis, Ihre E-Mails zu lesen und zu senden, gilt nicht mehr. Das geschieht, wenn das Passwort geändert oder der Zugriff in den Sicherheitseinstellungen des Kontos entfernt wurde. Verbinden Sie das Postfach erneut und melden Sie sich bei Ihrem Anbieter an.',
    },
    'auth.insufficient_scope': {
      title: 'Erlaubnis unvollständig',
      text: 'Die erteilte Erlaubnis umfasst das Lesen und Senden von E-Mails nicht. Verbinden Sie das Postfach erneut und stimmen Sie allen angefragten Berechtigungen zu. Bei einem Firmenkonto muss sie möglicherweise ein Administrator freigeben.',
    },
    'auth.required': {
      title: 'Senden erfordert eine Anmeldung',
      text: 'Der Postausgangsserver verlangt Benutzername und Passwort, bevor er E-Mails annimmt. Prüfen Sie die Einstellungen für den Postausgang und geben Sie auch dort Benutzername und Passwort an.',
    },
    'auth.mechanism_unsupported': {
      title: 'Anmeldeverfahren nicht unterstützt',
      text: 'Der Mailserver bietet kein Anmeldeverfahren an, das Postbud nutzen kann. Prüfen Sie Servername, Port und Verschlüsselung oder fragen Sie Ihren E-Mail-Anbieter nach den richtigen Angaben.',
    },
    'oauth.denied': {
      title: 'Erlaubnis nicht erteilt',
      text: 'Die Anmeldung wurde abgebrochen oder die Erlaubnis abgelehnt. Verbinden Sie das Postfach erneut und wählen Sie auf der Seite Ihres Anbieters „Zulassen“.',
    },
    'oauth.expired': {
      title: 'Die Anmeldung hat zu lange gedauert',
      text: 'Der Link zur Anmeldeseite Ihres Anbieters ist abgelaufen. Verbinden Sie das Postfach erneut und schließen Sie die Anmeldung innerhalb weniger Minuten ab.',
    },
    'oauth.identity_mismatch': {
      title: 'Mit einem anderen Postfach angemeldet',
      text: 'Sie haben sich mit einer anderen Adresse angemeldet als der, die Sie verbinden wollten. Verbinden Sie erneut und wählen Sie auf der Seite Ihres Anbieters das richtige Konto, oder melden Sie sich dort zuerst ab.',
    },
    'oauth.client_invalid': {
      title: 'Einrichtung durch den Administrator nötig',
      text: 'Die Verbindung zwischen dieser Installation und Ihrem E-Mail-Anbieter ist nicht richtig eingerichtet. Sie können das nicht selbst beheben: Bitte informieren Sie den Administrator Ihres CRM-Systems.',
    },
    'login.blocked': {
      title: 'Ihr Anbieter hat die Anmeldung blockiert',
      text: 'Ihr E-Mail-Anbieter hat diese Anmeldung blockiert. Suchen Sie in Ihrem Postfach nach einer Nachricht des Anbieters dazu und bestätigen Sie dort, dass Sie es waren und dass Postbud sich anmelden darf. Gibt es keine Nachricht, melden Sie sich auf der Website des Anbieters an und folgen Sie den Hinweisen.',
    },
    'account.locked': {
      title: 'Konto vorübergehend gesperrt',
      text: 'Ihr E-Mail-Anbieter hat das Konto nach zu vielen fehlgeschlagenen Anmeldungen vorübergehend gesperrt. Warten Sie, bis die Sperre aufgehoben ist, und versuchen Sie es bis dahin nicht, denn jeder Versuch kann sie verlängern. Prüfen Sie, ob andere Geräte und Programme noch ein altes Passwort verwenden.',
    },
    'account.suspended': {
      title: 'Konto nicht aktiv',
      text: 'Laut Ihrem E-Mail-Anbieter ist dieses Konto geschlossen, gesperrt oder nicht vorhanden. Melden Sie sich auf der Website des Anbieters an, um den Grund zu sehen, oder wenden Sie sich an dessen Support oder an Ihren Administrator.',
    },
    'account.email_mismatch': {
      title: 'Andere Adresse als erwartet',
      text: 'Die eingegebene Adresse ist nicht die für Sie hinterlegte E-Mail-Adresse. Geben Sie die hinterlegte Adresse ein oder lassen Sie sie zuerst im CRM-System berichtigen.',
    },
    'account.webtools_active': {
      title: 'Ihre E-Mails laufen über Webtools',
      text: 'Für Ihre E-Mails ist Webtools eingestellt. Stellen Sie das E-Mail-Programm in Ihren Einstellungen auf das CRM-System um, bevor Sie hier ein Postfach verbinden.',
    },
    'account.not_preferred_client': {
      title: 'Ein anderes E-Mail-Programm ist gewählt',
      text: 'Sie haben ein anderes E-Mail-Programm als das CRM-System gewählt. Ändern Sie die Auswahl in Ihren Einstellungen, wenn Sie Ihr Postfach hier verbinden möchten.',
    },
    'account.not_found': {
      title: 'Kein Postfach verbunden',
      text: 'Für diesen Benutzer ist kein Postfach verbunden. Verbinden Sie zuerst eines.',
    },
    'account.paused': {
      title: 'Das Postfach ist pausiert',
      text: 'Die Verbindung zu diesem Postfach ist pausiert. Setzen Sie sie fort, um wieder E-Mails zu empfangen und zu senden.',
    },
    'account.disconnected': {
      title: 'Das Postfach wurde getrennt',
      text: 'Dieses Postfach ist nicht mehr verbunden. Verbinden Sie es erneut, um hier E-Mails zu empfangen und zu senden.',
    },
    'imap.disabled': {
      title: 'IMAP-Zugriff ist ausgeschaltet',
      text: 'Ihr Postfach erlaubt derzeit keinen Zugriff über IMAP. Melden Sie sich im Browser bei Ihrem E-Mail-Konto an, schalten Sie den IMAP-Zugriff in den Einstellungen ein und versuchen Sie es erneut. Bei einem Firmenkonto erledigt das ein Administrator.',
    },
    'smtp.disabled': {
      title: 'Das Senden ist ausgeschaltet',
      text: 'Ihr Postfach erlaubt anderen Programmen nicht, E-Mails zu senden. Schalten Sie den SMTP-Zugriff in den Einstellungen Ihres E-Mail-Kontos im Browser ein oder bitten Sie Ihren Administrator darum.',
    },
    'rate.limited': {
      title: 'Ihr Anbieter bittet um langsamere Zugriffe',
      text: 'Der Mailserver begrenzt, wie oft oder wie viele Male gleichzeitig er genutzt werden kann. Sie müssen nichts tun: Postbud wartet und macht von selbst weiter. Kommt es häufig vor, schließen Sie andere E-Mail-Programme, die dasselbe Postfach nutzen.',
    },
    'server.unavailable': {
      title: 'Der Mailserver hat eine Störung',
      text: 'Der Mailserver Ihres Anbieters kann gerade nicht richtig antworten. Sie müssen nichts tun: Postbud versucht es weiter, und es gehen keine E-Mails verloren.',
    },
    'session.expired': {
      title: 'Verbindung wird erneuert',
      text: 'Der Mailserver hat die Sitzung beendet; das ist normal. Postbud verbindet sich von selbst wieder.',
    },
    'protocol.pop3': {
      title: 'POP3 wird nicht unterstützt',
      text: 'Der angegebene Server arbeitet mit POP3; damit lässt sich ein Postfach nicht aktuell halten. Geben Sie stattdessen den IMAP-Server Ihres Anbieters an, meist mit Port 993. Bietet Ihr Anbieter nur POP3, kann das Postfach nicht verbunden werden.',
    },
    'protocol.not_imap': {
      title: 'Das ist kein IMAP-Server',
      text: 'Unter dieser Adresse antwortet etwas anderes als ein IMAP-Server. Prüfen Sie Servername und Port für den Posteingang; der Port ist meist 993.',
    },
    'protocol.not_smtp': {
      title: 'Das ist kein SMTP-Server',
      text: 'Unter dieser Adresse antwortet etwas anderes als ein SMTP-Server. Prüfen Sie Servername und Port für den Postausgang; der Port ist meist 465 oder 587.',
    },
    'protocol.bad_command': {
      title: 'Der Server hat uns nicht verstanden',
      text: 'Der Mailserver hat einen Befehl als fehlerhaft zurückgewiesen. Prüfen Sie, ob sich in Benutzername oder Passwort überflüssige Zeichen befinden. Bleibt es dabei, informieren Sie bitte den Administrator Ihres CRM-Systems.',
    },
    'tls.required': {
      title: 'Verschlüsselung erforderlich',
      text: 'Der Mailserver erlaubt die Anmeldung nur über eine verschlüsselte Verbindung. Schalten Sie in den Einstellungen SSL/TLS ein oder verwenden Sie den dafür vorgesehenen Port Ihres Anbieters (meist 993 für den Posteingang und 465 für den Postausgang).',
    },
    'tls.certificate': {
      title: 'Das Zertifikat des Servers ist nicht gültig',
      text: 'Der Mailserver konnte seine Identität nicht nachweisen, deshalb wurde kein Passwort gesendet. Prüfen Sie, ob der Servername genau so geschrieben ist, wie Ihr Anbieter ihn angibt. Falls ja, bitten Sie den Anbieter, das Zertifikat zu erneuern oder zu berichtigen.',
    },
    'tls.handshake': {
      title: 'Keine verschlüsselte Verbindung möglich',
      text: 'Es konnte keine verschlüsselte Verbindung zum Mailserver hergestellt werden. Prüfen Sie Port und Verschlüsselung: SSL/TLS gehört meist zu Port 993 oder 465, STARTTLS zu 143 oder 587.',
    },
    'network.dns': {
      title: 'Servername nicht gefunden',
      text: 'Der Name des Mailservers konnte nicht gefunden werden. Prüfen Sie die Schreibweise. Stimmt der Name, handelt es sich um eine vorübergehende Störung, und Postbud versucht es weiter.',
    },
    'network.refused': {
      title: 'Der Server nimmt keine Verbindungen an',
      text: 'Der Mailserver lehnt Verbindungen auf diesem Port ab. Prüfen Sie Servername und Port. Stimmen sie, wird der Server vermutlich gerade neu gestartet, und Postbud versucht es weiter.',
    },
    'network.timeout': {
      title: 'Der Server antwortet nicht',
      text: 'Der Mailserver hat nicht rechtzeitig geantwortet. Prüfen Sie Servername und Port, wenn Sie sie gerade eingegeben haben. Andernfalls müssen Sie nichts tun: Postbud versucht es weiter.',
    },
    'network.reset': {
      title: 'Die Verbindung wurde unterbrochen',
      text: 'Die Verbindung zum Mailserver wurde unterbrochen. Sie müssen nichts tun: Postbud verbindet sich von selbst wieder. Wenn Sie die Einstellungen gerade eingegeben haben, prüfen Sie Port und Verschlüsselung.',
    },
    'network.forbidden': {
      title: 'Diese Serveradresse ist nicht erlaubt',
      text: 'Der Servername führt zu einer internen Adresse, die diese Installation nicht erlaubt. Prüfen Sie den Servernamen oder bitten Sie den Administrator Ihres CRM-Systems, ihn zuzulassen.',
    },
    'mailbox.over_quota': {
      title: 'Das Postfach ist voll',
      text: 'In Ihrem Postfach ist kein Speicherplatz mehr frei. Löschen Sie nicht mehr benötigte E-Mails und leeren Sie den Papierkorb, oder bitten Sie Ihren Anbieter um mehr Speicherplatz.',
    },
    'mailbox.access_denied': {
      title: 'Kein Zugriff auf dieses Postfach',
      text: 'Die Anmeldung wurde akzeptiert, aber dieser Benutzer darf das Postfach nicht öffnen. Prüfen Sie, ob Sie sich mit dem richtigen Konto angemeldet haben, oder bitten Sie Ihren Administrator um Zugriff.',
    },
    'mailbox.folder_missing': {
      title: 'Ordner nicht gefunden',
      text: 'Ein Ordner, der gelesen werden sollte, ist im Postfach nicht mehr vorhanden. Vermutlich wurde er umbenannt oder gelöscht. Wählen Sie die Ordner erneut aus.',
    },
    'discovery.not_found': {
      title: 'Mailserver nicht gefunden',
      text: 'Die Mailserver zu Ihrer Adresse konnten nicht automatisch gefunden werden. Geben Sie die Server für Posteingang und Postausgang an; Ihr E-Mail-Anbieter oder Administrator kann Ihnen die Namen nennen.',
    },
    'discovery.unconfirmed': {
      title: 'Bitte bestätigen Sie die Mailserver',
      text: 'Wir haben Mailserver gefunden, die vermutlich Ihre sind, sind uns aber nicht sicher. Deshalb wurde kein Passwort gesendet. Prüfen Sie die vorgeschlagenen Namen und bestätigen oder berichtigen Sie sie.',
    },
    'send.recipient_rejected': {
      title: 'Empfänger nicht akzeptiert',
      text: 'Der Mailserver des Empfängers nimmt für diese Adresse keine E-Mails an. Prüfen Sie die Schreibweise oder wenden Sie sich auf anderem Weg an den Empfänger.',
    },
    'send.sender_rejected': {
      title: 'Absenderadresse nicht akzeptiert',
      text: 'Der Mailserver nimmt von dieser Absenderadresse keine E-Mails an. Prüfen Sie, ob die Adresse zum verbundenen Postfach gehört. Falls ja, wenden Sie sich an Ihren Anbieter oder an den Administrator Ihrer Domain (SPF, DKIM, DMARC).',
    },
    'send.message_too_large': {
      title: 'Die Nachricht ist zu groß',
      text: 'Die Nachricht ist größer, als der Mailserver erlaubt. Senden Sie kleinere oder weniger Anhänge oder teilen Sie sie über einen Link.',
    },
    'send.content_rejected': {
      title: 'Die Nachricht wurde abgelehnt',
      text: 'Der Mailserver hat die Nachricht wegen ihres Inhalts, eines Anhangs oder des Rufs des sendenden Servers abgelehnt. Ändern Sie Text, Links oder Anhänge und senden Sie sie erneut. Wird jede Nachricht abgelehnt, wenden Sie sich an Ihren E-Mail-Anbieter.',
    },
    'send.rate_limited': {
      title: 'Sendelimit erreicht',
      text: 'Ihr Anbieter begrenzt, wie viele Nachrichten in einem bestimmten Zeitraum gesendet werden dürfen. Sie müssen nichts tun: Postbud sendet die Nachricht, sobald der Anbieter es wieder zulässt.',
    },
    'send.greylisted': {
      title: 'Die Zustellung verzögert sich',
      text: 'Der Mailserver des Empfängers verlangt etwas später einen zweiten Versuch, ein üblicher Schutz vor Spam. Sie müssen nichts tun: Postbud sendet die Nachricht von selbst erneut.',
    },
    'send.relay_denied': {
      title: 'Der Server leitet diese E-Mail nicht weiter',
      text: 'Der Postausgangsserver nimmt von Ihnen keine E-Mails an andere Domains an. Prüfen Sie, ob es der Server Ihres eigenen Anbieters ist und ob die Anmeldung mit Benutzername und Passwort eingestellt ist.',
    },
    'send.idempotency_conflict': {
      title: 'Bereits mit anderem Inhalt gesendet',
      text: 'Eine Nachricht mit demselben Schlüssel wurde schon einmal mit anderem Inhalt übergeben. Senden Sie die geänderte Nachricht als neue.',
    },
    'send.cancelled': {
      title: 'Das Senden wurde abgebrochen',
      text: 'Die Nachricht wurde abgebrochen, bevor sie gesendet war. Senden Sie sie erneut, wenn sie doch hinausgehen soll.',
    },
    'credentials.not_sealed': {
      title: 'Das Passwort war nicht geschützt',
      text: 'Das Passwort kam ungeschützt an und wurde deshalb nicht verwendet. Bitte informieren Sie den Administrator Ihres CRM-Systems und geben Sie das Passwort erneut ein, sobald das behoben ist.',
    },
    'credentials.seal_invalid': {
      title: 'Das Passwort konnte nicht gelesen werden',
      text: 'Das geschützte Passwort ließ sich nicht öffnen oder war zu alt. Geben Sie es erneut ein. Kommt es wieder vor, informieren Sie bitte den Administrator Ihres CRM-Systems.',
    },
    unknown: {
      title: 'Unerwartete Antwort des Mailservers',
      text: 'Der Mailserver hat auf eine uns unbekannte Weise geantwortet. Postbud versucht es weiter. Hält es an, prüfen Sie die Einstellungen oder fragen Sie Ihren E-Mail-Anbieter nach der angezeigten Antwort.',
    },
  },
  variants: {
    'auth.app_password_required@google': {
      title: 'Gmail verlangt ein App-Passwort',
      text: 'Gmail akzeptiert Ihr gewohntes Passwort hier nicht. Am einfachsten verbinden Sie erneut und melden sich über Google an. Andernfalls aktivieren Sie in Ihrem Google-Konto die Bestätigung in zwei Schritten, erstellen ein App-Passwort und geben dessen 16 Buchstaben hier ein. IMAP ist bei Gmail immer eingeschaltet; dort müssen Sie nichts ändern.',
    },
    'auth.app_password_required@yahoo': {
      title: '{provider} verlangt ein App-Passwort',
      text: '{provider} akzeptiert Ihr gewohntes Passwort hier nicht. Melden Sie sich im Browser bei {provider} an, öffnen Sie die Kontosicherheit, erstellen Sie ein App-Passwort und geben Sie es hier ein.',
    },
    'auth.app_password_required@icloud': {
      title: 'iCloud verlangt ein app-spezifisches Passwort',
      text: 'iCloud Mail akzeptiert das Passwort Ihres Apple Accounts hier nicht. Melden Sie sich bei account.apple.com an, öffnen Sie unter „Anmeldung und Sicherheit“ den Punkt „App-spezifische Passwörter“, erstellen Sie eines für Postbud und geben Sie es hier ein. Die Zwei-Faktor-Authentifizierung muss aktiviert sein.',
    },
    'auth.app_password_required@fastmail': {
      title: 'Fastmail verlangt ein App-Passwort',
      text: 'Fastmail akzeptiert Ihr gewohntes Passwort hier nicht. Öffnen Sie in Fastmail „Settings“ und dann „Privacy & Security“, erstellen Sie ein App-Passwort mit Zugriff auf E-Mail (IMAP/SMTP) und geben Sie es hier ein.',
    },
    'auth.app_password_required@t-online': {
      title: 'T-Online verlangt das E-Mail-Passwort',
      text: 'T-Online akzeptiert das Passwort Ihres Telekom-Logins hier nicht. Richten Sie im Telekom-Kundencenter (Login-Einstellungen, Passwörter) ein eigenes Passwort für E-Mail-Programme ein und geben Sie es hier ein.',
    },
    'auth.app_password_required@yandex': {
      title: 'Yandex verlangt ein App-Passwort',
      text: 'Melden Sie sich im Browser bei Yandex Mail an, erlauben Sie in den Einstellungen für E-Mail-Programme den Zugriff über IMAP, erstellen Sie dann in Ihrer Yandex ID ein App-Passwort vom Typ „Mail“ und geben Sie es hier ein.',
    },
    'auth.app_password_required@mailru': {
      title: 'Mail.ru verlangt ein App-Passwort',
      text: 'Mail.ru akzeptiert Ihr gewohntes Passwort hier nicht. Öffnen Sie die Sicherheitseinstellungen Ihres Mail.ru-Kontos, erstellen Sie ein Passwort für externe Anwendungen mit vollem Zugriff auf E-Mail und geben Sie es hier ein.',
    },
    'auth.app_password_required@zoho': {
      title: 'Zoho verlangt ein anwendungsspezifisches Passwort',
      text: 'Bei aktivierter Zwei-Faktor-Authentifizierung akzeptiert Zoho Mail Ihr gewohntes Passwort hier nicht. Öffnen Sie accounts.zoho.com, „Security“, „App Passwords“, erstellen Sie eines für Postbud und geben Sie es hier ein.',
    },
    'auth.app_password_required@gmx': {
      title: '{provider} verlangt ein anwendungsspezifisches Passwort',
      text: 'Bei aktivierter Zwei-Faktor-Authentifizierung akzeptiert {provider} Ihr gewohntes Passwort hier nicht. Erstellen Sie in den Sicherheitseinstellungen von {provider} ein anwendungsspezifisches Passwort und geben Sie es hier ein. Prüfen Sie auch, ob der POP3/IMAP-Abruf in den E-Mail-Einstellungen eingeschaltet ist.',
    },
    'auth.app_password_required@qq': {
      title: '{provider} verlangt einen Autorisierungscode',
      text: '{provider} akzeptiert Ihr gewohntes Passwort hier nicht. Melden Sie sich im Browser bei {provider} an, schalten Sie in den Kontoeinstellungen den IMAP/SMTP-Dienst ein, erstellen Sie dort einen Autorisierungscode und geben Sie ihn hier anstelle des Passworts ein.',
    },
    'auth.invalid_credentials@google': {
      title: 'Gmail hat das Passwort nicht akzeptiert',
      text: 'Gmail akzeptiert hier nur ein App-Passwort, nicht das Passwort Ihres Google-Kontos; App-Passwörter verfallen, wenn Sie dieses ändern. Am einfachsten verbinden Sie erneut und melden sich über Google an. Andernfalls erstellen Sie ein neues App-Passwort und geben es hier ein.',
    },
    'auth.invalid_credentials@microsoft': {
      title: 'Microsoft hat die Anmeldung nicht akzeptiert',
      text: 'Microsoft akzeptiert bei den meisten Konten keine Passwörter von anderen Programmen mehr. Verbinden Sie das Postfach erneut und wählen Sie die Anmeldung bei Microsoft. Wenn Ihre Organisation einen eigenen Mailserver betreibt, prüfen Sie Benutzername und Passwort.',
    },
    'auth.invalid_credentials@yahoo': {
      title: '{provider} hat das Passwort nicht akzeptiert',
      text: '{provider} akzeptiert hier nur ein App-Passwort, nicht Ihr gewohntes Passwort. Melden Sie sich im Browser bei {provider} an, öffnen Sie die Kontosicherheit, erstellen Sie ein neues App-Passwort und geben Sie es hier ein.',
    },
    'auth.invalid_credentials@icloud': {
      title: 'iCloud hat das Passwort nicht akzeptiert',
      text: 'iCloud Mail akzeptiert hier nur ein app-spezifisches Passwort, und alle diese Passwörter verfallen, wenn Sie das Passwort Ihres Apple Accounts ändern. Erstellen Sie bei account.apple.com ein neues und geben Sie es hier ein.',
    },
    'auth.invalid_credentials@yandex': {
      title: 'Yandex hat die Anmeldung nicht akzeptiert',
      text: 'Yandex gibt für drei Ursachen dieselbe Antwort. Prüfen Sie der Reihe nach: Ist der IMAP-Zugriff in Yandex Mail erlaubt (Einstellungen für E-Mail-Programme)? Haben Sie ein App-Passwort eingegeben und nicht Ihr gewohntes? Ist der Benutzername Ihre vollständige Adresse?',
    },
    'auth.invalid_credentials@zoho': {
      title: 'Zoho hat die Anmeldung nicht akzeptiert',
      text: 'Prüfen Sie, ob das Passwort stimmt und ob der IMAP-Zugriff in Zoho Mail eingeschaltet ist („Settings“, „Mail Accounts“). Bei aktivierter Zwei-Faktor-Authentifizierung brauchen Sie ein anwendungsspezifisches Passwort. Auch der Servername muss zu Ihrer Region passen, etwa imap.zoho.eu.',
    },
    'auth.invalid_credentials@gmx': {
      title: '{provider} hat die Anmeldung nicht akzeptiert',
      text: 'Prüfen Sie zuerst, ob der POP3/IMAP-Abruf eingeschaltet ist: Melden Sie sich im Browser bei {provider} an und öffnen Sie E-Mail, Einstellungen, POP3/IMAP. Der Abruf ist anfangs ausgeschaltet und kann nach längerer Pause wieder ausgeschaltet werden. Ist er eingeschaltet, prüfen Sie Adresse und Passwort.',
    },
    'auth.oauth_required@google': {
      title: 'Über Google anmelden',
      text: 'Google akzeptiert für dieses Konto kein Passwort. Verbinden Sie das Postfach erneut und wählen Sie die Anmeldung über Google.',
    },
    'auth.oauth_required@microsoft': {
      title: 'Bei Microsoft anmelden',
      text: 'Microsoft akzeptiert keine Passwörter von anderen Programmen mehr. Verbinden Sie das Postfach erneut und wählen Sie die Anmeldung bei Microsoft. Wird sie nicht angeboten, informieren Sie bitte den Administrator Ihres CRM-Systems.',
    },
    'auth.insufficient_scope@google': {
      title: 'Der Zugriff auf Gmail fehlt',
      text: 'Bei der Anmeldung wurde der Zugriff auf Gmail nicht angekreuzt. Verbinden Sie das Postfach erneut und setzen Sie auf der Seite von Google das Häkchen für Lesen, Verfassen und Senden von E-Mails.',
    },
    'auth.insufficient_scope@microsoft': {
      title: 'Freigabe durch Ihren Administrator nötig',
      text: 'Ihre Organisation hat nicht freigegeben, dass Postbud E-Mails liest und sendet. Bitten Sie Ihren Microsoft-365-Administrator, der App zuzustimmen, und verbinden Sie das Postfach danach erneut.',
    },
    'imap.disabled@google': {
      title: 'Der Zugriff auf Gmail ist für dieses Konto nicht erlaubt',
      text: 'Bei privaten Gmail-Konten ist IMAP immer eingeschaltet; dort gibt es nichts einzuschalten. Bei einem Firmen- oder Schulkonto kann ein Administrator es einschränken: Bitten Sie darum, den IMAP-Zugriff in der Admin-Konsole von Google zu erlauben. Prüfen Sie auch, ob das Konto überhaupt Gmail hat.',
    },
    'imap.disabled@microsoft': {
      title: 'IMAP ist in Microsoft 365 ausgeschaltet',
      text: 'IMAP ist für dieses Postfach ausgeschaltet. In Microsoft 365 schaltet es ein Administrator ein: Aktive Benutzer, der Benutzer, E-Mail, E-Mail-Apps verwalten, IMAP. Bei Outlook.com tun Sie es selbst: Einstellungen, E-Mail, Weiterleitung und IMAP. Bis es wirkt, kann bis zu eine Stunde vergehen.',
    },
    'imap.disabled@gmx': {
      title: 'IMAP ist bei {provider} ausgeschaltet',
      text: 'Melden Sie sich im Browser bei {provider} an, öffnen Sie E-Mail, Einstellungen, POP3/IMAP und erlauben Sie den Zugriff über POP3 und IMAP. Versuchen Sie es danach erneut.',
    },
    'imap.disabled@yandex': {
      title: 'IMAP ist bei Yandex ausgeschaltet',
      text: 'Melden Sie sich im Browser bei Yandex Mail an, öffnen Sie die Einstellungen für E-Mail-Programme, erlauben Sie den Zugriff von imap.yandex.com über IMAP und mit App-Passwörtern und speichern Sie. Versuchen Sie es danach erneut.',
    },
    'imap.disabled@zoho': {
      title: 'IMAP ist bei Zoho ausgeschaltet',
      text: 'Melden Sie sich im Browser bei Zoho Mail an, öffnen Sie „Settings“, „Mail Accounts“ und schalten Sie „IMAP Access“ ein. Bei einem Firmenkonto muss es möglicherweise zuerst ein Administrator erlauben; manche kostenlosen Tarife enthalten kein IMAP.',
    },
    'imap.disabled@qq': {
      title: 'IMAP ist bei {provider} ausgeschaltet',
      text: 'Melden Sie sich im Browser bei {provider} an, öffnen Sie die Kontoeinstellungen, schalten Sie den IMAP/SMTP-Dienst ein und geben Sie den dort angezeigten Autorisierungscode anstelle Ihres Passworts ein.',
    },
    'smtp.disabled@microsoft': {
      title: 'Senden über SMTP ist in Microsoft 365 ausgeschaltet',
      text: 'Ihre Organisation hat authentifiziertes SMTP ausgeschaltet. Bitten Sie Ihren Administrator, es für Ihr Postfach zu erlauben: Microsoft 365 Admin Center, Aktive Benutzer, der Benutzer, E-Mail, E-Mail-Apps verwalten, Authentifiziertes SMTP. Der Empfang ist davon nicht betroffen.',
    },
    'smtp.disabled@qq': {
      title: 'SMTP ist bei {provider} ausgeschaltet',
      text: 'Melden Sie sich im Browser bei {provider} an, öffnen Sie die Kontoeinstellungen, schalten Sie den IMAP/SMTP-Dienst ein und geben Sie den dort angezeigten Autorisierungscode anstelle Ihres Passworts ein.',
    },
    'login.blocked@google': {
      title: 'Google hat die Anmeldung blockiert',
      text: 'Google hat diese Anmeldung zu Ihrem Schutz blockiert. Suchen Sie in Ihrem Postfach nach der Sicherheitsnachricht von Google, bestätigen Sie, dass Sie es waren, und lassen Sie Postbud zu. Oder melden Sie sich im Browser bei Gmail an und folgen Sie den Hinweisen. Wer beim Verbinden die Anmeldung über Google wählt, vermeidet das meist.',
    },
    'login.blocked@microsoft': {
      title: 'Microsoft hat die Anmeldung blockiert',
      text: 'Microsoft möchte prüfen, ob Sie es sind, oder die Regeln Ihrer Organisation erlauben diese Anmeldung nicht. Melden Sie sich im Browser bei outlook.com oder office.com an, folgen Sie den Hinweisen und verbinden Sie das Postfach danach erneut. Liegt es an einer Regel Ihrer Organisation, bitten Sie Ihren Administrator, Postbud zuzulassen.',
    },
    'login.blocked@yahoo': {
      title: '{provider} hat die Anmeldung blockiert',
      text: '{provider} hat diese Anmeldung blockiert. Suchen Sie in Ihrem Postfach nach der Nachricht von {provider} dazu und bestätigen Sie, dass Sie es waren. Melden Sie sich dann einmal im Browser bei {provider} an und versuchen Sie es mit einem App-Passwort erneut.',
    },
    'login.blocked@yandex': {
      title: 'Yandex möchte prüfen, ob Sie es sind',
      text: 'Melden Sie sich im Browser bei Yandex Mail an, beantworten Sie die Frage, die zeigt, dass Sie kein Roboter sind, und bestätigen Sie Ihre Telefonnummer, falls Sie darum gebeten werden. Versuchen Sie es danach erneut.',
    },
    'login.blocked@zoho': {
      title: 'Zoho hat das Konto vorläufig gesperrt',
      text: 'Zoho hat ungewöhnliche Aktivität bemerkt und das Senden oder Anmelden gesperrt. Melden Sie sich bei mail.zoho.com an, öffnen Sie die Seite zum Entsperren des Kontos und bestätigen Sie, dass Sie es sind. Warten Sie ein wenig, bevor Sie wieder viele Nachrichten senden.',
    },
    'login.blocked@qq': {
      title: '{provider} hält die Anmeldung für unsicher',
      text: 'Melden Sie sich im Browser bei {provider} an und bestätigen Sie die Anmeldung, falls Sie darum gebeten werden. Prüfen Sie, ob der IMAP/SMTP-Dienst eingeschaltet ist und Sie einen Autorisierungscode verwenden, und versuchen Sie es dann erneut.',
    },
    'account.suspended@microsoft': {
      title: 'Microsoft hat das Konto eingeschränkt',
      text: 'Das Konto ist deaktiviert, in der Organisation nicht vorhanden oder wurde eingeschränkt, weil E-Mails davon wie Spam aussahen. Bitten Sie Ihren Administrator, den Benutzer und die Liste der eingeschränkten Entitäten in Microsoft 365 zu prüfen. Ändern Sie das Passwort, wenn diese E-Mails nicht von Ihnen stammen.',
    },
    'mailbox.access_denied@microsoft': {
      title: 'Microsoft 365 öffnet das Postfach nicht',
      text: 'Die Anmeldung wurde akzeptiert, aber das Postfach ließ sich nicht öffnen. Prüfen Sie, ob Sie sich mit dem Konto angemeldet haben, dem das Postfach gehört. Fragen Sie Ihren Administrator, ob es eine Exchange-Lizenz hat, ob IMAP dafür eingeschaltet ist und ob Sie bei einem freigegebenen Postfach Vollzugriff haben.',
    },
    'rate.limited@ceiling': {
      title: 'Zu viele abgelehnte Anmeldungen',
      text: 'Der Mailserver hat die letzten Anmeldungen abgelehnt oder nicht beantwortet. Damit der Anbieter das Postfach nicht sperrt, versucht Postbud es vorerst nicht erneut. Prüfen Sie in der Zwischenzeit das Passwort.',
    },
    'send.rate_limited@google': {
      title: 'Das Sendelimit von Gmail ist erreicht',
      text: 'Gmail begrenzt, wie viele Nachrichten ein Konto pro Tag senden darf. Sie müssen nichts tun: Postbud sendet die Nachricht, sobald Gmail es wieder zulässt, spätestens innerhalb von 24 Stunden.',
    },
  },
};
