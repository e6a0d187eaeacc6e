import type { AgentHost } from './agent.ts';

/** A managed instance. */
export interface SsmHost extends AgentHost {
  readonly id: string;
  readonly region: string;
  readonly address: string;
  /** A dead agent takes no command. */
  readonly agent: 'online' | 'dead';
  /** Its agent runs every command that it gets twice. */
  readonly deliversTwice?: boolean;
}
