import { expect, test } from '@jest/globals';
import type { News, Notifier } from '../../src/notify/port.ts';
import { tell } from '../../src/operations/tell.ts';
import { CancelledError, UserError } from '../../src/runner/errors.ts';
import { newsOf } from '../notify/news.ts';
import { setStage } from './stage.ts';

function notifier(name: string, notify: Notifier['notify']): Notifier {
  return { name, notify };
}

test('tells everybody, whatever becomes of the others, and warns of each failure', async () => {
  const { context, lines } = setStage();
  const heard: News[] = [];
  const news = newsOf();
  await tell(
    context,
    [
      notifier('broken', () => Promise.reject(new UserError('Add the action sns:Publish.'))),
      notifier('thrown', () => {
        throw new Error('at once');
      }),
      notifier('strange', () => Promise.reject('no error')),
      notifier('well', async (told) => void heard.push(told)),
    ],
    news,
  );
  expect(heard).toEqual([news]);
  expect(lines.toSorted()).toEqual([
    `told well: ${news.title}`,
    `warning: Could not tell broken "${news.title}": Add the action sns:Publish.`,
    `warning: Could not tell strange "${news.title}": no error`,
    `warning: Could not tell thrown "${news.title}": at once`,
  ]);
});

test('ends at its limit, also for one that does not listen, and stops the one that does', async () => {
  const { context, lines } = setStage();
  let stopped = false;
  await tell(
    context,
    [
      notifier('deaf', () => new Promise(() => undefined)),
      notifier(
        'listening',
        (_, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              stopped = true;
              reject(new CancelledError('Cancelled while telling.'));
            });
          }),
      ),
      notifier('quick', async () => undefined),
    ],
    newsOf(),
    50,
  );
  expect(stopped).toBe(true);
  expect(lines.toSorted()).toEqual([
    `told quick: ${newsOf().title}`,
    `warning: Could not tell deaf "${newsOf().title}": it did not end within 0.05 s`,
    `warning: Could not tell listening "${newsOf().title}": it did not end within 0.05 s`,
  ]);
});

test('passes on that a person stopped', async () => {
  const stage = setStage();
  stage.cancel();
  await tell(stage.context, [notifier('sns', async (_, signal) => signal.throwIfAborted())], newsOf());
  expect(stage.lines).toEqual([`warning: Could not tell sns "${newsOf().title}": The person asked to stop.`]);
});

test('has nothing to do without notifiers', async () => {
  const { context, lines } = setStage();
  await tell(context, [], newsOf());
  expect(lines).toEqual([]);
});
