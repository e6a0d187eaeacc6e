import type { GitHub } from '../github/port.ts';
import type { News, Notifier } from './port.ts';
import { shortened } from './shortened.ts';

const LABEL = 'zonewise';
/** GitHub refuses bodies of more than 65,536 characters; bytes are never fewer. */
const LONGEST_BODY = 65_536;

/**
 * Keeps one open issue for each service whose deployment has halted: opened at the first trouble, commented on at each
 * further one, and commented on when a zone is promoted while it is open. People close it. Needs `issues: write`.
 */
export function createIssueNotifier(github: GitHub): Notifier {
  return {
    name: `GitHub issue in ${github.repository}`,
    notify: async (news, signal) => {
      const search = { label: LABEL, title: `${news.service}: deployment halted` };
      const issue = await github.findIssue(search, signal);
      const body = shortened(written(news), LONGEST_BODY);
      if (issue !== undefined) await github.commentIssue(issue, body, signal);
      else if (news.state !== 'promoted') await github.openIssue({ ...search, body }, signal);
    },
  };
}

/** What says where it comes from stands first, so that no cut takes it away. */
function written({ title, body, run }: News): string {
  return `**${title}**\n\nRun: ${run}\n\n${body}\n`;
}
