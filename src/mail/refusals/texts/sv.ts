import type { Texts } from './texts.ts';

/** Swedish. */
export const sv: Texts = {
  attempts: {
    'rate.limited':
      'E-postservern begränsar hur ofta eller hur många gånger samtidigt den får användas. Stäng andra e-postprogram som använder samma e-postkonto, vänta några minuter och anslut igen.',
    'server.unavailable':
      'Din leverantörs e-postserver kan inte svara ordentligt just nu. Vänta några minuter och anslut igen.',
    'session.expired': 'E-postservern avslutade sessionen innan e-postkontot var anslutet. Anslut igen.',
    'network.dns':
      'E-postserverns namn kunde inte hittas. Kontrollera stavningen och anslut igen. Är namnet rätt är det ett övergående fel: vänta några minuter först.',
    'network.refused':
      'E-postservern nekar anslutningar på den här porten. Kontrollera servernamn och port och anslut igen. Är de rätt håller servern troligen på att startas om: vänta några minuter först.',
    'network.timeout':
      'E-postservern svarade inte i tid. Kontrollera servernamn och port och anslut igen. Är de rätt, vänta några minuter först.',
    'network.reset':
      'Anslutningen till e-postservern bröts. Kontrollera port och säkerhetsinställning och anslut igen. Är de rätt, vänta några minuter först.',
    unknown:
      'E-postservern svarade på ett sätt som vi inte känner igen. Kontrollera inställningarna och anslut igen. Om det inte upphör, fråga din e-postleverantör om svaret som visas.',
  },
  nextTry: 'Nästa automatiska försök: {until}.',
  notBefore: 'Du kan försöka igen från den {until}.',
  reasons: {
    'auth.invalid_credentials': {
      title: 'Användarnamn eller lösenord godtogs inte',
      text: 'E-postservern godtog inte användarnamnet och lösenordet. Kontrollera båda och ange lösenordet igen. Om du nyligen har bytt lösenord ska du ange det nya. Använder du tvåstegsverifiering kan du behöva ett applösenord i stället för ditt vanliga lösenord.',
    },
    'auth.password_required': {
      title: 'Lösenord saknas',
      text: 'Ange lösenordet till ditt e-postkonto för att ansluta det.',
    },
    'auth.app_password_required': {
      title: 'Applösenord krävs',
      text: 'Din e-postleverantör låter inte andra program logga in med ditt vanliga lösenord. Logga in på ditt e-postkonto i webbläsaren, öppna säkerhetsinställningarna, skapa ett applösenord för Postbud och ange det här.',
    },
    'auth.oauth_required': {
      title: 'Logga in hos din leverantör',
      text: 'Din e-postleverantör godtar inte längre lösenord från andra program. Anslut e-postkontot igen och välj att logga in på leverantörens egen sida.',
    },
    'auth.token_expired': {
      title: 'Logga in igen',
      text: 'Tillståndet att läsa och skicka din e-post har gått ut. Anslut e-postkontot igen och logga in hos din leverantör. Inget i e-postkontot går förlorat.',
    },
    'auth.token_revoked': {
      title: 'Tillståndet har återkallats',
      text: 'Tillståndet att läsa och skicka din e-post gäller inte längre. Det händer när lösenordet har bytts eller när åtkomsten har tagits bort i kontots säkerhetsinställningar. Anslut e-postkontot igen och logga in hos din leverantör.',
    },
    'auth.insufficient_scope': {
      title: 'Tillståndet är ofullständigt',
      text: 'Tillståndet du gav omfattar inte att läsa och skicka e-post. Anslut e-postkontot igen och godkänn alla behörigheter som efterfrågas. För ett företagskonto kan en administratör behöva godkänna dem.',
    },
    'auth.required': {
      title: 'Inloggning krävs för att skicka',
      text: 'Servern för utgående e-post kräver användarnamn och lösenord innan den tar emot e-post. Kontrollera inställningarna för utgående e-post och ange användarnamn och lösenord även där.',
    },
    'auth.mechanism_unsupported': {
      title: 'Inloggningsmetoden stöds inte',
      text: 'E-postservern erbjuder ingen inloggningsmetod som Postbud kan använda. Kontrollera servernamn, port och säkerhetsinställning, eller fråga din e-postleverantör vad du ska välja.',
    },
    'oauth.denied': {
      title: 'Tillstånd gavs inte',
      text: 'Inloggningen avbröts eller tillståndet nekades. Anslut e-postkontot igen och välj ”Tillåt” på leverantörens sida.',
    },
    'oauth.expired': {
      title: 'Inloggningen tog för lång tid',
      text: 'Länken till leverantörens inloggningssida har gått ut. Anslut e-postkontot igen och slutför inloggningen inom några minuter.',
    },
    'oauth.identity_mismatch': {
      title: 'Du loggade in på ett annat e-postkonto',
      text: 'Du loggade in med en annan adress än den du ville ansluta. Anslut igen och välj rätt konto på leverantörens sida, eller logga först ut där.',
    },
    'oauth.client_invalid': {
      title: 'Administratören behöver rätta inställningarna',
      text: 'Kopplingen mellan den här installationen och din e-postleverantör är inte rätt inställd. Det kan du inte lösa själv: meddela administratören för ert CRM-system.',
    },
    'login.blocked': {
      title: 'Din leverantör har blockerat inloggningen',
      text: 'Din e-postleverantör har blockerat inloggningen. Leta i inkorgen efter ett meddelande om det från leverantören och bekräfta där att det var du och att Postbud får logga in. Finns det inget meddelande loggar du in på leverantörens webbplats och gör det som efterfrågas.',
    },
    'account.locked': {
      title: 'Kontot är tillfälligt låst',
      text: 'Din e-postleverantör har låst kontot en tid efter för många misslyckade inloggningar. Vänta tills låsningen har hävts och försök inte under tiden, eftersom varje försök kan förlänga den. Kontrollera om andra enheter och program fortfarande använder ett gammalt lösenord.',
    },
    'account.suspended': {
      title: 'Kontot är inte aktivt',
      text: 'Din e-postleverantör uppger att kontot är avslutat, spärrat eller inte finns. Logga in på leverantörens webbplats för att se varför, eller kontakta leverantörens support eller din administratör.',
    },
    'account.email_mismatch': {
      title: 'En annan adress än väntat',
      text: 'Adressen du angav är inte den e-postadress som är registrerad för dig. Ange den registrerade adressen eller få den rättad i CRM-systemet först.',
    },
    'account.webtools_active': {
      title: 'Din e-post hanteras i Webtools',
      text: 'Din e-post är inställd på att hanteras i Webtools. Byt e-postprogram till CRM-systemet i dina inställningar innan du ansluter ett e-postkonto här.',
    },
    'account.not_preferred_client': {
      title: 'Ett annat e-postprogram är valt',
      text: 'Du har valt ett annat e-postprogram än CRM-systemet. Ändra valet i dina inställningar om du vill ansluta ditt e-postkonto här.',
    },
    'account.not_found': {
      title: 'Inget e-postkonto är anslutet',
      text: 'Det finns inget anslutet e-postkonto för den här användaren. Anslut ett först.',
    },
    'account.paused': {
      title: 'E-postkontot är pausat',
      text: 'Anslutningen till det här e-postkontot är pausad. Återuppta den för att ta emot och skicka e-post igen.',
    },
    'account.disconnected': {
      title: 'E-postkontot kopplades bort',
      text: 'Det här e-postkontot är inte längre anslutet. Anslut det igen för att ta emot och skicka e-post här.',
    },
    'imap.disabled': {
      title: 'IMAP-åtkomst är avstängd',
      text: 'Ditt e-postkonto tillåter för närvarande inte åtkomst via IMAP. Logga in på ditt e-postkonto i webbläsaren, slå på IMAP-åtkomst i inställningarna och försök igen. För ett företagskonto gör en administratör det.',
    },
    'smtp.disabled': {
      title: 'Utskick är avstängt',
      text: 'Ditt e-postkonto tillåter inte att andra program skickar e-post. Slå på SMTP-åtkomst i inställningarna för ditt e-postkonto i webbläsaren, eller be din administratör göra det.',
    },
    'rate.limited': {
      title: 'Din leverantör ber oss sakta ner',
      text: 'E-postservern begränsar hur ofta eller hur många gånger samtidigt den får användas. Du behöver inte göra något: Postbud väntar och fortsätter av sig självt. Händer det ofta kan du stänga andra e-postprogram som använder samma e-postkonto.',
    },
    'server.unavailable': {
      title: 'E-postservern har ett problem',
      text: 'Din leverantörs e-postserver kan inte svara ordentligt just nu. Du behöver inte göra något: Postbud fortsätter att försöka och ingen e-post går förlorad.',
    },
    'session.expired': {
      title: 'Ansluter igen',
      text: 'E-postservern avslutade sessionen, vilket är normalt. Postbud ansluter igen av sig självt.',
    },
    'protocol.pop3': {
      title: 'POP3 stöds inte',
      text: 'Servern du angav använder POP3, som inte kan hålla ett e-postkonto uppdaterat. Ange i stället din leverantörs IMAP-server, vanligtvis med port 993. Erbjuder leverantören bara POP3 kan e-postkontot inte anslutas.',
    },
    'protocol.not_imap': {
      title: 'Det här är inte en IMAP-server',
      text: 'Något annat än en IMAP-server svarar på adressen. Kontrollera servernamn och port för inkommande e-post; porten är vanligtvis 993.',
    },
    'protocol.not_smtp': {
      title: 'Det här är inte en SMTP-server',
      text: 'Något annat än en SMTP-server svarar på adressen. Kontrollera servernamn och port för utgående e-post; porten är vanligtvis 465 eller 587.',
    },
    'protocol.bad_command': {
      title: 'Servern förstod oss inte',
      text: 'E-postservern avvisade ett kommando som felaktigt. Kontrollera att inga extra tecken har smugit sig in i användarnamn eller lösenord. Händer det fortfarande, meddela administratören för ert CRM-system.',
    },
    'tls.required': {
      title: 'Kryptering krävs',
      text: 'E-postservern tillåter bara inloggning över en krypterad anslutning. Slå på SSL/TLS i inställningarna eller använd den port som din leverantör anger för det (vanligtvis 993 för inkommande och 465 för utgående e-post).',
    },
    'tls.certificate': {
      title: 'Serverns certifikat är inte giltigt',
      text: 'E-postservern kunde inte styrka sin identitet och därför skickades inget lösenord. Kontrollera att servernamnet är skrivet precis som din leverantör anger det. Stämmer det, be leverantören förnya eller rätta certifikatet.',
    },
    'tls.handshake': {
      title: 'Ingen krypterad anslutning möjlig',
      text: 'Det gick inte att upprätta en krypterad anslutning till e-postservern. Kontrollera port och säkerhetsinställning: SSL/TLS hör vanligtvis ihop med port 993 eller 465, STARTTLS med 143 eller 587.',
    },
    'network.dns': {
      title: 'Servernamnet hittades inte',
      text: 'E-postserverns namn kunde inte hittas. Kontrollera stavningen. Är namnet rätt är det ett övergående fel och Postbud fortsätter att försöka.',
    },
    'network.refused': {
      title: 'Servern tar inte emot anslutningar',
      text: 'E-postservern nekar anslutningar på den här porten. Kontrollera servernamn och port. Är de rätt håller servern troligen på att startas om och Postbud fortsätter att försöka.',
    },
    'network.timeout': {
      title: 'Servern svarar inte',
      text: 'E-postservern svarade inte i tid. Kontrollera servernamn och port om du just har angett dem. Annars behöver du inte göra något: Postbud fortsätter att försöka.',
    },
    'network.reset': {
      title: 'Anslutningen bröts',
      text: 'Anslutningen till e-postservern bröts. Du behöver inte göra något: Postbud ansluter igen av sig självt. Om du just har angett inställningarna, kontrollera port och säkerhetsinställning.',
    },
    'network.forbidden': {
      title: 'Serveradressen är inte tillåten',
      text: 'Servernamnet leder till en intern adress som den här installationen inte tillåter. Kontrollera servernamnet eller be administratören för ert CRM-system att tillåta det.',
    },
    'mailbox.over_quota': {
      title: 'E-postkontot är fullt',
      text: 'Det finns inget utrymme kvar i ditt e-postkonto. Ta bort e-post du inte behöver och töm papperskorgen, eller be din leverantör om mer utrymme.',
    },
    'mailbox.access_denied': {
      title: 'Ingen åtkomst till e-postkontot',
      text: 'Inloggningen godtogs, men den här användaren får inte öppna e-postkontot. Kontrollera att du loggade in med rätt konto eller be din administratör om åtkomst.',
    },
    'mailbox.folder_missing': {
      title: 'Mappen hittades inte',
      text: 'En mapp som skulle läsas finns inte längre i e-postkontot. Den har troligen bytt namn eller tagits bort. Välj mapparna igen.',
    },
    'discovery.not_found': {
      title: 'E-postservrarna hittades inte',
      text: 'E-postservrarna för din adress kunde inte hittas automatiskt. Ange servrarna för inkommande och utgående e-post; din e-postleverantör eller administratör kan ge dig namnen.',
    },
    'discovery.unconfirmed': {
      title: 'Bekräfta e-postservrarna',
      text: 'Vi hittade e-postservrar som sannolikt är dina, men vi är inte säkra och därför skickades inget lösenord. Kontrollera de föreslagna namnen och bekräfta eller rätta dem.',
    },
    'send.recipient_rejected': {
      title: 'Mottagaren godtogs inte',
      text: 'Mottagarens e-postserver tar inte emot e-post till den här adressen. Kontrollera stavningen eller kontakta mottagaren på annat sätt.',
    },
    'send.sender_rejected': {
      title: 'Avsändaradressen godtogs inte',
      text: 'E-postservern tar inte emot e-post från den här avsändaradressen. Kontrollera att adressen hör till det e-postkonto du har anslutit. Gör den det, fråga din leverantör eller den som administrerar er domän (SPF, DKIM, DMARC).',
    },
    'send.message_too_large': {
      title: 'Meddelandet är för stort',
      text: 'Meddelandet är större än e-postservern tillåter. Skicka mindre eller färre bilagor, eller dela dem via en länk.',
    },
    'send.content_rejected': {
      title: 'Meddelandet avvisades',
      text: 'E-postservern avvisade meddelandet på grund av innehållet, en bilaga eller den sändande serverns anseende. Ändra text, länkar eller bilagor och skicka det igen. Om alla meddelanden avvisas, kontakta din e-postleverantör.',
    },
    'send.rate_limited': {
      title: 'Gränsen för utskick är nådd',
      text: 'Din leverantör begränsar hur många meddelanden som får skickas under en viss tid. Du behöver inte göra något: Postbud skickar meddelandet så snart leverantören tillåter det igen.',
    },
    'send.greylisted': {
      title: 'Leveransen är fördröjd',
      text: 'Mottagarens e-postserver ber om ett nytt försök lite senare, vilket är ett vanligt skydd mot skräppost. Du behöver inte göra något: Postbud skickar meddelandet igen av sig självt.',
    },
    'send.relay_denied': {
      title: 'Servern vidarebefordrar inte meddelandet',
      text: 'Servern för utgående e-post tar inte emot e-post från dig till andra domäner. Kontrollera att det är din egen leverantörs server och att den är inställd på inloggning med användarnamn och lösenord.',
    },
    'send.idempotency_conflict': {
      title: 'Redan skickat med annat innehåll',
      text: 'Ett meddelande med samma nyckel har tidigare lämnats in med annat innehåll. Skicka det ändrade meddelandet som ett nytt.',
    },
    'send.cancelled': {
      title: 'Utskicket avbröts',
      text: 'Meddelandet avbröts innan det hade skickats. Skicka det igen om det ändå ska gå i väg.',
    },
    'credentials.not_sealed': {
      title: 'Lösenordet var inte skyddat',
      text: 'Lösenordet kom oskyddat och användes därför inte. Meddela administratören för ert CRM-system och ange lösenordet igen när det är åtgärdat.',
    },
    'credentials.seal_invalid': {
      title: 'Lösenordet kunde inte läsas',
      text: 'Det skyddade lösenordet gick inte att öppna eller var för gammalt. Ange det igen. Händer det flera gånger, meddela administratören för ert CRM-system.',
    },
    unknown: {
      title: 'Oväntat svar från e-postservern',
      text: 'E-postservern svarade på ett sätt som vi inte känner igen. Postbud fortsätter att försöka. Om det inte upphör, kontrollera inställningarna eller fråga din e-postleverantör om svaret som visas.',
    },
  },
  variants: {
    'auth.app_password_required@google': {
      title: 'Gmail kräver ett applösenord',
      text: 'Gmail godtar inte ditt vanliga lösenord här. Enklast är att ansluta igen och logga in med Google. Annars aktiverar du tvåstegsverifiering i ditt Google-konto, skapar ett applösenord och anger dess 16 bokstäver här. IMAP är alltid på i Gmail, så där behöver du inte ändra något.',
    },
    'auth.app_password_required@yahoo': {
      title: '{provider} kräver ett applösenord',
      text: '{provider} godtar inte ditt vanliga lösenord här. Logga in på {provider} i webbläsaren, öppna kontosäkerhet, skapa ett applösenord och ange det här.',
    },
    'auth.app_password_required@icloud': {
      title: 'iCloud kräver ett appspecifikt lösenord',
      text: 'iCloud Mail godtar inte lösenordet till ditt Apple-konto här. Logga in på account.apple.com, öppna ”Appspecifika lösenord” under Inloggning och säkerhet, skapa ett för Postbud och ange det här. Tvåfaktorsautentisering måste vara på.',
    },
    'auth.app_password_required@fastmail': {
      title: 'Fastmail kräver ett applösenord',
      text: 'Fastmail godtar inte ditt vanliga lösenord här. Öppna Settings och sedan Privacy & Security i Fastmail, skapa ett applösenord med åtkomst till e-post (IMAP/SMTP) och ange det här.',
    },
    'auth.app_password_required@t-online': {
      title: 'T-Online kräver e-postlösenordet',
      text: 'T-Online godtar inte lösenordet till din Telekom-inloggning här. Skapa ett separat lösenord för e-postprogram i Telekoms kundcenter (inloggningsinställningar, lösenord) och ange det här.',
    },
    'auth.app_password_required@yandex': {
      title: 'Yandex kräver ett applösenord',
      text: 'Logga in på Yandex Mail i webbläsaren, tillåt åtkomst via IMAP i inställningarna för e-postprogram, skapa sedan ett applösenord av typen ”Mail” i ditt Yandex ID och ange det här.',
    },
    'auth.app_password_required@mailru': {
      title: 'Mail.ru kräver ett applösenord',
      text: 'Mail.ru godtar inte ditt vanliga lösenord här. Öppna säkerhetsinställningarna för ditt Mail.ru-konto, skapa ett lösenord för externa program med full åtkomst till e-post och ange det här.',
    },
    'auth.app_password_required@zoho': {
      title: 'Zoho kräver ett appspecifikt lösenord',
      text: 'Med tvåfaktorsautentisering godtar Zoho Mail inte ditt vanliga lösenord här. Öppna accounts.zoho.com, Security, App Passwords, skapa ett för Postbud och ange det här.',
    },
    'auth.app_password_required@gmx': {
      title: '{provider} kräver ett appspecifikt lösenord',
      text: 'Med tvåfaktorsautentisering godtar {provider} inte ditt vanliga lösenord här. Skapa ett appspecifikt lösenord i säkerhetsinställningarna hos {provider} och ange det här. Kontrollera också att POP3/IMAP-åtkomst är påslagen i e-postinställningarna.',
    },
    'auth.app_password_required@qq': {
      title: '{provider} kräver en auktoriseringskod',
      text: '{provider} godtar inte ditt vanliga lösenord här. Logga in på {provider} i webbläsaren, slå på IMAP/SMTP-tjänsten i kontoinställningarna, skapa en auktoriseringskod där och ange den här i stället för lösenordet.',
    },
    'auth.invalid_credentials@google': {
      title: 'Gmail godtog inte lösenordet',
      text: 'Gmail godtar bara ett applösenord här, inte lösenordet till ditt Google-konto, och applösenord slutar gälla när du byter det. Enklast är att ansluta igen och logga in med Google. Annars skapar du ett nytt applösenord och anger det här.',
    },
    'auth.invalid_credentials@microsoft': {
      title: 'Microsoft godtog inte inloggningen',
      text: 'För de flesta konton godtar Microsoft inte längre lösenord från andra program. Anslut e-postkontot igen och välj att logga in med Microsoft. Har din organisation en egen e-postserver, kontrollera användarnamn och lösenord.',
    },
    'auth.invalid_credentials@yahoo': {
      title: '{provider} godtog inte lösenordet',
      text: '{provider} godtar bara ett applösenord här, inte ditt vanliga lösenord. Logga in på {provider} i webbläsaren, öppna kontosäkerhet, skapa ett nytt applösenord och ange det här.',
    },
    'auth.invalid_credentials@icloud': {
      title: 'iCloud godtog inte lösenordet',
      text: 'iCloud Mail godtar bara ett appspecifikt lösenord här, och alla slutar gälla när du byter lösenordet till ditt Apple-konto. Skapa ett nytt på account.apple.com och ange det här.',
    },
    'auth.invalid_credentials@yandex': {
      title: 'Yandex godtog inte inloggningen',
      text: 'Yandex ger samma svar i tre olika fall. Kontrollera i denna ordning: att IMAP-åtkomst är tillåten i Yandex Mail (inställningarna för e-postprogram), att du angav ett applösenord och inte ditt vanliga, och att användarnamnet är din fullständiga adress.',
    },
    'auth.invalid_credentials@zoho': {
      title: 'Zoho godtog inte inloggningen',
      text: 'Kontrollera att lösenordet är rätt och att IMAP-åtkomst är påslagen i Zoho Mail (Settings, Mail Accounts). Med tvåfaktorsautentisering behöver du ett appspecifikt lösenord. Servernamnet måste också passa din region, till exempel imap.zoho.eu.',
    },
    'auth.invalid_credentials@gmx': {
      title: '{provider} godtog inte inloggningen',
      text: 'Kontrollera först att POP3/IMAP-åtkomst är påslagen: logga in på {provider} i webbläsaren och se under E-Mail, Einstellungen, POP3/IMAP. Den är avstängd från början och kan stängas av efter ett långt uppehåll. Är den på, kontrollera adress och lösenord.',
    },
    'auth.oauth_required@google': {
      title: 'Logga in med Google',
      text: 'Google godtar inte lösenord för det här kontot. Anslut e-postkontot igen och välj att logga in med Google.',
    },
    'auth.oauth_required@microsoft': {
      title: 'Logga in med Microsoft',
      text: 'Microsoft godtar inte längre lösenord från andra program. Anslut e-postkontot igen och välj att logga in med Microsoft. Om det inte erbjuds, meddela administratören för ert CRM-system.',
    },
    'auth.insufficient_scope@google': {
      title: 'Åtkomst till Gmail saknas',
      text: 'Rutan för åtkomst till Gmail var inte ikryssad när du loggade in. Anslut e-postkontot igen och kryssa i rutan för att läsa, skriva och skicka e-post på Googles sida.',
    },
    'auth.insufficient_scope@microsoft': {
      title: 'Din administratör behöver godkänna åtkomsten',
      text: 'Din organisation har inte godkänt att Postbud läser och skickar e-post. Be er Microsoft 365-administratör att ge sitt medgivande till appen och anslut sedan e-postkontot igen.',
    },
    'imap.disabled@google': {
      title: 'Åtkomst till Gmail är inte tillåten för kontot',
      text: 'IMAP är alltid på i privata Gmail-konton, så där finns inget att slå på. För ett företags- eller skolkonto kan en administratör begränsa det: be att IMAP-åtkomst tillåts i Googles administratörskonsol. Kontrollera också att kontot har Gmail.',
    },
    'imap.disabled@microsoft': {
      title: 'IMAP är avstängt i Microsoft 365',
      text: 'IMAP är avstängt för det här e-postkontot. I Microsoft 365 slår en administratör på det: Aktiva användare, användaren, E-post, Hantera e-postappar, IMAP. I Outlook.com gör du det själv: Inställningar, E-post, Vidarebefordran och IMAP. Det kan ta upp till en timme innan det fungerar.',
    },
    'imap.disabled@gmx': {
      title: 'IMAP är avstängt hos {provider}',
      text: 'Logga in på {provider} i webbläsaren, öppna E-Mail, Einstellungen, POP3/IMAP och tillåt åtkomst via POP3 och IMAP. Försök sedan igen.',
    },
    'imap.disabled@yandex': {
      title: 'IMAP är avstängt hos Yandex',
      text: 'Logga in på Yandex Mail i webbläsaren, öppna inställningarna för e-postprogram, tillåt åtkomst från imap.yandex.com via IMAP och med applösenord och spara. Försök sedan igen.',
    },
    'imap.disabled@zoho': {
      title: 'IMAP är avstängt hos Zoho',
      text: 'Logga in på Zoho Mail i webbläsaren, öppna Settings, Mail Accounts och slå på IMAP Access. För ett företagskonto kan en administratör behöva tillåta det först, och vissa gratisabonnemang omfattar inte IMAP.',
    },
    'imap.disabled@qq': {
      title: 'IMAP är avstängt hos {provider}',
      text: 'Logga in på {provider} i webbläsaren, öppna kontoinställningarna, slå på IMAP/SMTP-tjänsten och ange auktoriseringskoden som visas där i stället för ditt lösenord.',
    },
    'smtp.disabled@microsoft': {
      title: 'Utskick via SMTP är avstängt i Microsoft 365',
      text: 'Din organisation har stängt av autentiserad SMTP. Be din administratör att tillåta det för ditt e-postkonto: Administrationscenter för Microsoft 365, Aktiva användare, användaren, E-post, Hantera e-postappar, Autentiserad SMTP. Mottagning av e-post påverkas inte.',
    },
    'smtp.disabled@qq': {
      title: 'SMTP är avstängt hos {provider}',
      text: 'Logga in på {provider} i webbläsaren, öppna kontoinställningarna, slå på IMAP/SMTP-tjänsten och ange auktoriseringskoden som visas där i stället för ditt lösenord.',
    },
    'login.blocked@google': {
      title: 'Google har blockerat inloggningen',
      text: 'Google har blockerat inloggningen för att skydda dig. Leta i inkorgen efter säkerhetsmeddelandet från Google, bekräfta att det var du och tillåt Postbud. Eller logga in på Gmail i webbläsaren och gör det Google ber om. Ansluter du igen med ”Logga in med Google” undviker du det oftast.',
    },
    'login.blocked@microsoft': {
      title: 'Microsoft har blockerat inloggningen',
      text: 'Microsoft vill kontrollera att det är du, eller så tillåter din organisations regler inte inloggningen. Logga in på outlook.com eller office.com i webbläsaren, gör det som efterfrågas och anslut sedan e-postkontot igen. Är det en regel i organisationen, be din administratör att tillåta Postbud.',
    },
    'login.blocked@yahoo': {
      title: '{provider} har blockerat inloggningen',
      text: '{provider} har blockerat inloggningen. Leta i inkorgen efter meddelandet från {provider} och bekräfta att det var du. Logga sedan in på {provider} en gång i webbläsaren och försök igen med ett applösenord.',
    },
    'login.blocked@yandex': {
      title: 'Yandex vill kontrollera att det är du',
      text: 'Logga in på Yandex Mail i webbläsaren, besvara frågan som visar att du inte är en robot och bekräfta ditt telefonnummer om du blir ombedd. Försök sedan igen.',
    },
    'login.blocked@zoho': {
      title: 'Zoho har spärrat kontot tills vidare',
      text: 'Zoho har märkt ovanlig aktivitet och spärrat utskick eller inloggning. Logga in på mail.zoho.com, öppna sidan där spärren kan hävas och bekräfta att det är du. Vänta lite innan du skickar många meddelanden igen.',
    },
    'login.blocked@qq': {
      title: '{provider} anser att inloggningen är osäker',
      text: 'Logga in på {provider} i webbläsaren och bekräfta inloggningen om du blir ombedd. Kontrollera att IMAP/SMTP-tjänsten är på och att du använder en auktoriseringskod, och försök sedan igen.',
    },
    'account.suspended@microsoft': {
      title: 'Microsoft har begränsat kontot',
      text: 'Kontot är inaktiverat, finns inte i organisationen eller har begränsats eftersom e-post från det liknade skräppost. Be din administratör kontrollera användaren och listan över begränsade entiteter i Microsoft 365. Byt lösenord om det inte var du som skickade den e-posten.',
    },
    'mailbox.access_denied@microsoft': {
      title: 'Microsoft 365 öppnar inte e-postkontot',
      text: 'Inloggningen godtogs men e-postkontot öppnades inte. Kontrollera att du loggade in med det konto som äger e-postkontot. Fråga din administratör om det har en Exchange-licens, om IMAP är på och, om det är en delad postlåda, om du har fullständig åtkomst.',
    },
    'rate.limited@ceiling': {
      title: 'För många nekade inloggningar',
      text: 'E-postservern har nekat de senaste inloggningarna eller inte svarat på dem. För att leverantören inte ska låsa brevlådan försöker Postbud inte igen ännu. Kontrollera lösenordet under tiden.',
    },
    'send.rate_limited@google': {
      title: 'Gmails gräns för utskick är nådd',
      text: 'Gmail begränsar hur många meddelanden ett konto får skicka per dygn. Du behöver inte göra något: Postbud skickar meddelandet så snart Gmail tillåter det igen, senast inom 24 timmar.',
    },
  },
};
