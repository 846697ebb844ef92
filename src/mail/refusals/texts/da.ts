import type { Texts } from './texts.ts';

/** Danish. */
export const da: Texts = {
  attempts: {
    'rate.limited':
      'Mailserveren begrænser, hvor ofte eller hvor mange gange den kan bruges på én gang. Luk andre mailprogrammer, der bruger samme mailkonto, vent nogle minutter, og forbind igen.',
    'server.unavailable':
      'Din udbyders mailserver kan ikke svare rigtigt lige nu. Vent nogle minutter, og forbind igen.',
    'session.expired': 'Mailserveren afsluttede forbindelsen, før mailkontoen var forbundet. Forbind igen.',
    'network.dns':
      'Mailserverens navn kunne ikke findes. Kontrollér stavemåden, og forbind igen. Er navnet rigtigt, er det en forbigående fejl: vent nogle minutter først.',
    'network.refused':
      'Mailserveren afviser forbindelser på denne port. Kontrollér servernavn og port, og forbind igen. Er de rigtige, er serveren formentlig ved at genstarte: vent nogle minutter først.',
    'network.timeout':
      'Mailserveren svarede ikke i tide. Kontrollér servernavn og port, og forbind igen. Er de rigtige, så vent nogle minutter først.',
    'network.reset':
      'Forbindelsen til mailserveren blev afbrudt. Kontrollér port og sikkerhedsindstilling, og forbind igen. Er de rigtige, så vent nogle minutter først.',
    unknown:
      'Mailserveren svarede på en måde, vi ikke kender. Kontrollér indstillingerne, og forbind igen. Varer det ved, så spørg din mailudbyder om det viste svar.',
  },
  nextTry: 'Næste automatiske forsøg: {until}.',
  notBefore: 'Du kan prøve igen fra den {until}.',
  reasons: {
    'auth.invalid_credentials': {
      title: 'Brugernavn eller adgangskode blev ikke godtaget',
      text: 'Mailserveren godtog ikke brugernavnet og adgangskoden. Kontrollér begge dele, og indtast adgangskoden igen. Har du skiftet adgangskode for nylig, skal du indtaste den nye. Bruger du totrinsbekræftelse, skal du måske bruge en appadgangskode i stedet for din sædvanlige adgangskode.',
    },
    'auth.password_required': {
      title: 'Adgangskode mangler',
      text: 'Indtast adgangskoden til din mailkonto for at forbinde den.',
    },
    'auth.app_password_required': {
      title: 'Der skal bruges en appadgangskode',
      text: 'Din mailudbyder lader ikke andre programmer logge ind med din sædvanlige adgangskode. Log ind på din mailkonto i browseren, åbn sikkerhedsindstillingerne, opret en appadgangskode til Postbud, og indtast den her.',
    },
    'auth.oauth_required': {
      title: 'Log ind hos din udbyder',
      text: 'Din mailudbyder godtager ikke længere adgangskoder fra andre programmer. Forbind mailkontoen igen, og vælg at logge ind på udbyderens egen side.',
    },
    'auth.token_expired': {
      title: 'Log venligst ind igen',
      text: 'Tilladelsen til at læse og sende din mail er udløbet. Forbind mailkontoen igen, og log ind hos din udbyder. Intet i din mailkonto går tabt.',
    },
    'auth.token_revoked': {
      title: 'Tilladelsen er trukket tilbage',
      text: 'Tilladelsen til at læse og sende din mail gælder ikke længere. Det sker, når adgangskoden er blevet skiftet, eller når adgangen er fjernet i kontoens sikkerhedsindstillinger. Forbind mailkontoen igen, og log ind hos din udbyder.',
    },
    'auth.insufficient_scope': {
      title: 'Tilladelsen er ufuldstændig',
      text: 'Den tilladelse, du gav, omfatter ikke at læse og sende mail. Forbind mailkontoen igen, og sig ja til alle de tilladelser, der bedes om. På en firmakonto skal en administrator måske godkende dem.',
    },
    'auth.required': {
      title: 'Der skal logges ind for at sende',
      text: 'Serveren til udgående mail vil have brugernavn og adgangskode, før den tager imod mail. Kontrollér indstillingerne for udgående mail, og angiv også brugernavn og adgangskode dér.',
    },
    'auth.mechanism_unsupported': {
      title: 'Loginmetoden understøttes ikke',
      text: 'Mailserveren tilbyder ingen loginmetode, som Postbud kan bruge. Kontrollér servernavn, port og sikkerhedsindstilling, eller spørg din mailudbyder, hvad du skal vælge.',
    },
    'oauth.denied': {
      title: 'Der blev ikke givet tilladelse',
      text: 'Login blev afbrudt, eller tilladelsen blev afvist. Forbind mailkontoen igen, og vælg “Tillad” på udbyderens side.',
    },
    'oauth.expired': {
      title: 'Login tog for lang tid',
      text: 'Linket til udbyderens loginside er udløbet. Forbind mailkontoen igen, og gør login færdigt inden for nogle få minutter.',
    },
    'oauth.identity_mismatch': {
      title: 'Du loggede ind på en anden mailkonto',
      text: 'Du loggede ind med en anden adresse end den, du ville forbinde. Forbind igen, og vælg den rigtige konto på udbyderens side, eller log først ud dér.',
    },
    'oauth.client_invalid': {
      title: 'Administratoren skal rette opsætningen',
      text: 'Forbindelsen mellem denne installation og din mailudbyder er ikke sat rigtigt op. Det kan du ikke selv løse: giv venligst besked til administratoren af dit CRM-system.',
    },
    'login.blocked': {
      title: 'Din udbyder har blokeret login',
      text: 'Din mailudbyder har blokeret dette login. Se efter en besked om det fra udbyderen i din indbakke, og bekræft dér, at det var dig, og at Postbud gerne må logge ind. Er der ingen besked, så log ind på udbyderens hjemmeside, og gør det, der bedes om.',
    },
    'account.locked': {
      title: 'Kontoen er låst for en tid',
      text: 'Din mailudbyder har låst kontoen for en tid efter for mange mislykkede logins. Vent, til låsen er ophævet, og prøv ikke i mellemtiden, for hvert forsøg kan forlænge den. Se efter, om andre enheder og programmer stadig bruger en gammel adgangskode.',
    },
    'account.suspended': {
      title: 'Kontoen er ikke aktiv',
      text: 'Din mailudbyder oplyser, at kontoen er lukket, spærret eller ikke findes. Log ind på udbyderens hjemmeside for at se hvorfor, eller kontakt udbyderens support eller din administrator.',
    },
    'account.email_mismatch': {
      title: 'En anden adresse end ventet',
      text: 'Den adresse, du indtastede, er ikke den e-mailadresse, der er registreret for dig. Indtast den registrerede adresse, eller få den først rettet i CRM-systemet.',
    },
    'account.webtools_active': {
      title: 'Din mail håndteres i Webtools',
      text: 'Din mail er sat op til at blive håndteret i Webtools. Skift mailprogram til CRM-systemet i dine indstillinger, før du forbinder en mailkonto her.',
    },
    'account.not_preferred_client': {
      title: 'Du har valgt et andet mailprogram',
      text: 'Du har valgt et andet mailprogram end CRM-systemet. Skift valget i dine indstillinger, hvis du vil forbinde din mailkonto her.',
    },
    'account.not_found': {
      title: 'Ingen mailkonto er forbundet',
      text: 'Der er ingen mailkonto forbundet for denne bruger. Forbind en først.',
    },
    'account.paused': {
      title: 'Mailkontoen er sat på pause',
      text: 'Forbindelsen til denne mailkonto er sat på pause. Genoptag den for at modtage og sende mail igen.',
    },
    'account.disconnected': {
      title: 'Mailkontoen blev frakoblet',
      text: 'Denne mailkonto er ikke længere forbundet. Forbind den igen for at modtage og sende mail her.',
    },
    'imap.disabled': {
      title: 'IMAP-adgang er slået fra',
      text: 'Din mailkonto tillader ikke adgang via IMAP i øjeblikket. Log ind på din mailkonto i browseren, slå IMAP-adgang til i indstillingerne, og prøv igen. På en firmakonto gør en administrator det.',
    },
    'smtp.disabled': {
      title: 'Afsendelse er slået fra',
      text: 'Din mailkonto tillader ikke, at andre programmer sender mail. Slå SMTP-adgang til i indstillingerne for din mailkonto i browseren, eller bed din administrator om det.',
    },
    'rate.limited': {
      title: 'Din udbyder beder os sætte farten ned',
      text: 'Mailserveren begrænser, hvor ofte eller hvor mange gange den kan bruges på én gang. Du skal ikke gøre noget: Postbud venter og fortsætter af sig selv. Sker det tit, så luk andre mailprogrammer, der bruger samme mailkonto.',
    },
    'server.unavailable': {
      title: 'Mailserveren har et problem',
      text: 'Din udbyders mailserver kan ikke svare rigtigt lige nu. Du skal ikke gøre noget: Postbud bliver ved med at prøve, og ingen mail går tabt.',
    },
    'session.expired': {
      title: 'Forbinder igen',
      text: 'Mailserveren afsluttede forbindelsen, og det er helt normalt. Postbud forbinder igen af sig selv.',
    },
    'protocol.pop3': {
      title: 'POP3 understøttes ikke',
      text: 'Den server, du angav, bruger POP3, som ikke kan holde en mailkonto ajour. Angiv i stedet din udbyders IMAP-server, som regel med port 993. Tilbyder udbyderen kun POP3, kan mailkontoen ikke forbindes.',
    },
    'protocol.not_imap': {
      title: 'Det er ikke en IMAP-server',
      text: 'Der svarer noget andet end en IMAP-server på adressen. Kontrollér servernavn og port for indgående mail; porten er som regel 993.',
    },
    'protocol.not_smtp': {
      title: 'Det er ikke en SMTP-server',
      text: 'Der svarer noget andet end en SMTP-server på adressen. Kontrollér servernavn og port for udgående mail; porten er som regel 465 eller 587.',
    },
    'protocol.bad_command': {
      title: 'Serveren forstod os ikke',
      text: 'Mailserveren afviste en kommando som forkert. Kontrollér, at der ikke er sneget sig ekstra tegn ind i brugernavn og adgangskode. Sker det stadig, så giv besked til administratoren af dit CRM-system.',
    },
    'tls.required': {
      title: 'Kryptering er påkrævet',
      text: 'Mailserveren tillader kun login over en krypteret forbindelse. Slå SSL/TLS til i indstillingerne, eller brug den port, som din udbyder oplyser til det (som regel 993 for indgående og 465 for udgående mail).',
    },
    'tls.certificate': {
      title: 'Serverens certifikat er ikke gyldigt',
      text: 'Mailserveren kunne ikke bevise sin identitet, og derfor blev der ikke sendt nogen adgangskode. Kontrollér, at servernavnet er skrevet præcis, som din udbyder oplyser det. Er det rigtigt, så bed udbyderen forny eller rette certifikatet.',
    },
    'tls.handshake': {
      title: 'Ingen krypteret forbindelse mulig',
      text: 'Der kunne ikke oprettes en krypteret forbindelse til mailserveren. Kontrollér port og sikkerhedsindstilling: SSL/TLS hører som regel til port 993 eller 465, STARTTLS til 143 eller 587.',
    },
    'network.dns': {
      title: 'Servernavnet blev ikke fundet',
      text: 'Mailserverens navn kunne ikke findes. Kontrollér stavemåden. Er navnet rigtigt, er det en forbigående fejl, og Postbud bliver ved med at prøve.',
    },
    'network.refused': {
      title: 'Serveren tager ikke imod forbindelser',
      text: 'Mailserveren afviser forbindelser på denne port. Kontrollér servernavn og port. Er de rigtige, er serveren formentlig ved at genstarte, og Postbud bliver ved med at prøve.',
    },
    'network.timeout': {
      title: 'Serveren svarer ikke',
      text: 'Mailserveren svarede ikke i tide. Kontrollér servernavn og port, hvis du lige har indtastet dem. Ellers skal du ikke gøre noget: Postbud bliver ved med at prøve.',
    },
    'network.reset': {
      title: 'Forbindelsen blev afbrudt',
      text: 'Forbindelsen til mailserveren blev afbrudt. Du skal ikke gøre noget: Postbud forbinder igen af sig selv. Har du lige indtastet indstillingerne, så kontrollér port og sikkerhedsindstilling.',
    },
    'network.forbidden': {
      title: 'Serveradressen er ikke tilladt',
      text: 'Servernavnet fører til en intern adresse, som denne installation ikke tillader. Kontrollér servernavnet, eller bed administratoren af dit CRM-system tillade det.',
    },
    'mailbox.over_quota': {
      title: 'Mailkontoen er fuld',
      text: 'Der er ikke mere plads på din mailkonto. Slet mail, du ikke har brug for, og tøm papirkurven, eller bed din udbyder om mere plads.',
    },
    'mailbox.access_denied': {
      title: 'Ingen adgang til mailkontoen',
      text: 'Login blev godtaget, men denne bruger må ikke åbne mailkontoen. Kontrollér, at du loggede ind med den rigtige konto, eller bed din administrator om adgang.',
    },
    'mailbox.folder_missing': {
      title: 'Mappen blev ikke fundet',
      text: 'En mappe, der skulle læses, findes ikke længere på mailkontoen. Den er formentlig blevet omdøbt eller slettet. Vælg mapperne igen.',
    },
    'discovery.not_found': {
      title: 'Mailserverne blev ikke fundet',
      text: 'Mailserverne til din adresse kunne ikke findes automatisk. Angiv serverne for indgående og udgående mail; din mailudbyder eller administrator kan oplyse navnene.',
    },
    'discovery.unconfirmed': {
      title: 'Bekræft venligst mailserverne',
      text: 'Vi fandt mailservere, som sandsynligvis er dine, men vi er ikke sikre, så der blev ikke sendt nogen adgangskode. Kontrollér de foreslåede navne, og bekræft eller ret dem.',
    },
    'send.recipient_rejected': {
      title: 'Modtageren blev ikke godtaget',
      text: 'Modtagerens mailserver tager ikke imod mail til denne adresse. Kontrollér stavemåden, eller kontakt modtageren på en anden måde.',
    },
    'send.sender_rejected': {
      title: 'Afsenderadressen blev ikke godtaget',
      text: 'Mailserveren tager ikke imod mail fra denne afsenderadresse. Kontrollér, at adressen hører til den mailkonto, du har forbundet. Gør den det, så spørg din udbyder eller den, der administrerer jeres domæne (SPF, DKIM, DMARC).',
    },
    'send.message_too_large': {
      title: 'Mailen er for stor',
      text: 'Mailen er større, end mailserveren tillader. Send mindre eller færre vedhæftede filer, eller del dem via et link.',
    },
    'send.content_rejected': {
      title: 'Mailen blev afvist',
      text: 'Mailserveren afviste mailen på grund af indholdet, en vedhæftet fil eller den afsendende servers omdømme. Ret tekst, links eller vedhæftede filer, og send den igen. Bliver alle mails afvist, så kontakt din mailudbyder.',
    },
    'send.rate_limited': {
      title: 'Grænsen for afsendelse er nået',
      text: 'Din udbyder begrænser, hvor mange mails der må sendes i et bestemt tidsrum. Du skal ikke gøre noget: Postbud sender mailen, så snart udbyderen tillader det igen.',
    },
    'send.greylisted': {
      title: 'Leveringen er forsinket',
      text: 'Modtagerens mailserver beder om et nyt forsøg lidt senere, hvilket er almindelig beskyttelse mod spam. Du skal ikke gøre noget: Postbud sender mailen igen af sig selv.',
    },
    'send.relay_denied': {
      title: 'Serveren sender ikke denne mail videre',
      text: 'Serveren til udgående mail tager ikke imod mail fra dig til andre domæner. Kontrollér, at det er din egen udbyders server, og at den er sat op til at logge ind med brugernavn og adgangskode.',
    },
    'send.idempotency_conflict': {
      title: 'Allerede sendt med andet indhold',
      text: 'En mail med samme nøgle er tidligere afleveret med andet indhold. Send den ændrede mail som en ny.',
    },
    'send.cancelled': {
      title: 'Afsendelsen blev annulleret',
      text: 'Mailen blev annulleret, før den var sendt. Send den igen, hvis den alligevel skal af sted.',
    },
    'credentials.not_sealed': {
      title: 'Adgangskoden var ikke beskyttet',
      text: 'Adgangskoden ankom ubeskyttet og blev derfor ikke brugt. Giv besked til administratoren af dit CRM-system, og indtast adgangskoden igen, når det er løst.',
    },
    'credentials.seal_invalid': {
      title: 'Adgangskoden kunne ikke læses',
      text: 'Den beskyttede adgangskode kunne ikke åbnes, eller den var for gammel. Indtast den igen. Sker det flere gange, så giv besked til administratoren af dit CRM-system.',
    },
    unknown: {
      title: 'Uventet svar fra mailserveren',
      text: 'Mailserveren svarede på en måde, vi ikke kender. Postbud bliver ved med at prøve. Varer det ved, så kontrollér indstillingerne, eller spørg din mailudbyder om det viste svar.',
    },
  },
  variants: {
    'auth.app_password_required@google': {
      title: 'Gmail kræver en appadgangskode',
      text: 'Gmail godtager ikke din sædvanlige adgangskode her. Det letteste er at forbinde igen og logge ind med Google. Ellers skal du slå totrinsbekræftelse til på din Google-konto, oprette en appadgangskode og indtaste dens 16 bogstaver her. IMAP er altid slået til i Gmail, så dér skal du ikke ændre noget.',
    },
    'auth.app_password_required@yahoo': {
      title: '{provider} kræver en appadgangskode',
      text: '{provider} godtager ikke din sædvanlige adgangskode her. Log ind på {provider} i browseren, åbn kontosikkerhed, opret en appadgangskode, og indtast den her.',
    },
    'auth.app_password_required@icloud': {
      title: 'iCloud kræver en appspecifik adgangskode',
      text: 'iCloud Mail godtager ikke adgangskoden til din Apple-konto her. Log ind på account.apple.com, åbn “Appspecifikke adgangskoder” under Log ind og sikkerhed, opret en til Postbud, og indtast den her. Tofaktorgodkendelse skal være slået til.',
    },
    'auth.app_password_required@fastmail': {
      title: 'Fastmail kræver en appadgangskode',
      text: 'Fastmail godtager ikke din sædvanlige adgangskode her. Åbn Settings og derefter Privacy & Security i Fastmail, opret en appadgangskode med adgang til mail (IMAP/SMTP), og indtast den her.',
    },
    'auth.app_password_required@t-online': {
      title: 'T-Online kræver e-mailadgangskoden',
      text: 'T-Online godtager ikke adgangskoden til dit Telekom-login her. Opret en særskilt adgangskode til mailprogrammer i Telekoms kundecenter (loginindstillinger, adgangskoder), og indtast den her.',
    },
    'auth.app_password_required@yandex': {
      title: 'Yandex kræver en appadgangskode',
      text: 'Log ind på Yandex Mail i browseren, tillad adgang via IMAP i indstillingerne for mailprogrammer, opret derefter en appadgangskode af typen “Mail” i dit Yandex ID, og indtast den her.',
    },
    'auth.app_password_required@mailru': {
      title: 'Mail.ru kræver en appadgangskode',
      text: 'Mail.ru godtager ikke din sædvanlige adgangskode her. Åbn sikkerhedsindstillingerne for din Mail.ru-konto, opret en adgangskode til eksterne programmer med fuld adgang til mail, og indtast den her.',
    },
    'auth.app_password_required@zoho': {
      title: 'Zoho kræver en appspecifik adgangskode',
      text: 'Med tofaktorgodkendelse godtager Zoho Mail ikke din sædvanlige adgangskode her. Åbn accounts.zoho.com, Security, App Passwords, opret en til Postbud, og indtast den her.',
    },
    'auth.app_password_required@gmx': {
      title: '{provider} kræver en appspecifik adgangskode',
      text: 'Med tofaktorgodkendelse godtager {provider} ikke din sædvanlige adgangskode her. Opret en appspecifik adgangskode i sikkerhedsindstillingerne hos {provider}, og indtast den her. Kontrollér også, at POP3/IMAP-adgang er slået til i mailindstillingerne.',
    },
    'auth.app_password_required@qq': {
      title: '{provider} kræver en autorisationskode',
      text: '{provider} godtager ikke din sædvanlige adgangskode her. Log ind på {provider} i browseren, slå IMAP/SMTP-tjenesten til i kontoindstillingerne, opret en autorisationskode dér, og indtast den her i stedet for adgangskoden.',
    },
    'auth.invalid_credentials@google': {
      title: 'Gmail godtog ikke adgangskoden',
      text: 'Gmail godtager kun en appadgangskode her, ikke adgangskoden til din Google-konto, og appadgangskoder ophører, når du skifter den. Det letteste er at forbinde igen og logge ind med Google. Ellers skal du oprette en ny appadgangskode og indtaste den her.',
    },
    'auth.invalid_credentials@microsoft': {
      title: 'Microsoft godtog ikke login',
      text: 'På de fleste konti godtager Microsoft ikke længere adgangskoder fra andre programmer. Forbind mailkontoen igen, og vælg at logge ind med Microsoft. Har din organisation sin egen mailserver, så kontrollér brugernavn og adgangskode.',
    },
    'auth.invalid_credentials@yahoo': {
      title: '{provider} godtog ikke adgangskoden',
      text: '{provider} godtager kun en appadgangskode her, ikke din sædvanlige adgangskode. Log ind på {provider} i browseren, åbn kontosikkerhed, opret en ny appadgangskode, og indtast den her.',
    },
    'auth.invalid_credentials@icloud': {
      title: 'iCloud godtog ikke adgangskoden',
      text: 'iCloud Mail godtager kun en appspecifik adgangskode her, og de ophører alle, når du skifter adgangskoden til din Apple-konto. Opret en ny på account.apple.com, og indtast den her.',
    },
    'auth.invalid_credentials@yandex': {
      title: 'Yandex godtog ikke login',
      text: 'Yandex giver samme svar på tre forskellige ting. Kontrollér i denne rækkefølge: at IMAP-adgang er tilladt i Yandex Mail (indstillingerne for mailprogrammer), at du indtastede en appadgangskode og ikke din sædvanlige, og at brugernavnet er din fulde adresse.',
    },
    'auth.invalid_credentials@zoho': {
      title: 'Zoho godtog ikke login',
      text: 'Kontrollér, at adgangskoden er rigtig, og at IMAP-adgang er slået til i Zoho Mail (Settings, Mail Accounts). Med tofaktorgodkendelse skal du bruge en appspecifik adgangskode. Servernavnet skal også passe til din region, for eksempel imap.zoho.eu.',
    },
    'auth.invalid_credentials@gmx': {
      title: '{provider} godtog ikke login',
      text: 'Kontrollér først, at POP3/IMAP-adgang er slået til: log ind på {provider} i browseren, og se under E-Mail, Einstellungen, POP3/IMAP. Den er slået fra som standard og kan blive slået fra efter en lang pause. Er den slået til, så kontrollér adresse og adgangskode.',
    },
    'auth.oauth_required@google': {
      title: 'Log ind med Google',
      text: 'Google godtager ikke en adgangskode til denne konto. Forbind mailkontoen igen, og vælg at logge ind med Google.',
    },
    'auth.oauth_required@microsoft': {
      title: 'Log ind med Microsoft',
      text: 'Microsoft godtager ikke længere adgangskoder fra andre programmer. Forbind mailkontoen igen, og vælg at logge ind med Microsoft. Er det ikke en mulighed, så giv besked til administratoren af dit CRM-system.',
    },
    'auth.insufficient_scope@google': {
      title: 'Adgang til Gmail mangler',
      text: 'Der blev ikke sat flueben ved adgang til Gmail, da du loggede ind. Forbind mailkontoen igen, og sæt flueben ved at læse, skrive og sende mail på Googles side.',
    },
    'auth.insufficient_scope@microsoft': {
      title: 'Din administrator skal godkende adgangen',
      text: 'Din organisation har ikke godkendt, at Postbud læser og sender mail. Bed jeres Microsoft 365-administrator give samtykke til appen, og forbind derefter mailkontoen igen.',
    },
    'imap.disabled@google': {
      title: 'Adgang til Gmail er ikke tilladt for kontoen',
      text: 'IMAP er altid slået til på personlige Gmail-konti, så dér er der intet at slå til. På en firma- eller skolekonto kan en administrator begrænse det: bed om, at IMAP-adgang bliver tilladt i Google Administrationskonsol. Kontrollér også, at kontoen har Gmail.',
    },
    'imap.disabled@microsoft': {
      title: 'IMAP er slået fra i Microsoft 365',
      text: 'IMAP er slået fra for denne mailkonto. I Microsoft 365 slår en administrator det til: Aktive brugere, brugeren, Mail, Administrer mailapps, IMAP. I Outlook.com gør du det selv: Indstillinger, Mail, Videresendelse og IMAP. Der kan gå op til en time, før det virker.',
    },
    'imap.disabled@gmx': {
      title: 'IMAP er slået fra hos {provider}',
      text: 'Log ind på {provider} i browseren, åbn E-Mail, Einstellungen, POP3/IMAP, og tillad adgang via POP3 og IMAP. Prøv derefter igen.',
    },
    'imap.disabled@yandex': {
      title: 'IMAP er slået fra hos Yandex',
      text: 'Log ind på Yandex Mail i browseren, åbn indstillingerne for mailprogrammer, tillad adgang fra imap.yandex.com via IMAP og med appadgangskoder, og gem. Prøv derefter igen.',
    },
    'imap.disabled@zoho': {
      title: 'IMAP er slået fra hos Zoho',
      text: 'Log ind på Zoho Mail i browseren, åbn Settings, Mail Accounts, og slå IMAP Access til. På en firmakonto skal en administrator måske tillade det først, og nogle gratisabonnementer omfatter ikke IMAP.',
    },
    'imap.disabled@qq': {
      title: 'IMAP er slået fra hos {provider}',
      text: 'Log ind på {provider} i browseren, åbn kontoindstillingerne, slå IMAP/SMTP-tjenesten til, og indtast den autorisationskode, der vises dér, i stedet for din adgangskode.',
    },
    'smtp.disabled@microsoft': {
      title: 'Afsendelse via SMTP er slået fra i Microsoft 365',
      text: 'Din organisation har slået godkendt SMTP fra. Bed din administrator tillade det for din mailkonto: Microsoft 365 Administration, Aktive brugere, brugeren, Mail, Administrer mailapps, Godkendt SMTP. Modtagelse af mail er ikke berørt.',
    },
    'smtp.disabled@qq': {
      title: 'SMTP er slået fra hos {provider}',
      text: 'Log ind på {provider} i browseren, åbn kontoindstillingerne, slå IMAP/SMTP-tjenesten til, og indtast den autorisationskode, der vises dér, i stedet for din adgangskode.',
    },
    'login.blocked@google': {
      title: 'Google har blokeret login',
      text: 'Google har blokeret dette login for at beskytte dig. Se efter sikkerhedsbeskeden fra Google i din indbakke, bekræft, at det var dig, og tillad Postbud. Eller log ind på Gmail i din browser, og gør det, Google beder om. Forbinder du igen med “Log ind med Google”, undgår du det som regel.',
    },
    'login.blocked@microsoft': {
      title: 'Microsoft har blokeret login',
      text: 'Microsoft vil kontrollere, at det er dig, eller også tillader din organisations regler ikke dette login. Log ind på outlook.com eller office.com i din browser, gør det, der bedes om, og forbind derefter mailkontoen igen. Er det en regel i organisationen, så bed din administrator tillade Postbud.',
    },
    'login.blocked@yahoo': {
      title: '{provider} har blokeret login',
      text: '{provider} har blokeret dette login. Se efter beskeden fra {provider} i din indbakke, og bekræft, at det var dig. Log derefter ind på {provider} én gang i browseren, og prøv igen med en appadgangskode.',
    },
    'login.blocked@yandex': {
      title: 'Yandex vil kontrollere, at det er dig',
      text: 'Log ind på Yandex Mail i din browser, svar på spørgsmålet, der viser, at du ikke er en robot, og bekræft dit telefonnummer, hvis du bliver bedt om det. Prøv derefter igen.',
    },
    'login.blocked@zoho': {
      title: 'Zoho har spærret kontoen for en tid',
      text: 'Zoho har bemærket usædvanlig aktivitet og spærret for afsendelse eller login. Log ind på mail.zoho.com, åbn siden, hvor kontoen kan åbnes igen, og bekræft, at det er dig. Vent lidt, før du igen sender mange mails.',
    },
    'login.blocked@qq': {
      title: '{provider} anser login for usikkert',
      text: 'Log ind på {provider} i browseren, og bekræft login, hvis du bliver bedt om det. Kontrollér, at IMAP/SMTP-tjenesten er slået til, og at du bruger en autorisationskode, og prøv så igen.',
    },
    'account.suspended@microsoft': {
      title: 'Microsoft har begrænset kontoen',
      text: 'Kontoen er deaktiveret, findes ikke i organisationen eller er begrænset, fordi mail fra den lignede spam. Bed din administrator kontrollere brugeren og listen over begrænsede enheder i Microsoft 365. Skift adgangskode, hvis du ikke selv har sendt den mail.',
    },
    'mailbox.access_denied@microsoft': {
      title: 'Microsoft 365 åbner ikke mailkontoen',
      text: 'Login blev godtaget, men mailkontoen blev ikke åbnet. Kontrollér, at du loggede ind med den konto, der ejer mailkontoen. Spørg din administrator, om den har en Exchange-licens, om IMAP er slået til, og, hvis det er en delt postkasse, om du har fuld adgang.',
    },
    'rate.limited@ceiling': {
      title: 'For mange afviste login',
      text: 'Din mailserver har afvist de sidste login eller ikke svaret på dem. For at udbyderen ikke skal spærre postkassen, prøver Postbud ikke igen endnu. Brug tiden til at kontrollere adgangskoden.',
    },
    'send.rate_limited@google': {
      title: 'Gmails grænse for afsendelse er nået',
      text: 'Gmail begrænser, hvor mange mails en konto må sende på et døgn. Du skal ikke gøre noget: Postbud sender mailen, så snart Gmail tillader det igen, senest inden for 24 timer.',
    },
  },
};
