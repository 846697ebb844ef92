import type { Texts } from './texts.ts';

/** Norwegian (Bokmål). */
export const nb: Texts = {
  attempts: {
    'rate.limited':
      'E-postserveren begrenser hvor ofte eller hvor mange ganger den kan brukes samtidig. Lukk andre e-postprogrammer som bruker samme e-postkonto, vent noen minutter og koble til på nytt.',
    'server.unavailable':
      'E-postserveren hos leverandøren din kan ikke svare ordentlig akkurat nå. Vent noen minutter og koble til på nytt.',
    'session.expired': 'E-postserveren avsluttet økten før e-postkontoen var koblet til. Koble til på nytt.',
    'network.dns':
      'Navnet på e-postserveren ble ikke funnet. Kontroller stavemåten og koble til på nytt. Er navnet riktig, er det en forbigående feil: vent noen minutter først.',
    'network.refused':
      'E-postserveren avviser forbindelser på denne porten. Kontroller servernavn og port og koble til på nytt. Er de riktige, holder serveren trolig på å starte på nytt: vent noen minutter først.',
    'network.timeout':
      'E-postserveren svarte ikke i tide. Kontroller servernavn og port og koble til på nytt. Er de riktige, bør du vente noen minutter først.',
    'network.reset':
      'Forbindelsen til e-postserveren ble brutt. Kontroller port og sikkerhetsinnstilling og koble til på nytt. Er de riktige, bør du vente noen minutter først.',
    unknown:
      'E-postserveren svarte på en måte vi ikke kjenner. Kontroller innstillingene og koble til på nytt. Hvis det vedvarer, kan du spørre e-postleverandøren om svaret som vises.',
  },
  nextTry: 'Neste automatiske forsøk: {until}.',
  notBefore: 'Du kan prøve igjen fra {until}.',
  reasons: {
    'auth.invalid_credentials': {
      title: 'Brukernavn eller passord ble ikke godtatt',
      text: 'E-postserveren godtok ikke brukernavnet og passordet. Kontroller begge deler og skriv inn passordet på nytt. Har du nylig byttet passord, må du skrive inn det nye. Bruker du totrinnsbekreftelse, trenger du kanskje et app-passord i stedet for det vanlige passordet ditt.',
    },
    'auth.password_required': {
      title: 'Passord mangler',
      text: 'Skriv inn passordet til e-postkontoen din for å koble den til.',
    },
    'auth.app_password_required': {
      title: 'Du trenger et app-passord',
      text: 'E-postleverandøren din lar ikke andre programmer logge på med det vanlige passordet ditt. Logg på e-postkontoen i nettleseren, åpne sikkerhetsinnstillingene, opprett et app-passord for Postbud og skriv det inn her.',
    },
    'auth.oauth_required': {
      title: 'Logg på hos leverandøren',
      text: 'E-postleverandøren din godtar ikke lenger passord fra andre programmer. Koble til e-postkontoen på nytt og velg pålogging på leverandørens egen side.',
    },
    'auth.token_expired': {
      title: 'Logg på igjen',
      text: 'Tillatelsen til å lese og sende e-posten din er utløpt. Koble til e-postkontoen på nytt og logg på hos leverandøren. Ingenting i e-postkontoen går tapt.',
    },
    'auth.token_revoked': {
      title: 'Tillatelsen er trukket tilbake',
      text: 'Tillatelsen til å lese og sende e-posten din gjelder ikke lenger. Det skjer når passordet er byttet, eller når tilgangen er fjernet i kontoens sikkerhetsinnstillinger. Koble til e-postkontoen på nytt og logg på hos leverandøren.',
    },
    'auth.insufficient_scope': {
      title: 'Tillatelsen er ufullstendig',
      text: 'Tillatelsen du ga, omfatter ikke å lese og sende e-post. Koble til e-postkontoen på nytt og godta alle tillatelsene det spørres om. For en bedriftskonto må kanskje en administrator godkjenne dem.',
    },
    'auth.required': {
      title: 'Du må logge på for å sende',
      text: 'Serveren for utgående e-post krever brukernavn og passord før den tar imot e-post. Kontroller innstillingene for utgående e-post og oppgi brukernavn og passord der også.',
    },
    'auth.mechanism_unsupported': {
      title: 'Påloggingsmetoden støttes ikke',
      text: 'E-postserveren tilbyr ingen påloggingsmetode som Postbud kan bruke. Kontroller servernavn, port og sikkerhetsinnstilling, eller spør e-postleverandøren hva du skal velge.',
    },
    'oauth.denied': {
      title: 'Tillatelse ble ikke gitt',
      text: 'Påloggingen ble avbrutt, eller tillatelsen ble avslått. Koble til e-postkontoen på nytt og velg «Tillat» på leverandørens side.',
    },
    'oauth.expired': {
      title: 'Påloggingen tok for lang tid',
      text: 'Lenken til leverandørens påloggingsside er utløpt. Koble til e-postkontoen på nytt og fullfør påloggingen innen noen få minutter.',
    },
    'oauth.identity_mismatch': {
      title: 'Du logget på en annen e-postkonto',
      text: 'Du logget på med en annen adresse enn den du ville koble til. Koble til på nytt og velg riktig konto på leverandørens side, eller logg av der først.',
    },
    'oauth.client_invalid': {
      title: 'Administratoren må rette oppsettet',
      text: 'Forbindelsen mellom denne installasjonen og e-postleverandøren din er ikke satt opp riktig. Dette kan du ikke løse selv: Gi beskjed til administratoren av CRM-systemet.',
    },
    'login.blocked': {
      title: 'Leverandøren har blokkert påloggingen',
      text: 'E-postleverandøren din har blokkert denne påloggingen. Se etter en melding om det fra leverandøren i innboksen, og bekreft der at det var deg, og at Postbud får logge på. Finner du ingen melding, kan du gå til leverandørens nettside, logge på der og gjøre det du blir bedt om.',
    },
    'account.locked': {
      title: 'Kontoen er låst inntil videre',
      text: 'E-postleverandøren din har låst kontoen en stund etter for mange mislykkede pålogginger. Vent til låsen er opphevet, og ikke prøv i mellomtiden, for hvert forsøk kan forlenge den. Undersøk om andre enheter og programmer fortsatt bruker et gammelt passord.',
    },
    'account.suspended': {
      title: 'Kontoen er ikke aktiv',
      text: 'E-postleverandøren din opplyser at kontoen er avsluttet, sperret eller ikke finnes. Gå til leverandørens nettside og logg på der for å se hvorfor, eller kontakt leverandørens kundestøtte eller administratoren din.',
    },
    'account.email_mismatch': {
      title: 'En annen adresse enn ventet',
      text: 'Adressen du skrev inn, er ikke e-postadressen som er registrert for deg. Skriv inn den registrerte adressen, eller få den rettet i CRM-systemet først.',
    },
    'account.webtools_active': {
      title: 'E-posten din håndteres i Webtools',
      text: 'E-posten din er satt opp til å håndteres i Webtools. Bytt e-postprogram til CRM-systemet i innstillingene dine før du kobler til en e-postkonto her.',
    },
    'account.not_preferred_client': {
      title: 'Du har valgt et annet e-postprogram',
      text: 'Du har valgt et annet e-postprogram enn CRM-systemet. Endre valget i innstillingene dine hvis du vil koble til e-postkontoen her.',
    },
    'account.not_found': {
      title: 'Ingen e-postkonto er tilkoblet',
      text: 'Det er ikke koblet til noen e-postkonto for denne brukeren. Koble til en først.',
    },
    'account.paused': {
      title: 'E-postkontoen er satt på pause',
      text: 'Forbindelsen til denne e-postkontoen er satt på pause. Gjenoppta den for å motta og sende e-post igjen.',
    },
    'account.disconnected': {
      title: 'E-postkontoen ble koblet fra',
      text: 'Denne e-postkontoen er ikke lenger tilkoblet. Koble den til på nytt for å motta og sende e-post her.',
    },
    'imap.disabled': {
      title: 'IMAP-tilgang er slått av',
      text: 'E-postkontoen din tillater ikke tilgang via IMAP for øyeblikket. Logg på e-postkontoen i nettleseren, slå på IMAP-tilgang i innstillingene og prøv igjen. For en bedriftskonto gjør en administrator dette.',
    },
    'smtp.disabled': {
      title: 'Sending er slått av',
      text: 'E-postkontoen din lar ikke andre programmer sende e-post. Slå på SMTP-tilgang i innstillingene for e-postkontoen i nettleseren, eller be administratoren din om det.',
    },
    'rate.limited': {
      title: 'Leverandøren ber oss om å senke farten',
      text: 'E-postserveren begrenser hvor ofte eller hvor mange ganger den kan brukes samtidig. Du trenger ikke å gjøre noe: Postbud venter og fortsetter av seg selv. Skjer det ofte, kan du lukke andre e-postprogrammer som bruker samme e-postkonto.',
    },
    'server.unavailable': {
      title: 'E-postserveren har et problem',
      text: 'E-postserveren hos leverandøren din kan ikke svare ordentlig akkurat nå. Du trenger ikke å gjøre noe: Postbud fortsetter å prøve, og ingen e-post går tapt.',
    },
    'session.expired': {
      title: 'Kobler til på nytt',
      text: 'E-postserveren avsluttet økten, og det er helt normalt. Postbud kobler til igjen av seg selv.',
    },
    'protocol.pop3': {
      title: 'POP3 støttes ikke',
      text: 'Serveren du oppga, bruker POP3, som ikke kan holde en e-postkonto oppdatert. Oppgi i stedet leverandørens IMAP-server, vanligvis med port 993. Tilbyr leverandøren bare POP3, kan e-postkontoen ikke kobles til.',
    },
    'protocol.not_imap': {
      title: 'Dette er ikke en IMAP-server',
      text: 'Det er noe annet enn en IMAP-server som svarer på adressen. Kontroller servernavn og port for innkommende e-post; porten er vanligvis 993.',
    },
    'protocol.not_smtp': {
      title: 'Dette er ikke en SMTP-server',
      text: 'Det er noe annet enn en SMTP-server som svarer på adressen. Kontroller servernavn og port for utgående e-post; porten er vanligvis 465 eller 587.',
    },
    'protocol.bad_command': {
      title: 'Serveren forsto oss ikke',
      text: 'E-postserveren avviste en kommando som feil. Kontroller at det ikke har sneket seg inn ekstra tegn i brukernavn eller passord. Skjer det fortsatt, kan du gi beskjed til administratoren av CRM-systemet.',
    },
    'tls.required': {
      title: 'Kryptering er påkrevd',
      text: 'E-postserveren tillater bare pålogging over en kryptert forbindelse. Slå på SSL/TLS i innstillingene, eller bruk porten leverandøren oppgir for dette (vanligvis 993 for innkommende og 465 for utgående e-post).',
    },
    'tls.certificate': {
      title: 'Serverens sertifikat er ikke gyldig',
      text: 'E-postserveren kunne ikke bevise hvem den er, og derfor ble det ikke sendt noe passord. Kontroller at servernavnet er skrevet nøyaktig slik leverandøren oppgir det. Er det riktig, kan du be leverandøren fornye eller rette sertifikatet.',
    },
    'tls.handshake': {
      title: 'Kryptert forbindelse er ikke mulig',
      text: 'Det lot seg ikke gjøre å opprette en kryptert forbindelse til e-postserveren. Kontroller port og sikkerhetsinnstilling: SSL/TLS hører vanligvis til port 993 eller 465, STARTTLS til 143 eller 587.',
    },
    'network.dns': {
      title: 'Fant ikke servernavnet',
      text: 'Navnet på e-postserveren ble ikke funnet. Kontroller stavemåten. Er navnet riktig, er det en forbigående feil, og Postbud fortsetter å prøve.',
    },
    'network.refused': {
      title: 'Serveren tar ikke imot forbindelser',
      text: 'E-postserveren avviser forbindelser på denne porten. Kontroller servernavn og port. Er de riktige, holder serveren trolig på å starte på nytt, og Postbud fortsetter å prøve.',
    },
    'network.timeout': {
      title: 'Serveren svarer ikke',
      text: 'E-postserveren svarte ikke i tide. Kontroller servernavn og port hvis du nettopp har skrevet dem inn. Ellers trenger du ikke å gjøre noe: Postbud fortsetter å prøve.',
    },
    'network.reset': {
      title: 'Forbindelsen ble brutt',
      text: 'Forbindelsen til e-postserveren ble brutt. Du trenger ikke å gjøre noe: Postbud kobler til igjen av seg selv. Har du nettopp skrevet inn innstillingene, bør du kontrollere port og sikkerhetsinnstilling.',
    },
    'network.forbidden': {
      title: 'Serveradressen er ikke tillatt',
      text: 'Servernavnet fører til en intern adresse som denne installasjonen ikke tillater. Kontroller servernavnet, eller be administratoren av CRM-systemet om å tillate det.',
    },
    'mailbox.over_quota': {
      title: 'E-postkontoen er full',
      text: 'Det er ikke mer plass i e-postkontoen din. Slett e-post du ikke trenger, og tøm papirkurven, eller be leverandøren om mer plass.',
    },
    'mailbox.access_denied': {
      title: 'Ingen tilgang til e-postkontoen',
      text: 'Påloggingen ble godtatt, men denne brukeren får ikke åpne e-postkontoen. Kontroller at du logget på med riktig konto, eller be administratoren din om tilgang.',
    },
    'mailbox.folder_missing': {
      title: 'Fant ikke mappen',
      text: 'En mappe som skulle leses, finnes ikke lenger i e-postkontoen. Den har trolig fått nytt navn eller er slettet. Velg mappene på nytt.',
    },
    'discovery.not_found': {
      title: 'Fant ikke e-postserverne',
      text: 'E-postserverne for adressen din ble ikke funnet automatisk. Oppgi serverne for innkommende og utgående e-post; e-postleverandøren eller administratoren din kan oppgi navnene.',
    },
    'discovery.unconfirmed': {
      title: 'Bekreft e-postserverne',
      text: 'Vi fant e-postservere som sannsynligvis er dine, men vi er ikke sikre, så det ble ikke sendt noe passord. Kontroller de foreslåtte navnene, og bekreft eller rett dem.',
    },
    'send.recipient_rejected': {
      title: 'Mottakeren ble ikke godtatt',
      text: 'Mottakerens e-postserver tar ikke imot e-post til denne adressen. Kontroller stavemåten, eller kontakt mottakeren på en annen måte.',
    },
    'send.sender_rejected': {
      title: 'Avsenderadressen ble ikke godtatt',
      text: 'E-postserveren tar ikke imot e-post fra denne avsenderadressen. Kontroller at adressen hører til e-postkontoen du har koblet til. Gjør den det, kan du spørre leverandøren eller den som administrerer domenet deres (SPF, DKIM, DMARC).',
    },
    'send.message_too_large': {
      title: 'Meldingen er for stor',
      text: 'Meldingen er større enn e-postserveren tillater. Send mindre eller færre vedlegg, eller del dem med en lenke.',
    },
    'send.content_rejected': {
      title: 'Meldingen ble avvist',
      text: 'E-postserveren avviste meldingen på grunn av innholdet, et vedlegg eller omdømmet til serveren som sendte den. Endre tekst, lenker eller vedlegg og send den på nytt. Blir alle meldinger avvist, bør du kontakte e-postleverandøren din.',
    },
    'send.rate_limited': {
      title: 'Grensen for sending er nådd',
      text: 'Leverandøren begrenser hvor mange meldinger som kan sendes i løpet av en viss tid. Du trenger ikke å gjøre noe: Postbud sender meldingen så snart leverandøren tillater det igjen.',
    },
    'send.greylisted': {
      title: 'Leveringen er forsinket',
      text: 'Mottakerens e-postserver ber om et nytt forsøk litt senere, noe som er vanlig beskyttelse mot søppelpost. Du trenger ikke å gjøre noe: Postbud sender meldingen på nytt av seg selv.',
    },
    'send.relay_denied': {
      title: 'Serveren videresender ikke denne e-posten',
      text: 'Serveren for utgående e-post tar ikke imot e-post fra deg til andre domener. Kontroller at det er serveren til din egen leverandør, og at den er satt opp med pålogging med brukernavn og passord.',
    },
    'send.idempotency_conflict': {
      title: 'Allerede sendt med annet innhold',
      text: 'En melding med samme nøkkel er levert tidligere med et annet innhold. Send den endrede meldingen som en ny.',
    },
    'send.cancelled': {
      title: 'Sendingen ble avbrutt',
      text: 'Meldingen ble avbrutt før den var sendt. Send den på nytt hvis den likevel skal av gårde.',
    },
    'credentials.not_sealed': {
      title: 'Passordet var ikke beskyttet',
      text: 'Passordet kom ubeskyttet og ble derfor ikke brukt. Gi beskjed til administratoren av CRM-systemet, og skriv inn passordet på nytt når det er løst.',
    },
    'credentials.seal_invalid': {
      title: 'Passordet kunne ikke leses',
      text: 'Det beskyttede passordet lot seg ikke åpne, eller det var for gammelt. Skriv det inn på nytt. Skjer det flere ganger, kan du gi beskjed til administratoren av CRM-systemet.',
    },
    unknown: {
      title: 'Uventet svar fra e-postserveren',
      text: 'E-postserveren svarte på en måte vi ikke kjenner. Postbud fortsetter å prøve. Hvis det vedvarer, kan du kontrollere innstillingene eller spørre e-postleverandøren om svaret som vises.',
    },
  },
  variants: {
    'auth.app_password_required@google': {
      title: 'Gmail krever et app-passord',
      text: 'Gmail godtar ikke det vanlige passordet ditt her. Det enkleste er å koble til på nytt og logge på med Google. Ellers slår du på totrinnsbekreftelse i Google-kontoen, oppretter et app-passord og skriver inn de 16 bokstavene her. IMAP er alltid på i Gmail, så der trenger du ikke å endre noe.',
    },
    'auth.app_password_required@yahoo': {
      title: '{provider} krever et app-passord',
      text: '{provider} godtar ikke det vanlige passordet ditt her. Logg på {provider} i nettleseren, åpne kontosikkerhet, opprett et app-passord og skriv det inn her.',
    },
    'auth.app_password_required@icloud': {
      title: 'iCloud krever et appspesifikt passord',
      text: 'iCloud Mail godtar ikke passordet til Apple-kontoen din her. Logg på account.apple.com, åpne «Appspesifikke passord» under Pålogging og sikkerhet, opprett et for Postbud og skriv det inn her. Tofaktorautentisering må være på.',
    },
    'auth.app_password_required@fastmail': {
      title: 'Fastmail krever et app-passord',
      text: 'Fastmail godtar ikke det vanlige passordet ditt her. Åpne Settings og deretter Privacy & Security i Fastmail, opprett et app-passord med tilgang til e-post (IMAP/SMTP) og skriv det inn her.',
    },
    'auth.app_password_required@t-online': {
      title: 'T-Online krever e-postpassordet',
      text: 'T-Online godtar ikke passordet til Telekom-påloggingen din her. Opprett et eget passord for e-postprogrammer i Telekoms kundesenter (påloggingsinnstillinger, passord) og skriv det inn her.',
    },
    'auth.app_password_required@yandex': {
      title: 'Yandex krever et app-passord',
      text: 'Logg på Yandex Mail i nettleseren, tillat tilgang via IMAP i innstillingene for e-postprogrammer, opprett deretter et app-passord av typen «Mail» i Yandex ID og skriv det inn her.',
    },
    'auth.app_password_required@mailru': {
      title: 'Mail.ru krever et app-passord',
      text: 'Mail.ru godtar ikke det vanlige passordet ditt her. Åpne sikkerhetsinnstillingene for Mail.ru-kontoen, opprett et passord for eksterne programmer med full tilgang til e-post og skriv det inn her.',
    },
    'auth.app_password_required@zoho': {
      title: 'Zoho krever et appspesifikt passord',
      text: 'Med tofaktorautentisering godtar ikke Zoho Mail det vanlige passordet ditt her. Åpne accounts.zoho.com, Security, App Passwords, opprett et for Postbud og skriv det inn her.',
    },
    'auth.app_password_required@gmx': {
      title: '{provider} krever et appspesifikt passord',
      text: 'Med tofaktorautentisering godtar ikke {provider} det vanlige passordet ditt her. Opprett et appspesifikt passord i sikkerhetsinnstillingene hos {provider} og skriv det inn her. Kontroller også at POP3/IMAP-tilgang er slått på i e-postinnstillingene.',
    },
    'auth.app_password_required@qq': {
      title: '{provider} krever en autorisasjonskode',
      text: '{provider} godtar ikke det vanlige passordet ditt her. Logg på {provider} i nettleseren, slå på IMAP/SMTP-tjenesten i kontoinnstillingene, opprett en autorisasjonskode der og skriv den inn her i stedet for passordet.',
    },
    'auth.invalid_credentials@google': {
      title: 'Gmail godtok ikke passordet',
      text: 'Gmail godtar bare et app-passord her, ikke passordet til Google-kontoen, og app-passord slutter å virke når du bytter det. Det enkleste er å koble til på nytt og logge på med Google. Ellers oppretter du et nytt app-passord og skriver det inn her.',
    },
    'auth.invalid_credentials@microsoft': {
      title: 'Microsoft godtok ikke påloggingen',
      text: 'For de fleste kontoer godtar Microsoft ikke lenger passord fra andre programmer. Koble til e-postkontoen på nytt og velg å logge på med Microsoft. Har organisasjonen din sin egen e-postserver, må du kontrollere brukernavn og passord.',
    },
    'auth.invalid_credentials@yahoo': {
      title: '{provider} godtok ikke passordet',
      text: '{provider} godtar bare et app-passord her, ikke det vanlige passordet ditt. Logg på {provider} i nettleseren, åpne kontosikkerhet, opprett et nytt app-passord og skriv det inn her.',
    },
    'auth.invalid_credentials@icloud': {
      title: 'iCloud godtok ikke passordet',
      text: 'iCloud Mail godtar bare et appspesifikt passord her, og alle slutter å virke når du bytter passordet til Apple-kontoen. Opprett et nytt på account.apple.com og skriv det inn her.',
    },
    'auth.invalid_credentials@yandex': {
      title: 'Yandex godtok ikke påloggingen',
      text: 'Yandex gir samme svar i tre ulike tilfeller. Kontroller i denne rekkefølgen: at IMAP-tilgang er tillatt i Yandex Mail (innstillingene for e-postprogrammer), at du skrev inn et app-passord og ikke det vanlige, og at brukernavnet er den fullstendige adressen din.',
    },
    'auth.invalid_credentials@zoho': {
      title: 'Zoho godtok ikke påloggingen',
      text: 'Kontroller at passordet er riktig, og at IMAP-tilgang er slått på i Zoho Mail (Settings, Mail Accounts). Med tofaktorautentisering trenger du et appspesifikt passord. Servernavnet må også passe til regionen din, for eksempel imap.zoho.eu.',
    },
    'auth.invalid_credentials@gmx': {
      title: '{provider} godtok ikke påloggingen',
      text: 'Kontroller først at POP3/IMAP-tilgang er slått på: Logg på {provider} i nettleseren og se under E-Mail, Einstellungen, POP3/IMAP. Den er avslått som standard og kan bli slått av etter en lang pause. Er den på, må du kontrollere adresse og passord.',
    },
    'auth.oauth_required@google': {
      title: 'Logg på med Google',
      text: 'Google godtar ikke passord for denne kontoen. Koble til e-postkontoen på nytt og velg å logge på med Google.',
    },
    'auth.oauth_required@microsoft': {
      title: 'Logg på med Microsoft',
      text: 'Microsoft godtar ikke lenger passord fra andre programmer. Koble til e-postkontoen på nytt og velg å logge på med Microsoft. Er det ikke et alternativ, kan du gi beskjed til administratoren av CRM-systemet.',
    },
    'auth.insufficient_scope@google': {
      title: 'Tilgang til Gmail mangler',
      text: 'Det ble ikke krysset av for tilgang til Gmail da du logget på. Koble til e-postkontoen på nytt og kryss av for å lese, skrive og sende e-post på siden til Google.',
    },
    'auth.insufficient_scope@microsoft': {
      title: 'Administratoren må godkjenne tilgangen',
      text: 'Organisasjonen din har ikke godkjent at Postbud leser og sender e-post. Be Microsoft 365-administratoren om å gi samtykke til appen, og koble deretter til e-postkontoen på nytt.',
    },
    'imap.disabled@google': {
      title: 'Tilgang til Gmail er ikke tillatt for kontoen',
      text: 'IMAP er alltid på i private Gmail-kontoer, så der er det ingenting å slå på. For en bedrifts- eller skolekonto kan en administrator begrense det: Be om at IMAP-tilgang blir tillatt i Google Administrasjonskonsoll. Kontroller også at kontoen har Gmail.',
    },
    'imap.disabled@microsoft': {
      title: 'IMAP er slått av i Microsoft 365',
      text: 'IMAP er slått av for denne e-postkontoen. I Microsoft 365 slår en administrator det på: Aktive brukere, brukeren, E-post, Administrer e-postapper, IMAP. I Outlook.com gjør du det selv: Innstillinger, E-post, Videresending og IMAP. Det kan ta opptil en time før det virker.',
    },
    'imap.disabled@gmx': {
      title: 'IMAP er slått av hos {provider}',
      text: 'Logg på {provider} i nettleseren, åpne E-Mail, Einstellungen, POP3/IMAP og tillat tilgang via POP3 og IMAP. Prøv deretter igjen.',
    },
    'imap.disabled@yandex': {
      title: 'IMAP er slått av hos Yandex',
      text: 'Logg på Yandex Mail i nettleseren, åpne innstillingene for e-postprogrammer, tillat tilgang fra imap.yandex.com via IMAP og med app-passord, og lagre. Prøv deretter igjen.',
    },
    'imap.disabled@zoho': {
      title: 'IMAP er slått av hos Zoho',
      text: 'Logg på Zoho Mail i nettleseren, åpne Settings, Mail Accounts og slå på IMAP Access. For en bedriftskonto må kanskje en administrator tillate det først, og noen gratisabonnementer omfatter ikke IMAP.',
    },
    'imap.disabled@qq': {
      title: 'IMAP er slått av hos {provider}',
      text: 'Logg på {provider} i nettleseren, åpne kontoinnstillingene, slå på IMAP/SMTP-tjenesten og skriv inn autorisasjonskoden som vises der, i stedet for passordet ditt.',
    },
    'smtp.disabled@microsoft': {
      title: 'Sending via SMTP er slått av i Microsoft 365',
      text: 'Organisasjonen din har slått av godkjent SMTP. Be administratoren din om å tillate det for e-postkontoen din: Administrasjonssenter for Microsoft 365, Aktive brukere, brukeren, E-post, Administrer e-postapper, Godkjent SMTP. Mottak av e-post er ikke berørt.',
    },
    'smtp.disabled@qq': {
      title: 'SMTP er slått av hos {provider}',
      text: 'Logg på {provider} i nettleseren, åpne kontoinnstillingene, slå på IMAP/SMTP-tjenesten og skriv inn autorisasjonskoden som vises der, i stedet for passordet ditt.',
    },
    'login.blocked@google': {
      title: 'Google har blokkert påloggingen',
      text: 'Google har blokkert denne påloggingen for å beskytte deg. Se etter sikkerhetsmeldingen fra Google i innboksen, bekreft at det var deg, og tillat Postbud. Eller logg på Gmail i nettleseren og gjør det Google ber om. Kobler du til på nytt med «Logg på med Google», unngår du vanligvis dette.',
    },
    'login.blocked@microsoft': {
      title: 'Microsoft har blokkert påloggingen',
      text: 'Microsoft vil kontrollere at det er deg, eller reglene i organisasjonen din tillater ikke denne påloggingen. Logg på outlook.com eller office.com i nettleseren, gjør det du blir bedt om, og koble deretter til e-postkontoen på nytt. Er det en regel i organisasjonen, kan du be administratoren om å tillate Postbud.',
    },
    'login.blocked@yahoo': {
      title: '{provider} har blokkert påloggingen',
      text: '{provider} har blokkert denne påloggingen. Se etter meldingen fra {provider} i innboksen og bekreft at det var deg. Logg deretter på {provider} én gang i nettleseren og prøv igjen med et app-passord.',
    },
    'login.blocked@yandex': {
      title: 'Yandex vil kontrollere at det er deg',
      text: 'Logg på Yandex Mail i nettleseren, svar på spørsmålet som viser at du ikke er en robot, og bekreft telefonnummeret ditt hvis du blir bedt om det. Prøv deretter igjen.',
    },
    'login.blocked@zoho': {
      title: 'Zoho har sperret kontoen inntil videre',
      text: 'Zoho har oppdaget uvanlig aktivitet og sperret sending eller pålogging. Logg på mail.zoho.com, åpne siden for å oppheve sperringen av kontoen og bekreft at det er deg. Vent litt før du igjen sender mange meldinger.',
    },
    'login.blocked@qq': {
      title: '{provider} anser påloggingen som usikker',
      text: 'Logg på {provider} i nettleseren og bekreft påloggingen hvis du blir bedt om det. Kontroller at IMAP/SMTP-tjenesten er på, og at du bruker en autorisasjonskode, og prøv så igjen.',
    },
    'account.suspended@microsoft': {
      title: 'Microsoft har begrenset kontoen',
      text: 'Kontoen er deaktivert, finnes ikke i organisasjonen eller er begrenset fordi e-post fra den lignet søppelpost. Be administratoren din om å kontrollere brukeren og listen over begrensede enheter i Microsoft 365. Bytt passord hvis det ikke var du som sendte e-posten.',
    },
    'mailbox.access_denied@microsoft': {
      title: 'Microsoft 365 åpner ikke e-postkontoen',
      text: 'Påloggingen ble godtatt, men e-postkontoen ble ikke åpnet. Kontroller at du logget på med kontoen som eier e-postkontoen. Spør administratoren om den har en Exchange-lisens, om IMAP er slått på, og, hvis det er en delt postboks, om du har full tilgang.',
    },
    'rate.limited@ceiling': {
      title: 'For mange avviste pålogginger',
      text: 'E-postserveren har avvist de siste påloggingene eller ikke svart på dem. For at leverandøren ikke skal sperre postkassen, prøver ikke Postbud igjen ennå. Bruk tiden til å kontrollere passordet.',
    },
    'send.rate_limited@google': {
      title: 'Gmails grense for sending er nådd',
      text: 'Gmail begrenser hvor mange meldinger en konto kan sende i døgnet. Du trenger ikke å gjøre noe: Postbud sender meldingen så snart Gmail tillater det igjen, senest innen 24 timer.',
    },
  },
};
