import type { Locale } from '../words.ts';

/** What the pages of a provider's login say. `{name}` is filled in. */
export type OAuthTexts = Record<
  | 'title'
  | 'wants'
  | 'next'
  | 'go'
  | 'otherTitle'
  | 'other'
  | 'otherUnknown'
  | 'otherYes'
  | 'otherNo'
  | 'connected'
  | 'connecting'
  | 'failed'
  | 'over'
  | 'close'
  | 'expired'
  | 'superseded'
  | 'used'
  | 'browser'
  | 'unknown'
  | 'stale',
  string
>;

/** The words, by language. */
export const oauthTexts: Readonly<Record<Locale, OAuthTexts>> = {
  en: {
    title: 'Connect your mailbox',
    wants: '{crm} asks to connect the mailbox {email}.',
    next: 'You sign in at {provider}. Your password stays there.',
    go: 'Continue to {provider}',
    otherTitle: 'Is this the right mailbox?',
    other: 'You signed in as {identity}, but {email} was asked for.',
    otherUnknown: '{provider} does not say whose mailbox you signed in to. {email} was asked for.',
    otherYes: 'Yes, connect this one',
    otherNo: 'No, stop here',
    connected: 'The mailbox is connected',
    connecting: 'The mailbox is being connected',
    failed: 'The mailbox could not be connected',
    over: 'This sign-in is over',
    close: 'You can close this window and go back to your CRM.',
    expired: 'This link has expired. Start again in your CRM.',
    superseded: 'Something newer was started meanwhile, so nothing was saved here. Go on in your CRM.',
    used: 'This sign-in was used already. Nothing was changed.',
    browser: 'This sign-in was begun in another browser. Start again in your CRM, and stay in one browser.',
    unknown: 'There is no such sign-in. Start again in your CRM.',
    stale: 'This page was not opened the usual way. Load it again and continue from there.',
  },
  da: {
    title: 'Forbind din mailkonto',
    wants: '{crm} beder om at forbinde mailkontoen {email}.',
    next: 'Du logger ind hos {provider}. Din adgangskode bliver der.',
    go: 'Fortsæt til {provider}',
    otherTitle: 'Er det den rigtige mailkonto?',
    other: 'Du loggede ind som {identity}, men der blev bedt om {email}.',
    otherUnknown: '{provider} siger ikke, hvilken mailkonto du loggede ind på. Der blev bedt om {email}.',
    otherYes: 'Ja, forbind denne',
    otherNo: 'Nej, stop her',
    connected: 'Mailkontoen er forbundet',
    connecting: 'Mailkontoen bliver forbundet',
    failed: 'Mailkontoen kunne ikke forbindes',
    over: 'Dette login er afsluttet',
    close: 'Du kan lukke dette vindue og gå tilbage til dit CRM.',
    expired: 'Linket er udløbet. Begynd forfra i dit CRM.',
    superseded: 'Noget nyere er startet i mellemtiden, så intet blev gemt her. Fortsæt i dit CRM.',
    used: 'Dette login er allerede brugt. Intet er ændret.',
    browser: 'Dette login blev begyndt i en anden browser. Begynd forfra i dit CRM, og bliv i samme browser.',
    unknown: 'Dette login findes ikke. Begynd forfra i dit CRM.',
    stale: 'Siden blev ikke åbnet på den sædvanlige måde. Indlæs den igen, og fortsæt derfra.',
  },
  de: {
    title: 'Postfach verbinden',
    wants: '{crm} bittet darum, das Postfach {email} zu verbinden.',
    next: 'Sie melden sich bei {provider} an. Ihr Passwort bleibt dort.',
    go: 'Weiter zu {provider}',
    otherTitle: 'Ist das das richtige Postfach?',
    other: 'Sie haben sich als {identity} angemeldet, gefragt war aber {email}.',
    otherUnknown: '{provider} sagt nicht, in wessen Postfach Sie sich angemeldet haben. Gefragt war {email}.',
    otherYes: 'Ja, dieses verbinden',
    otherNo: 'Nein, hier aufhören',
    connected: 'Das Postfach ist verbunden',
    connecting: 'Das Postfach wird verbunden',
    failed: 'Das Postfach konnte nicht verbunden werden',
    over: 'Diese Anmeldung ist abgeschlossen',
    close: 'Sie können dieses Fenster schließen und zu Ihrem CRM zurückkehren.',
    expired: 'Der Link ist abgelaufen. Beginnen Sie in Ihrem CRM von vorn.',
    superseded: 'Inzwischen wurde etwas Neueres begonnen; hier wurde nichts gespeichert. Fahren Sie in Ihrem CRM fort.',
    used: 'Diese Anmeldung wurde schon benutzt. Es wurde nichts geändert.',
    browser:
      'Diese Anmeldung wurde in einem anderen Browser begonnen. Beginnen Sie in Ihrem CRM von vorn und bleiben Sie in einem Browser.',
    unknown: 'Diese Anmeldung gibt es nicht. Beginnen Sie in Ihrem CRM von vorn.',
    stale: 'Diese Seite wurde nicht wie üblich geöffnet. Laden Sie sie neu und machen Sie dort weiter.',
  },
  nb: {
    title: 'Koble til e-postkontoen din',
    wants: '{crm} ber om å koble til e-postkontoen {email}.',
    next: 'Du logger på hos {provider}. Passordet ditt blir der.',
    go: 'Fortsett til {provider}',
    otherTitle: 'Er dette riktig e-postkonto?',
    other: 'Du logget på som {identity}, men det ble bedt om {email}.',
    otherUnknown: '{provider} sier ikke hvilken e-postkonto du logget på. Det ble bedt om {email}.',
    otherYes: 'Ja, koble til denne',
    otherNo: 'Nei, stopp her',
    connected: 'E-postkontoen er tilkoblet',
    connecting: 'E-postkontoen kobles til',
    failed: 'E-postkontoen kunne ikke kobles til',
    over: 'Denne påloggingen er avsluttet',
    close: 'Du kan lukke dette vinduet og gå tilbake til CRM-systemet.',
    expired: 'Lenken er utløpt. Begynn på nytt i CRM-systemet.',
    superseded: 'Noe nyere er startet i mellomtiden, så ingenting ble lagret her. Fortsett i CRM-systemet.',
    used: 'Denne påloggingen er allerede brukt. Ingenting er endret.',
    browser:
      'Denne påloggingen ble begynt i en annen nettleser. Begynn på nytt i CRM-systemet, og bli i samme nettleser.',
    unknown: 'Denne påloggingen finnes ikke. Begynn på nytt i CRM-systemet.',
    stale: 'Siden ble ikke åpnet på vanlig måte. Last den inn på nytt og fortsett derfra.',
  },
  nl: {
    title: 'Je mailbox koppelen',
    wants: '{crm} vraagt om de mailbox {email} te koppelen.',
    next: 'Je logt in bij {provider}. Je wachtwoord blijft daar.',
    go: 'Verder naar {provider}',
    otherTitle: 'Is dit de juiste mailbox?',
    other: 'Je bent ingelogd als {identity}, maar er werd gevraagd om {email}.',
    otherUnknown: '{provider} zegt niet op wiens mailbox je bent ingelogd. Er werd gevraagd om {email}.',
    otherYes: 'Ja, deze koppelen',
    otherNo: 'Nee, hier stoppen',
    connected: 'De mailbox is gekoppeld',
    connecting: 'De mailbox wordt gekoppeld',
    failed: 'De mailbox kon niet worden gekoppeld',
    over: 'Deze aanmelding is afgerond',
    close: 'Je kunt dit venster sluiten en teruggaan naar je CRM.',
    expired: 'Deze link is verlopen. Begin opnieuw in je CRM.',
    superseded: 'Er is inmiddels iets nieuwers gestart, dus hier is niets opgeslagen. Ga verder in je CRM.',
    used: 'Deze aanmelding is al gebruikt. Er is niets gewijzigd.',
    browser: 'Deze aanmelding is in een andere browser begonnen. Begin opnieuw in je CRM en blijf in één browser.',
    unknown: 'Deze aanmelding bestaat niet. Begin opnieuw in je CRM.',
    stale: 'Deze pagina is niet op de gewone manier geopend. Laad haar opnieuw en ga van daaruit verder.',
  },
  sv: {
    title: 'Anslut ditt e-postkonto',
    wants: '{crm} ber om att få ansluta e-postkontot {email}.',
    next: 'Du loggar in hos {provider}. Ditt lösenord stannar där.',
    go: 'Fortsätt till {provider}',
    otherTitle: 'Är detta rätt e-postkonto?',
    other: 'Du loggade in som {identity}, men det var {email} som efterfrågades.',
    otherUnknown: '{provider} säger inte vilket e-postkonto du loggade in på. Det var {email} som efterfrågades.',
    otherYes: 'Ja, anslut detta',
    otherNo: 'Nej, sluta här',
    connected: 'E-postkontot är anslutet',
    connecting: 'E-postkontot ansluts',
    failed: 'E-postkontot kunde inte anslutas',
    over: 'Den här inloggningen är avslutad',
    close: 'Du kan stänga fönstret och gå tillbaka till ditt CRM.',
    expired: 'Länken har gått ut. Börja om i ditt CRM.',
    superseded: 'Något nyare har startats under tiden, så inget sparades här. Fortsätt i ditt CRM.',
    used: 'Den här inloggningen har redan använts. Inget har ändrats.',
    browser: 'Inloggningen påbörjades i en annan webbläsare. Börja om i ditt CRM och håll dig till en webbläsare.',
    unknown: 'Den här inloggningen finns inte. Börja om i ditt CRM.',
    stale: 'Sidan öppnades inte på vanligt sätt. Ladda den igen och fortsätt därifrån.',
  },
};
