import { readFile } from 'node:fs/promises';
import type { EvidenceBundle } from '../evidence/document.ts';
import { isSeenAfter } from '../evidence/judge-mutations.ts';
import type { Judged } from '../evidence/judged.ts';
import { PARTS, type Verdict, verifyBundle } from '../evidence/verify.ts';
import { filePath } from '../runner/disk.ts';
import { UserError } from '../runner/errors.ts';
import type { Command } from './commands.ts';
import { parseWords } from './words.ts';

const OPTIONS = { head: { type: 'string' }, help: { type: 'boolean', default: false } } as const;

const HELP = `Judges an evidence bundle again, from nothing but what it has recorded. Nobody is asked, nothing is sent.

  npx zonewise verify FILE [--head SHA256]

  FILE           a bundle as deploy-zone or promote-zone has written it, such as a copy made with aws s3 cp; where it is on a
                 disk, as the job summary writes it
  --head SHA256  the head that the job summary showed: without it a bundle that was made anew as a whole is not noticed
  --help         this text

Exit code: 0 when everything holds, 1 otherwise.
`;

const MEANING = {
  chain: 'entries and head as they were sealed',
  guards: 'deregistrations that the floor allows',
  mutations: 'changes that were looked at afterwards',
  proofs: 'hosts that have proven the release',
  gates: 'gates that were open at the end',
} as const;

/** `zonewise verify`: judges an evidence bundle again, offline. */
export const VERIFY: Command = {
  name: 'verify',
  summary: 'judges an evidence bundle again, offline',
  run: async (words) => {
    const { values, positionals } = parseWords(words, OPTIONS);
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    const [file, second] = positionals;
    if (file === undefined || second !== undefined) {
      throw new UserError(
        `Expected one evidence bundle, saw ${positionals.join(' ') || 'none'}. Name one file; --help tells more.`,
      );
    }
    const head = headIn(values.head);
    const verdict = verifyBundle(await read(file), head);
    const text = describe(file, verdict);
    if (verdict.kind === 'accepted') process.stdout.write(text);
    else process.stderr.write(text);
    return verdict.kind === 'accepted' ? 0 : 1;
  },
};

function headIn(head: string | undefined): string | undefined {
  if (head === undefined || /^[0-9a-f]{64}$/.test(head)) return head;
  throw new UserError(
    `--head is ${JSON.stringify(head)}, expected the 64 lower-case hexadecimal digits of the job summary.`,
  );
}

async function read(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(filePath(file) ?? file, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`${file} could not be read: ${reason}.`, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UserError(
      `${file} is no evidence bundle: it is not JSON. Copy it again from where the job summary says it is.`,
      {
        cause,
      },
    );
  }
}

function describe(file: string, verdict: Verdict): string {
  if (verdict.kind === 'unreadable') {
    return lines([`${file} is no evidence bundle that can be judged:`, ...verdict.findings.map(item)]);
  }
  const { bundle, parts, findings, open } = verdict;
  const rows = PARTS.map((part) => {
    return `  ${part.padEnd(9)}  ${String(parts[part].judged).padStart(5)}  ${shown(parts[part]).padEnd(13)}  ${MEANING[part]}`;
  });
  return lines([
    titleOf(bundle),
    '',
    ...rows,
    '',
    ...(open.length === 0 ? [] : [whyOpen(bundle, parts.mutations.judged), ...open.map(item), '']),
    ...(findings.length === 0
      ? [`${accepted(bundle)} Head sha256 ${bundle.head}`]
      : ['Refused:', ...findings.map(item)]),
  ]);
}

function shown({ judged, findings, open }: Judged): string {
  if (findings.length > 0) return `${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}`;
  if (open.length > 0) return `${open.length} not known`;
  return judged === 0 ? '-' : 'all hold';
}

/** How many changes nobody has looked at, of all of them. */
function whyOpen({ outcome, entries }: EvidenceBundle, changes: number): string {
  const unseen = entries.filter(
    (entry, index) => entry.kind === 'mutation' && !isSeenAfter(entries, entry, index),
  ).length;
  const how = outcome.state === 'cancelled' ? 'cancelled' : 'stopped';
  return `Not known, since the run was ${how}; ${unseen} of ${changes} changes have no look after them:`;
}

/** A bundle is accepted for what it claims, which people take for more when it is short. */
function accepted({ outcome, zone, release }: EvidenceBundle): string {
  if (outcome.state !== 'cancelled') return 'Accepted.';
  return `Accepted as the record of a step that was cancelled, which is no proof that ${zone} runs ${release.version}.`;
}

function titleOf({ service, zone, action, release, outcome, run, ended }: EvidenceBundle): string {
  return `${service} ${release.version} in ${zone}: ${action}, ${outcome.state} at ${ended} by ${run.url}`;
}

function item(text: string): string {
  return `- ${text}`;
}

function lines(texts: readonly string[]): string {
  return `${texts.join('\n')}\n`;
}
