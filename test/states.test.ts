import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { jobOf, type News, next, watchedStates } from '../src/accounts/states.ts';
import { type State, states } from '../src/db/accounts.ts';

const news: News[] = [
  'connect.started',
  'login.wanted',
  'connect.accepted',
  'connect.refused',
  'mailbox.opened',
  'connection.lost',
  'login.refused',
  'login.blocked',
  'server.throttled',
  'order.pause',
  'order.resume',
  'order.resume-without-login',
  'order.disconnect',
];

describe('the life of an account', () => {
  it('leads from every state but the last to disconnected', () => {
    for (const state of states) {
      assert.equal(next(state, 'order.disconnect'), state === 'disconnected' ? null : 'disconnected', state);
    }
  });

  it('never leaves disconnected: a connect after it makes another account', () => {
    for (const one of news) assert.equal(next('disconnected', one), null, one);
  });

  it('can reach every state that an order or a mailbox can lead to', () => {
    const reached = new Set<State>(['validating']);
    for (const state of reached) {
      for (const one of news) {
        const to = next(state, one);
        if (to !== null) reached.add(to);
      }
    }
    assert.deepEqual(new Set(states), reached);
  });

  it('learns nothing about credentials from a lost connection', () => {
    assert.equal(next('auth-failed', 'connection.lost'), 'auth-failed');
    assert.equal(next('login-blocked', 'connection.lost'), 'login-blocked');
    assert.equal(next('connected', 'connection.lost'), 'reconnecting');
  });

  it('does not wake a paused account by what a late watcher reports', () => {
    for (const one of ['mailbox.opened', 'connection.lost', 'login.refused'] as const) {
      assert.equal(next('paused', one), null, one);
    }
  });

  it('wants a watcher exactly where a login once worked and nobody said rest', () => {
    assert.deepEqual(watchedStates, [
      'syncing',
      'connected',
      'reconnecting',
      'throttled',
      'login-blocked',
      'auth-failed',
    ]);
    assert.equal(jobOf.paused, null);
  });
});
