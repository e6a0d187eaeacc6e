import { styleText } from 'node:util';
import { createLogUpdate } from 'log-update';
import { type Board, type BoardView, createBoard } from './board.ts';
import type { Progress, ProgressEvent, StageProgress } from './progress.ts';
import { parseWorkflowCommand } from './runner-files.ts';

/** Shows how a rehearsal goes. */
export interface Display {
  readonly observe: Progress;
  /** Takes the display off the terminal while somebody is asked something. */
  pause<T>(work: () => Promise<T>): Promise<T>;
  stop(): void;
}

/** Milliseconds between two drawings. */
const DRAW_INTERVAL = 250;
/** Milliseconds between two lines of counts where there is no terminal. */
const COUNT_INTERVAL = 5_000;

/** The display that suits the stream: live on a terminal, line by line anywhere else. */
export function createDisplay(stream: NodeJS.WriteStream): Display {
  return stream.isTTY ? liveDisplay(stream) : lineDisplay(stream);
}

function liveDisplay(stream: NodeJS.WriteStream): Display {
  const board = createBoard();
  const update = createLogUpdate(stream);
  const draw = (): void => update(drawBoard(board.view(Date.now())));
  let timer: NodeJS.Timeout | undefined;
  const start = (): void => {
    timer = setInterval(draw, DRAW_INTERVAL);
  };
  const stop = (): void => {
    clearInterval(timer);
    draw();
    update.done();
  };
  start();
  return {
    observe: board.observe,
    async pause(work) {
      stop();
      try {
        return await work();
      } finally {
        start();
      }
    },
    stop,
  };
}

function lineDisplay(stream: NodeJS.WritableStream): Display {
  const board = createBoard();
  const write = (line: string): void =>
    void stream.write(`${new Date().toISOString().slice(11, 19)}  ${line}\n`);
  const timer = setInterval(() => countLine(board).forEach(write), COUNT_INTERVAL);
  return {
    observe: (event) => {
      board.observe(event);
      eventLine(event).forEach(write);
    },
    pause: (work) => work(),
    stop: () => clearInterval(timer),
  };
}

function eventLine(event: ProgressEvent): readonly string[] {
  switch (event.kind) {
    case 'step':
      return [event.text];
    case 'stage':
      return [`${event.stage}  ${STAGE_WORDS[event.state]}`];
    case 'host': {
      const { host, phase, note } = event.event;
      return [`${host}  ${phase}${note === undefined ? '' : `: ${note}`}`];
    }
    case 'line': {
      const said = parseWorkflowCommand(event.line);
      const matters = said?.command === 'error' || said?.command === 'warning';
      return matters ? [`${event.stage}  ${said.command}: ${said.message}`] : [];
    }
    case 'course':
    case 'samples':
      return [];
  }
}

function countLine(board: Board): readonly string[] {
  const view = board.view(Date.now());
  return view.total === 0 ? [] : [counts(view)];
}

const STAGE_WORDS: Readonly<Record<StageProgress | 'waiting', string>> = {
  waiting: 'waiting',
  approval: 'awaiting approval',
  running: 'running',
  untouched: 'untouched',
  refused: 'refused',
  failed: 'failed',
  'rolled-back': 'rolled back',
  held: 'held',
  done: 'done',
};

const STAGE_STYLES: Readonly<Record<StageProgress | 'waiting', Parameters<typeof styleText>[0]>> = {
  waiting: 'dim',
  approval: 'yellow',
  running: 'cyan',
  untouched: 'dim',
  refused: 'red',
  failed: 'red',
  'rolled-back': 'red',
  held: 'red',
  done: 'green',
};

const STAGE_MARKS: Readonly<Record<StageProgress | 'waiting', string>> = {
  waiting: '·',
  approval: '?',
  running: '▸',
  untouched: '·',
  refused: '✖',
  failed: '✖',
  'rolled-back': '✖',
  held: '✖',
  done: '✔',
};

/** The whole live display as text. */
export function drawBoard(view: BoardView): string {
  const width = Math.max(0, ...view.stages.map(({ stage }) => stage.length));
  const stages = view.stages.map(({ stage, state, hosts }) => {
    const head = `${STAGE_MARKS[state]} ${stage.padEnd(width)}  ${STAGE_WORDS[state].padEnd(17)}`;
    return `  ${styleText(STAGE_STYLES[state], head)}  ${drawHosts(hosts).join('   ')}`;
  });
  return ['', ...stages, '', `  ${counts(view)}`, `  ${styleText('dim', view.step)}`, ''].join('\n');
}

/** More hosts than this do not fit on a line; then only those in hand are named and the others counted. */
const HOSTS_NAMED = 3;

type Hosts = BoardView['stages'][number]['hosts'];

function drawHosts(hosts: Hosts): readonly string[] {
  if (hosts.length <= HOSTS_NAMED) return hosts.map(({ host, phase }) => drawHost(host, phase));
  const inHand = hosts.filter(({ phase }) => phase !== undefined && phase !== 'serving');
  const named = inHand.slice(0, HOSTS_NAMED);
  const groups = Map.groupBy(
    hosts.filter((host) => !named.includes(host)),
    ({ phase }) => phase ?? 'untouched',
  );
  const counted = [...groups].map(([phase, some]) => styleText('dim', `${some.length} ${phase}`));
  return [...named.map(({ host, phase }) => drawHost(host, phase)), ...counted];
}

function drawHost(host: string, phase: string | undefined): string {
  if (phase === undefined) return styleText('dim', host);
  const style =
    phase === 'serving' ? 'green' : ['held', 'rolling-back', 'replacing'].includes(phase) ? 'red' : 'yellow';
  return `${host} ${styleText(style, phase)}`;
}

function counts({ total, failed, perSecond, shares }: BoardView): string {
  const failures = styleText(failed === 0 ? 'green' : 'red', `${number(failed)} failed`);
  const split = shares.map(({ of, share }) => `${of} ${Math.round(share * 100)}%`);
  return [`${perSecond} requests/s`, `${number(total)} requests`, failures, ...split].join(' · ');
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
