import type { Texts } from './texts.ts';

/** Dutch. */
export const nl: Texts = {
  attempts: {
    'rate.limited':
      'De mailserver beperkt hoe vaak en hoeveel keer tegelijk hij gebruikt kan worden. Sluit andere e-mailprogramma’s die dezelfde mailbox gebruiken, wacht een paar minuten en maak opnieuw verbinding.',
    'server.unavailable':
      'De mailserver van je provider kan nu niet goed antwoorden. Wacht een paar minuten en maak opnieuw verbinding.',
    'session.expired':
      'De mailserver heeft de sessie beëindigd voordat de mailbox verbonden was. Maak opnieuw verbinding.',
    'network.dns':
      'De naam van de mailserver is niet gevonden. Controleer de spelling en maak opnieuw verbinding. Klopt de naam, dan is het een tijdelijke storing: wacht eerst een paar minuten.',
    'network.refused':
      'De mailserver weigert verbindingen op deze poort. Controleer servernaam en poort en maak opnieuw verbinding. Kloppen die, dan wordt de server waarschijnlijk net herstart: wacht eerst een paar minuten.',
    'network.timeout':
      'De mailserver heeft niet op tijd geantwoord. Controleer servernaam en poort en maak opnieuw verbinding. Kloppen die, wacht dan eerst een paar minuten.',
    'network.reset':
      'De verbinding met de mailserver is verbroken. Controleer poort en beveiligingsinstelling en maak opnieuw verbinding. Kloppen die, wacht dan eerst een paar minuten.',
    unknown:
      'De mailserver antwoordde op een manier die we niet kennen. Controleer de instellingen en maak opnieuw verbinding. Houdt het aan, vraag je e-mailprovider dan naar het getoonde antwoord.',
  },
  nextTry: 'Volgende automatische poging: {until}.',
  notBefore: 'Je kunt het opnieuw proberen vanaf {until}.',
  reasons: {
    'auth.invalid_credentials': {
      title: 'Gebruikersnaam of wachtwoord niet geaccepteerd',
      text: 'De mailserver heeft de gebruikersnaam en het wachtwoord niet geaccepteerd. Controleer beide en voer het wachtwoord opnieuw in. Heb je je wachtwoord onlangs gewijzigd, voer dan het nieuwe in. Gebruik je verificatie in twee stappen, dan heb je mogelijk een app-wachtwoord nodig in plaats van je gewone wachtwoord.',
    },
    'auth.password_required': {
      title: 'Wachtwoord nodig',
      text: 'Voer het wachtwoord van je mailbox in om deze te koppelen.',
    },
    'auth.app_password_required': {
      title: 'App-wachtwoord nodig',
      text: 'Je e-mailprovider laat andere programma’s niet inloggen met je gewone wachtwoord. Log in de browser in op je e-mailaccount, open de beveiligingsinstellingen, maak een app-wachtwoord voor Postbud en voer dat hier in.',
    },
    'auth.oauth_required': {
      title: 'Log in bij je provider',
      text: 'Je e-mailprovider accepteert geen wachtwoorden van andere programma’s meer. Koppel de mailbox opnieuw en kies ervoor om in te loggen op de pagina van je provider.',
    },
    'auth.token_expired': {
      title: 'Log opnieuw in',
      text: 'De toestemming om je e-mail te lezen en te versturen is verlopen. Koppel de mailbox opnieuw en log in bij je provider. Er gaat niets uit je mailbox verloren.',
    },
    'auth.token_revoked': {
      title: 'Toestemming ingetrokken',
      text: 'De toestemming om je e-mail te lezen en te versturen is niet meer geldig. Dat gebeurt als het wachtwoord is gewijzigd of de toegang in de beveiligingsinstellingen van het account is verwijderd. Koppel de mailbox opnieuw en log in bij je provider.',
    },
    'auth.insufficient_scope': {
      title: 'Toestemming onvolledig',
      text: 'De toestemming die je gaf, omvat niet het lezen en versturen van e-mail. Koppel de mailbox opnieuw en ga akkoord met alle gevraagde machtigingen. Bij een zakelijk account moet een beheerder deze mogelijk goedkeuren.',
    },
    'auth.required': {
      title: 'Inloggen nodig om te versturen',
      text: 'De server voor uitgaande e-mail wil een gebruikersnaam en wachtwoord voordat hij e-mail aanneemt. Controleer de instellingen voor uitgaande e-mail en vul ook daar de gebruikersnaam en het wachtwoord in.',
    },
    'auth.mechanism_unsupported': {
      title: 'Inlogmethode niet ondersteund',
      text: 'De mailserver biedt geen inlogmethode die Postbud kan gebruiken. Controleer servernaam, poort en beveiligingsinstelling, of vraag je e-mailprovider welke je moet gebruiken.',
    },
    'oauth.denied': {
      title: 'Geen toestemming gegeven',
      text: 'Het inloggen is afgebroken of de toestemming is geweigerd. Koppel de mailbox opnieuw en kies “Toestaan” op de pagina van je provider.',
    },
    'oauth.expired': {
      title: 'Het inloggen duurde te lang',
      text: 'De link naar de inlogpagina van je provider is verlopen. Koppel de mailbox opnieuw en rond het inloggen binnen een paar minuten af.',
    },
    'oauth.identity_mismatch': {
      title: 'Ingelogd bij een andere mailbox',
      text: 'Je hebt ingelogd met een ander adres dan het adres dat je wilde koppelen. Koppel opnieuw en kies het juiste account op de pagina van je provider, of log daar eerst uit.',
    },
    'oauth.client_invalid': {
      title: 'De beheerder moet de instellingen aanpassen',
      text: 'De verbinding tussen deze installatie en je e-mailprovider is niet goed ingesteld. Je kunt dit niet zelf oplossen: geef het door aan de beheerder van je CRM.',
    },
    'login.blocked': {
      title: 'Je provider heeft het inloggen geblokkeerd',
      text: 'Je e-mailprovider heeft deze inlogpoging geblokkeerd. Zoek in je mailbox naar een bericht van je provider hierover en bevestig daar dat jij het was en dat Postbud mag inloggen. Is er geen bericht, log dan in op de website van je provider en volg de aanwijzingen.',
    },
    'account.locked': {
      title: 'Account tijdelijk vergrendeld',
      text: 'Je e-mailprovider heeft het account een tijdje vergrendeld na te veel mislukte inlogpogingen. Wacht tot de vergrendeling is opgeheven en probeer het intussen niet, want elke poging kan die verlengen. Controleer of andere apparaten en programma’s nog een oud wachtwoord gebruiken.',
    },
    'account.suspended': {
      title: 'Account niet actief',
      text: 'Volgens je e-mailprovider is dit account gesloten, geblokkeerd of bestaat het niet. Log in op de website van de provider om te zien waarom, of neem contact op met de helpdesk van de provider of met je beheerder.',
    },
    'account.email_mismatch': {
      title: 'Ander adres dan verwacht',
      text: 'Het adres dat je hebt ingevoerd, is niet het e-mailadres dat voor jou is geregistreerd. Voer het geregistreerde adres in of laat het eerst in het CRM aanpassen.',
    },
    'account.webtools_active': {
      title: 'Je e-mail loopt via Webtools',
      text: 'Je e-mail is ingesteld op Webtools. Wijzig het e-mailprogramma in je instellingen naar het CRM voordat je hier een mailbox koppelt.',
    },
    'account.not_preferred_client': {
      title: 'Ander e-mailprogramma gekozen',
      text: 'Je hebt een ander e-mailprogramma gekozen dan het CRM. Wijzig de keuze in je instellingen als je je mailbox hier wilt koppelen.',
    },
    'account.not_found': {
      title: 'Geen mailbox gekoppeld',
      text: 'Er is geen mailbox gekoppeld voor deze gebruiker. Koppel er eerst een.',
    },
    'account.paused': {
      title: 'De mailbox is gepauzeerd',
      text: 'De verbinding met deze mailbox is gepauzeerd. Hervat deze om weer e-mail te ontvangen en te versturen.',
    },
    'account.disconnected': {
      title: 'De mailbox is losgekoppeld',
      text: 'Deze mailbox is niet meer gekoppeld. Koppel hem opnieuw om hier e-mail te ontvangen en te versturen.',
    },
    'imap.disabled': {
      title: 'IMAP-toegang staat uit',
      text: 'Je mailbox staat op dit moment geen toegang via IMAP toe. Log in de browser in op je e-mailaccount, zet IMAP-toegang aan in de instellingen en probeer het opnieuw. Bij een zakelijk account doet een beheerder dit.',
    },
    'smtp.disabled': {
      title: 'Versturen staat uit',
      text: 'Je mailbox staat niet toe dat andere programma’s e-mail versturen. Zet SMTP-toegang aan in de instellingen van je e-mailaccount in de browser, of vraag je beheerder dit te doen.',
    },
    'rate.limited': {
      title: 'Je provider vraagt ons het rustiger aan te doen',
      text: 'De mailserver beperkt hoe vaak en hoeveel keer tegelijk hij gebruikt kan worden. Je hoeft niets te doen: Postbud wacht en gaat vanzelf verder. Gebeurt het vaak, sluit dan andere e-mailprogramma’s die dezelfde mailbox gebruiken.',
    },
    'server.unavailable': {
      title: 'De mailserver heeft een storing',
      text: 'De mailserver van je provider kan nu niet goed antwoorden. Je hoeft niets te doen: Postbud blijft het proberen en er gaat geen e-mail verloren.',
    },
    'session.expired': {
      title: 'Opnieuw verbinden',
      text: 'De mailserver heeft de sessie beëindigd; dat is normaal. Postbud maakt vanzelf opnieuw verbinding.',
    },
    'protocol.pop3': {
      title: 'POP3 wordt niet ondersteund',
      text: 'De server die je hebt ingevuld, gebruikt POP3. Daarmee kan een mailbox niet actueel worden gehouden. Vul in plaats daarvan de IMAP-server van je provider in, meestal met poort 993. Biedt je provider alleen POP3, dan kan de mailbox niet worden gekoppeld.',
    },
    'protocol.not_imap': {
      title: 'Dit is geen IMAP-server',
      text: 'Op dat adres antwoordt iets anders dan een IMAP-server. Controleer de servernaam en poort voor inkomende e-mail; de poort is meestal 993.',
    },
    'protocol.not_smtp': {
      title: 'Dit is geen SMTP-server',
      text: 'Op dat adres antwoordt iets anders dan een SMTP-server. Controleer de servernaam en poort voor uitgaande e-mail; de poort is meestal 465 of 587.',
    },
    'protocol.bad_command': {
      title: 'De server begreep ons niet',
      text: 'De mailserver heeft een opdracht als onjuist afgewezen. Controleer of er geen extra tekens in de gebruikersnaam of het wachtwoord staan. Gebeurt het nog steeds, geef het dan door aan de beheerder van je CRM.',
    },
    'tls.required': {
      title: 'Versleuteling verplicht',
      text: 'De mailserver staat inloggen alleen toe via een versleutelde verbinding. Zet SSL/TLS aan in de instellingen of gebruik de poort die je provider daarvoor opgeeft (meestal 993 voor inkomende en 465 voor uitgaande e-mail).',
    },
    'tls.certificate': {
      title: 'Het certificaat van de server is niet geldig',
      text: 'De mailserver kon zijn identiteit niet aantonen, daarom is er geen wachtwoord verstuurd. Controleer of de servernaam precies zo is geschreven als je provider die opgeeft. Klopt dat, vraag de provider dan het certificaat te vernieuwen of te corrigeren.',
    },
    'tls.handshake': {
      title: 'Geen versleutelde verbinding mogelijk',
      text: 'Er kon geen versleutelde verbinding met de mailserver worden gemaakt. Controleer poort en beveiligingsinstelling: SSL/TLS hoort meestal bij poort 993 of 465, STARTTLS bij 143 of 587.',
    },
    'network.dns': {
      title: 'Servernaam niet gevonden',
      text: 'De naam van de mailserver is niet gevonden. Controleer de spelling. Klopt de naam, dan is het een tijdelijke storing en blijft Postbud het proberen.',
    },
    'network.refused': {
      title: 'De server neemt geen verbindingen aan',
      text: 'De mailserver weigert verbindingen op deze poort. Controleer servernaam en poort. Kloppen die, dan wordt de server waarschijnlijk net herstart en blijft Postbud het proberen.',
    },
    'network.timeout': {
      title: 'De server antwoordt niet',
      text: 'De mailserver heeft niet op tijd geantwoord. Controleer servernaam en poort als je die net hebt ingevuld. Anders hoef je niets te doen: Postbud blijft het proberen.',
    },
    'network.reset': {
      title: 'De verbinding is verbroken',
      text: 'De verbinding met de mailserver is verbroken. Je hoeft niets te doen: Postbud maakt vanzelf opnieuw verbinding. Heb je de instellingen net ingevuld, controleer dan poort en beveiligingsinstelling.',
    },
    'network.forbidden': {
      title: 'Dit serveradres is niet toegestaan',
      text: 'De servernaam leidt naar een intern adres dat deze installatie niet toestaat. Controleer de servernaam of vraag de beheerder van je CRM om het toe te staan.',
    },
    'mailbox.over_quota': {
      title: 'De mailbox is vol',
      text: 'Er is geen ruimte meer in je mailbox. Verwijder e-mail die je niet nodig hebt en leeg de prullenbak, of vraag je provider om meer ruimte.',
    },
    'mailbox.access_denied': {
      title: 'Geen toegang tot deze mailbox',
      text: 'Het inloggen is gelukt, maar deze gebruiker mag de mailbox niet openen. Controleer of je met het juiste account hebt ingelogd of vraag je beheerder om toegang.',
    },
    'mailbox.folder_missing': {
      title: 'Map niet gevonden',
      text: 'Een map die gelezen moet worden, bestaat niet meer in de mailbox. Waarschijnlijk is de map hernoemd of verwijderd. Kies de mappen opnieuw.',
    },
    'discovery.not_found': {
      title: 'Mailservers niet gevonden',
      text: 'De mailservers voor je adres konden niet automatisch worden gevonden. Vul de servers voor inkomende en uitgaande e-mail in; je e-mailprovider of beheerder kan je de namen geven.',
    },
    'discovery.unconfirmed': {
      title: 'Bevestig de mailservers',
      text: 'We hebben mailservers gevonden die waarschijnlijk van jou zijn, maar we zijn er niet zeker van. Daarom is er geen wachtwoord verstuurd. Controleer de voorgestelde namen en bevestig of corrigeer ze.',
    },
    'send.recipient_rejected': {
      title: 'Ontvanger niet geaccepteerd',
      text: 'De mailserver van de ontvanger neemt geen e-mail aan voor dit adres. Controleer de spelling of neem op een andere manier contact op met de ontvanger.',
    },
    'send.sender_rejected': {
      title: 'Afzenderadres niet geaccepteerd',
      text: 'De mailserver neemt geen e-mail aan van dit afzenderadres. Controleer of het adres hoort bij de mailbox die je hebt gekoppeld. Is dat zo, vraag het dan aan je provider of aan de beheerder van je domein (SPF, DKIM, DMARC).',
    },
    'send.message_too_large': {
      title: 'Het bericht is te groot',
      text: 'Het bericht is groter dan de mailserver toestaat. Verstuur kleinere of minder bijlagen, of deel ze via een link.',
    },
    'send.content_rejected': {
      title: 'Het bericht is geweigerd',
      text: 'De mailserver heeft het bericht geweigerd vanwege de inhoud, een bijlage of de reputatie van de verzendende server. Pas de tekst, links of bijlagen aan en verstuur het opnieuw. Worden alle berichten geweigerd, neem dan contact op met je e-mailprovider.',
    },
    'send.rate_limited': {
      title: 'Verzendlimiet bereikt',
      text: 'Je provider beperkt hoeveel berichten er in een bepaalde tijd verstuurd mogen worden. Je hoeft niets te doen: Postbud verstuurt het bericht zodra de provider het weer toestaat.',
    },
    'send.greylisted': {
      title: 'De bezorging is vertraagd',
      text: 'De mailserver van de ontvanger vraagt om iets later een tweede poging te doen, een gebruikelijke bescherming tegen spam. Je hoeft niets te doen: Postbud verstuurt het bericht vanzelf opnieuw.',
    },
    'send.relay_denied': {
      title: 'De server stuurt deze e-mail niet door',
      text: 'De server voor uitgaande e-mail neemt van jou geen e-mail aan voor andere domeinen. Controleer of het de server van je eigen provider is en of inloggen met gebruikersnaam en wachtwoord is ingesteld.',
    },
    'send.idempotency_conflict': {
      title: 'Al verstuurd met andere inhoud',
      text: 'Een bericht met dezelfde sleutel is eerder aangeboden met een andere inhoud. Verstuur het gewijzigde bericht als nieuw bericht.',
    },
    'send.cancelled': {
      title: 'Het versturen is geannuleerd',
      text: 'Het bericht is geannuleerd voordat het was verstuurd. Verstuur het opnieuw als het toch de deur uit moet.',
    },
    'credentials.not_sealed': {
      title: 'Het wachtwoord was niet beveiligd',
      text: 'Het wachtwoord kwam onbeveiligd binnen en is daarom niet gebruikt. Geef dit door aan de beheerder van je CRM en voer het wachtwoord opnieuw in zodra het is opgelost.',
    },
    'credentials.seal_invalid': {
      title: 'Het wachtwoord kon niet worden gelezen',
      text: 'Het beveiligde wachtwoord kon niet worden geopend of was te oud. Voer het opnieuw in. Gebeurt het vaker, geef het dan door aan de beheerder van je CRM.',
    },
    unknown: {
      title: 'Onverwacht antwoord van de mailserver',
      text: 'De mailserver antwoordde op een manier die we niet kennen. Postbud blijft het proberen. Houdt het aan, controleer dan de instellingen of vraag je e-mailprovider naar het getoonde antwoord.',
    },
  },
  variants: {
    'auth.app_password_required@google': {
      title: 'Gmail vraagt om een app-wachtwoord',
      text: 'Gmail accepteert je gewone wachtwoord hier niet. Het eenvoudigst is om opnieuw te koppelen en in te loggen met Google. Anders zet je in je Google-account verificatie in twee stappen aan, maak je een app-wachtwoord en voer je de 16 letters daarvan hier in. IMAP staat in Gmail altijd aan; daar hoef je niets te wijzigen.',
    },
    'auth.app_password_required@yahoo': {
      title: '{provider} vraagt om een app-wachtwoord',
      text: '{provider} accepteert je gewone wachtwoord hier niet. Log in de browser in bij {provider}, open de accountbeveiliging, maak een app-wachtwoord en voer dat hier in.',
    },
    'auth.app_password_required@icloud': {
      title: 'iCloud vraagt om een appspecifiek wachtwoord',
      text: 'iCloud Mail accepteert het wachtwoord van je Apple Account hier niet. Log in op account.apple.com, open “Appspecifieke wachtwoorden” onder Inloggen en beveiliging, maak er een voor Postbud en voer dat hier in. Twee-factor-authenticatie moet aan staan.',
    },
    'auth.app_password_required@fastmail': {
      title: 'Fastmail vraagt om een app-wachtwoord',
      text: 'Fastmail accepteert je gewone wachtwoord hier niet. Open in Fastmail Settings en daarna Privacy & Security, maak een app-wachtwoord met toegang tot e-mail (IMAP/SMTP) en voer dat hier in.',
    },
    'auth.app_password_required@t-online': {
      title: 'T-Online vraagt om het e-mailwachtwoord',
      text: 'T-Online accepteert het wachtwoord van je Telekom-login hier niet. Stel in het klantencentrum van Telekom (inloginstellingen, wachtwoorden) een apart wachtwoord voor e-mailprogramma’s in en voer dat hier in.',
    },
    'auth.app_password_required@yandex': {
      title: 'Yandex vraagt om een app-wachtwoord',
      text: 'Log in de browser in bij Yandex Mail, sta toegang via IMAP toe in de instellingen voor e-mailprogramma’s, maak daarna in je Yandex ID een app-wachtwoord van het type “Mail” en voer dat hier in.',
    },
    'auth.app_password_required@mailru': {
      title: 'Mail.ru vraagt om een app-wachtwoord',
      text: 'Mail.ru accepteert je gewone wachtwoord hier niet. Open de beveiligingsinstellingen van je Mail.ru-account, maak een wachtwoord voor externe toepassingen met volledige toegang tot e-mail en voer dat hier in.',
    },
    'auth.app_password_required@zoho': {
      title: 'Zoho vraagt om een appspecifiek wachtwoord',
      text: 'Met twee-factor-authenticatie accepteert Zoho Mail je gewone wachtwoord hier niet. Open accounts.zoho.com, Security, App Passwords, maak er een voor Postbud en voer dat hier in.',
    },
    'auth.app_password_required@gmx': {
      title: '{provider} vraagt om een appspecifiek wachtwoord',
      text: 'Met twee-factor-authenticatie accepteert {provider} je gewone wachtwoord hier niet. Maak een appspecifiek wachtwoord in de beveiligingsinstellingen van {provider} en voer dat hier in. Controleer ook of POP3/IMAP-toegang aan staat in de e-mailinstellingen.',
    },
    'auth.app_password_required@qq': {
      title: '{provider} vraagt om een autorisatiecode',
      text: '{provider} accepteert je gewone wachtwoord hier niet. Log in de browser in bij {provider}, zet de IMAP/SMTP-dienst aan in de accountinstellingen, maak daar een autorisatiecode en voer die hier in plaats van het wachtwoord in.',
    },
    'auth.invalid_credentials@google': {
      title: 'Gmail heeft het wachtwoord niet geaccepteerd',
      text: 'Gmail accepteert hier alleen een app-wachtwoord, niet het wachtwoord van je Google-account, en app-wachtwoorden vervallen als je dat wijzigt. Het eenvoudigst is om opnieuw te koppelen en in te loggen met Google. Maak anders een nieuw app-wachtwoord en voer dat hier in.',
    },
    'auth.invalid_credentials@microsoft': {
      title: 'Microsoft heeft het inloggen niet geaccepteerd',
      text: 'Microsoft accepteert bij de meeste accounts geen wachtwoorden van andere programma’s meer. Koppel de mailbox opnieuw en kies ervoor om in te loggen met Microsoft. Heeft je organisatie een eigen mailserver, controleer dan gebruikersnaam en wachtwoord.',
    },
    'auth.invalid_credentials@yahoo': {
      title: '{provider} heeft het wachtwoord niet geaccepteerd',
      text: '{provider} accepteert hier alleen een app-wachtwoord, niet je gewone wachtwoord. Log in de browser in bij {provider}, open de accountbeveiliging, maak een nieuw app-wachtwoord en voer dat hier in.',
    },
    'auth.invalid_credentials@icloud': {
      title: 'iCloud heeft het wachtwoord niet geaccepteerd',
      text: 'iCloud Mail accepteert hier alleen een appspecifiek wachtwoord, en die vervallen allemaal als je het wachtwoord van je Apple Account wijzigt. Maak een nieuw wachtwoord op account.apple.com en voer dat hier in.',
    },
    'auth.invalid_credentials@yandex': {
      title: 'Yandex heeft het inloggen niet geaccepteerd',
      text: 'Yandex geeft in drie gevallen hetzelfde antwoord. Controleer in deze volgorde: IMAP-toegang is toegestaan in Yandex Mail (instellingen voor e-mailprogramma’s); je hebt een app-wachtwoord ingevoerd en niet je gewone wachtwoord; de gebruikersnaam is je volledige adres.',
    },
    'auth.invalid_credentials@zoho': {
      title: 'Zoho heeft het inloggen niet geaccepteerd',
      text: 'Controleer of het wachtwoord klopt en of IMAP-toegang aan staat in Zoho Mail (Settings, Mail Accounts). Met twee-factor-authenticatie heb je een appspecifiek wachtwoord nodig. De servernaam moet ook bij je regio passen, bijvoorbeeld imap.zoho.eu.',
    },
    'auth.invalid_credentials@gmx': {
      title: '{provider} heeft het inloggen niet geaccepteerd',
      text: 'Controleer eerst of POP3/IMAP-toegang aan staat: log in de browser in bij {provider} en kijk onder E-Mail, Einstellungen, POP3/IMAP. Die staat standaard uit en kan na een lange pauze worden uitgezet. Staat die aan, controleer dan je adres en wachtwoord.',
    },
    'auth.oauth_required@google': {
      title: 'Log in met Google',
      text: 'Google accepteert geen wachtwoord voor dit account. Koppel de mailbox opnieuw en kies ervoor om in te loggen met Google.',
    },
    'auth.oauth_required@microsoft': {
      title: 'Log in met Microsoft',
      text: 'Microsoft accepteert geen wachtwoorden van andere programma’s meer. Koppel de mailbox opnieuw en kies ervoor om in te loggen met Microsoft. Wordt dat niet aangeboden, geef het dan door aan de beheerder van je CRM.',
    },
    'auth.insufficient_scope@google': {
      title: 'Toegang tot Gmail ontbreekt',
      text: 'Toegang tot Gmail was niet aangevinkt toen je inlogde. Koppel de mailbox opnieuw en vink op de pagina van Google het lezen, opstellen en verzenden van e-mail aan.',
    },
    'auth.insufficient_scope@microsoft': {
      title: 'Goedkeuring van je beheerder nodig',
      text: 'Je organisatie heeft niet goedgekeurd dat Postbud e-mail leest en verstuurt. Vraag je Microsoft 365-beheerder om toestemming te geven voor de app en koppel de mailbox daarna opnieuw.',
    },
    'imap.disabled@google': {
      title: 'Toegang tot Gmail is niet toegestaan voor dit account',
      text: 'Bij persoonlijke Gmail-accounts staat IMAP altijd aan, dus daar valt niets aan te zetten. Bij een zakelijk of schoolaccount kan een beheerder het beperken: vraag of IMAP-toegang kan worden toegestaan in de Google-beheerdersconsole. Controleer ook of het account Gmail heeft.',
    },
    'imap.disabled@microsoft': {
      title: 'IMAP staat uit in Microsoft 365',
      text: 'IMAP staat uit voor deze mailbox. In Microsoft 365 zet een beheerder het aan: Actieve gebruikers, de gebruiker, E-mail, E-mail-apps beheren, IMAP. In Outlook.com doe je het zelf: Instellingen, E-mail, Doorsturen en IMAP. Het kan tot een uur duren voordat het werkt.',
    },
    'imap.disabled@gmx': {
      title: 'IMAP staat uit bij {provider}',
      text: 'Log in de browser in bij {provider}, open E-Mail, Einstellungen, POP3/IMAP en sta toegang via POP3 en IMAP toe. Probeer het daarna opnieuw.',
    },
    'imap.disabled@yandex': {
      title: 'IMAP staat uit bij Yandex',
      text: 'Log in de browser in bij Yandex Mail, open de instellingen voor e-mailprogramma’s, sta toegang vanaf imap.yandex.com via IMAP en met app-wachtwoorden toe en sla op. Probeer het daarna opnieuw.',
    },
    'imap.disabled@zoho': {
      title: 'IMAP staat uit bij Zoho',
      text: 'Log in de browser in bij Zoho Mail, open Settings, Mail Accounts en zet IMAP Access aan. Bij een zakelijk account moet een beheerder het mogelijk eerst toestaan; sommige gratis abonnementen bevatten geen IMAP.',
    },
    'imap.disabled@qq': {
      title: 'IMAP staat uit bij {provider}',
      text: 'Log in de browser in bij {provider}, open de accountinstellingen, zet de IMAP/SMTP-dienst aan en voer de autorisatiecode die daar wordt getoond in plaats van je wachtwoord in.',
    },
    'smtp.disabled@microsoft': {
      title: 'Versturen via SMTP staat uit in Microsoft 365',
      text: 'Je organisatie heeft geverifieerde SMTP uitgezet. Vraag je beheerder om het voor je mailbox toe te staan: Microsoft 365-beheercentrum, Actieve gebruikers, de gebruiker, E-mail, E-mail-apps beheren, Geverifieerde SMTP. Het ontvangen van e-mail blijft gewoon werken.',
    },
    'smtp.disabled@qq': {
      title: 'SMTP staat uit bij {provider}',
      text: 'Log in de browser in bij {provider}, open de accountinstellingen, zet de IMAP/SMTP-dienst aan en voer de autorisatiecode die daar wordt getoond in plaats van je wachtwoord in.',
    },
    'login.blocked@google': {
      title: 'Google heeft het inloggen geblokkeerd',
      text: 'Google heeft deze inlogpoging geblokkeerd om je te beschermen. Zoek in je mailbox naar het beveiligingsbericht van Google, bevestig dat jij het was en sta Postbud toe. Of log in de browser in bij Gmail en volg de aanwijzingen van Google. Koppel je opnieuw met “Inloggen met Google”, dan voorkom je dit meestal.',
    },
    'login.blocked@microsoft': {
      title: 'Microsoft heeft het inloggen geblokkeerd',
      text: 'Microsoft wil controleren of jij het bent, of de regels van je organisatie staan deze inlogpoging niet toe. Log in de browser in op outlook.com of office.com, volg de aanwijzingen en koppel de mailbox daarna opnieuw. Is het een regel van je organisatie, vraag je beheerder dan om Postbud toe te staan.',
    },
    'login.blocked@yahoo': {
      title: '{provider} heeft het inloggen geblokkeerd',
      text: '{provider} heeft deze inlogpoging geblokkeerd. Zoek in je mailbox naar het bericht van {provider} hierover en bevestig dat jij het was. Log daarna één keer in de browser in bij {provider} en probeer het opnieuw met een app-wachtwoord.',
    },
    'login.blocked@yandex': {
      title: 'Yandex wil controleren of jij het bent',
      text: 'Log in de browser in bij Yandex Mail, beantwoord de vraag waaruit blijkt dat je geen robot bent en bevestig je telefoonnummer als daarom wordt gevraagd. Probeer het daarna opnieuw.',
    },
    'login.blocked@zoho': {
      title: 'Zoho heeft het account voorlopig geblokkeerd',
      text: 'Zoho heeft ongewone activiteit opgemerkt en het versturen of inloggen geblokkeerd. Log in op mail.zoho.com, open de pagina om het account te deblokkeren en bevestig dat jij het bent. Wacht even voordat je weer veel berichten verstuurt.',
    },
    'login.blocked@qq': {
      title: '{provider} vindt de inlogpoging onveilig',
      text: 'Log in de browser in bij {provider} en bevestig het inloggen als daarom wordt gevraagd. Controleer of de IMAP/SMTP-dienst aan staat en of je een autorisatiecode gebruikt, en probeer het dan opnieuw.',
    },
    'account.suspended@microsoft': {
      title: 'Microsoft heeft het account beperkt',
      text: 'Het account is uitgeschakeld, bestaat niet in de organisatie of is beperkt omdat e-mail ervan op spam leek. Vraag je beheerder om de gebruiker en de lijst met beperkte entiteiten in Microsoft 365 te controleren. Wijzig het wachtwoord als je die e-mail niet zelf hebt verstuurd.',
    },
    'mailbox.access_denied@microsoft': {
      title: 'Microsoft 365 opent de mailbox niet',
      text: 'Het inloggen is gelukt, maar de mailbox ging niet open. Controleer of je hebt ingelogd met het account waarvan de mailbox is. Vraag je beheerder of de mailbox een Exchange-licentie heeft, of IMAP ervoor aan staat en of je bij een gedeelde mailbox volledige toegang hebt.',
    },
    'rate.limited@ceiling': {
      title: 'Te veel geweigerde aanmeldingen',
      text: 'De mailserver heeft de laatste aanmeldingen geweigerd of niet beantwoord. Om te voorkomen dat de provider de mailbox vergrendelt, probeert Postbud het nog niet opnieuw. Controleer intussen het wachtwoord.',
    },
    'send.rate_limited@google': {
      title: 'De verzendlimiet van Gmail is bereikt',
      text: 'Gmail beperkt hoeveel berichten een account per dag mag versturen. Je hoeft niets te doen: Postbud verstuurt het bericht zodra Gmail het weer toestaat, uiterlijk binnen 24 uur.',
    },
  },
};
