import { PlatformError } from '../runner/errors.ts';
import type { Exchange, Question } from './exchange.ts';
import { items, type Part } from './part.ts';
import { explainRefusal, type Reply } from './refusals.ts';

/** Parameter of lists that are documented to have pages; 100 is the most that GitHub gives in one answer. */
export const PAGED = { per_page: 100 } as const;

/** More than this is not the list of anything that one service does. */
const MOST_PAGES = 50;

/** Reading what is there: whatever is refused is an error. */
export interface Reader {
  /** The answer, called `name` in messages about it. */
  one(question: Question, name: string, signal: AbortSignal): Promise<Part>;
  /**
   * Every entry of a list, page after page.
   *
   * @param list where in an answer the list is
   */
  all(question: Question, list: (answer: Part) => Part, signal: AbortSignal): Promise<readonly Part[]>;
}

/** @param api address of the API; the token goes nowhere else */
export function createReader(exchange: Exchange, api: string): Reader {
  const accepted = async (question: Question, signal: AbortSignal): Promise<Reply> => {
    const reply = await exchange(question, signal);
    if (reply.status >= 300) throw explainRefusal(reply, question);
    return reply;
  };
  return {
    one: async (question, name, signal) => ({ value: (await accepted(question, signal)).data, place: name }),
    all: async (question, list, signal) => {
      const entries: Part[] = [];
      let page = question;
      for (let count = 1; count <= MOST_PAGES; count += 1) {
        const reply = await accepted(page, signal);
        entries.push(...items(list({ value: reply.data, place: 'the answer' })));
        const next = /<(?<url>[^<>]+)>;\s*rel="next"/.exec(reply.headers['link'] ?? '')?.groups?.['url'];
        if (next === undefined) return entries;
        page = {
          purpose: question.purpose,
          permission: question.permission,
          route: `GET ${within(next, api)}`,
        };
      }
      throw new PlatformError(
        `Could not ${question.purpose}: GitHub goes on after ${MOST_PAGES} pages, which is more than was expected.`,
      );
    },
  };
}

function within(url: string, api: string): string {
  if (URL.canParse(url) && new URL(url).origin === new URL(api).origin) return url;
  throw new PlatformError(
    `GitHub names a further page elsewhere than at ${api}, where the token is not sent to. Check GITHUB_API_URL.`,
  );
}
