import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { texts } from '../src/mail/refusals/actions.ts';
import { helpPages } from '../src/mail/refusals/help.ts';
import { locales, reasonList, refusal, userAction } from '../src/mail/refusals/index.ts';
import { type Family, familyOfHost } from '../src/mail/refusals/providers.ts';
import { attemptReasons, variants } from '../src/mail/refusals/texts/texts.ts';

const providers = 'gmail microsoft365 yahoo aol icloud gmx webde yandex mailru zoho fastmail qq netease t-online'.split(
  ' ',
);

describe('user actions', () => {
  for (const locale of locales) {
    it(`has a title and a text for every reason in ${locale}`, () => {
      for (const reason of reasonList) {
        const { title, text, code } = userAction(reason, { locale });
        assert.ok(title.length >= 8 && title.length <= 70, `${locale} ${reason}: title "${title}"`);
        assert.ok(text.length >= 30 && text.length <= 480, `${locale} ${reason}: ${text.length} characters`);
        assert.match(text, /[.!?]$/, `${locale} ${reason} does not end as a sentence`);
        assert.match(code, /^[a-z-]+$/);
      }
    });

    it(`has every provider's own text in ${locale}, and no placeholder is left in any`, () => {
      assert.deepEqual(Object.keys(texts[locale].variants).sort(), [...variants].sort());
      assert.deepEqual(Object.keys(texts[locale].reasons).sort(), [...reasonList].sort());
      for (const provider of [undefined, ...providers]) {
        for (const reason of reasonList) {
          const action = userAction(reason, { locale, provider, until: new Date(0) });
          assert.doesNotMatch(action.title + action.text, /[{}]|undefined|\s{2}/, `${locale} ${provider} ${reason}`);
        }
      }
    });
  }

  for (const locale of locales) {
    it(`promises no tries of our own, in ${locale}, to a person whose attempt to connect was refused`, () => {
      for (const reason of attemptReasons) {
        for (const provider of [undefined, ...providers]) {
          const watched = userAction(reason, { locale, provider, until: new Date(0) });
          const attempt = userAction(reason, { locale, provider, until: new Date(0), attempt: true });
          assert.equal(attempt.title, watched.title);
          assert.notEqual(attempt.text, watched.text);
          assert.doesNotMatch(attempt.text, /Postbud/, `${locale} ${reason}`);
          assert.ok(attempt.text.includes(texts[locale].notBefore.split('{until}')[0]!), attempt.text);
        }
      }
      // What Postbud does by itself is promised in no other text either.
      const others = reasonList.filter(
        (one) => !one.startsWith('send.') && !(attemptReasons as readonly string[]).includes(one),
      );
      for (const reason of others)
        assert.equal(userAction(reason, { locale, attempt: true }).text, userAction(reason, { locale }).text);
    });
  }

  it('is not English in the other languages', () => {
    for (const locale of locales.filter((other) => other !== 'en')) {
      for (const reason of reasonList) {
        assert.notEqual(userAction(reason, { locale }).text, userAction(reason, { locale: 'en' }).text, reason);
      }
      for (const variant of variants) {
        assert.notEqual(texts[locale].variants[variant].text, texts.en.variants[variant].text, variant);
      }
    }
  });

  it('reads da-DK as Danish, nn and no as Norwegian, and what we do not have as English', () => {
    const title = (locale?: string) => userAction('account.locked', { locale }).title;
    assert.equal(title('da-DK'), title('da'));
    assert.equal(title('no'), title('nb'));
    assert.equal(title('nn_NO'), title('nb'));
    assert.equal(title('fi'), title('en'));
    assert.equal(title(undefined), title('en'));
  });

  it('tells a Gmail user to create an app password, and never to switch IMAP on', () => {
    const action = userAction('auth.app_password_required', { locale: 'en', provider: 'gmail' });
    assert.equal(action.code, 'create-app-password');
    assert.match(action.text, /IMAP is always on/);
    assert.match(action.url ?? '', /support\.google\.com/);
    assert.match(
      userAction('imap.disabled', { locale: 'en', host: 'imap.gmail.com' }).text,
      /always on in personal Gmail/,
    );
  });

  it('tells a blocked owner to look for the message of the provider and allow Postbud', () => {
    for (const locale of locales) assert.match(userAction('login.blocked', { locale }).text, /Postbud/, locale);
  });

  it('names the provider whose text it shares', () => {
    assert.match(userAction('auth.app_password_required', { locale: 'de', provider: 'aol' }).title, /^AOL /);
    assert.match(userAction('imap.disabled', { locale: 'de', provider: 'webde' }).title, /WEB\.DE/);
  });

  it('says until when, in the owner’s time', () => {
    const until = new Date('2026-11-23T14:05:00Z');
    const options = { until, timeZone: 'Europe/Copenhagen' };
    assert.match(userAction('account.locked', { ...options, locale: 'da' }).text, /fra den 23\. november kl\. 15\.05/);
    assert.match(
      userAction('rate.limited', { ...options, locale: 'en' }).text,
      /Next automatic attempt: 23 November at 15:05/,
    );
    assert.match(userAction('rate.limited', { ...options, timeZone: 'Not/AZone', locale: 'en' }).text, /14:05 UTC/);
  });

  it('gives help pages of the provider itself, over https', () => {
    for (const provider of providers) {
      for (const reason of reasonList) {
        const { url } = userAction(reason, { provider });
        if (!url) continue;
        assert.equal(new URL(url).protocol, 'https:');
        assert.ok(familyOfHost(new URL(url).hostname), url);
      }
    }
    assert.equal(helpPages('unknown', 'google' satisfies Family), undefined);
  });
});

describe('refusal', () => {
  it('is what the contract says, with the link that Google gave in the untagged line', () => {
    const { userAction: action, ...rest } = refusal(
      {
        protocol: 'imap',
        phase: 'auth',
        host: 'imap.gmail.com',
        lines: [
          '* NO [WEBALERT https://accounts.google.com/signin/continue?sarp=1&plt=AKgn] Web login required.',
          'A2 NO [ALERT] Please log in via your web browser (Failure)',
        ],
      },
      { locale: 'en' },
    );
    assert.deepEqual(
      { reason: rest.reason, permanent: rest.permanent, protocol: rest.protocol },
      {
        reason: 'login.blocked',
        permanent: true,
        protocol: 'imap',
      },
    );
    assert.match(rest.response, /Web login required/);
    assert.equal(action.url, 'https://accounts.google.com/signin/continue?sarp=1&plt=AKgn');
    assert.equal(action.code, 'allow-sign-in');
  });

  it('keeps no link that leads away from the provider', () => {
    const answer = (link: string, host = 'imap.gmail.com') =>
      refusal({ protocol: 'imap', phase: 'auth', host, text: `NO [WEBALERT ${link}] Web login required.` }).userAction
        .url;
    const help = 'https://support.google.com/mail/answer/78754';
    assert.equal(answer('https://google.com.evil.example/x'), help);
    assert.equal(answer('http://accounts.google.com/x'), help);
    assert.equal(answer('https://user:pw@accounts.google.com/x'), help);
    assert.equal(answer('javascript:alert(1)'), help);
    assert.equal(answer('https://help.firma.example/x', 'imap.firma.example'), 'https://help.firma.example/x');
    assert.equal(answer('https://other.co.uk/x', 'mail.firma.co.uk'), undefined);
    assert.equal(answer('https://192.0.2.1/x', '192.0.2.1'), undefined);
  });
});
