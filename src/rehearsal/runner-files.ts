import { PlatformError } from '../runner/errors.ts';

/**
 * Reads a file that an action wrote for the runner: `name=value` lines and `name<<delimiter` blocks, as in
 * GITHUB_OUTPUT and GITHUB_STATE. The last value of a name stands.
 *
 * @throws PlatformError for a line that the runner would refuse
 */
export function parseFileCommands(text: string): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if (line === '') continue;
    const block = /^(?<name>[^=]+?)<<(?<delimiter>.+)$/.exec(line);
    if (block?.groups !== undefined) {
      const end = lines.indexOf(block.groups['delimiter'] ?? '', index + 1);
      if (end === -1)
        throw new PlatformError(`The action never ended the value of "${block.groups['name']}".`);
      values[block.groups['name'] ?? ''] = lines.slice(index + 1, end).join('\n');
      index = end;
      continue;
    }
    const equals = line.indexOf('=');
    if (equals < 1) throw new PlatformError(`The action wrote a line the runner refuses: "${line}".`);
    values[line.slice(0, equals)] = line.slice(equals + 1);
  }
  return values;
}

/** One `::command name=value::message` line. */
export interface WorkflowCommand {
  readonly command: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly message: string;
}

/** Reads a line of an action's log as the runner does; `undefined` when it is no command. */
export function parseWorkflowCommand(line: string): WorkflowCommand | undefined {
  const match = /^::(?<command>[a-z-]+)(?: (?<properties>[^:]*(?::(?!:)[^:]*)*))?::(?<message>.*)$/.exec(
    line.trimStart(),
  );
  if (match?.groups === undefined) return undefined;
  const properties: Record<string, string> = {};
  for (const property of (match.groups['properties'] ?? '').split(',')) {
    const equals = property.indexOf('=');
    if (equals > 0) properties[property.slice(0, equals).trim()] = decodeProperty(property.slice(equals + 1));
  }
  return {
    command: match.groups['command'] ?? '',
    properties,
    message: decodeMessage(match.groups['message'] ?? ''),
  };
}

function decodeMessage(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}

function decodeProperty(text: string): string {
  return decodeMessage(text.replaceAll('%3A', ':').replaceAll('%2C', ','));
}
