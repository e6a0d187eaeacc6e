import './json-imports.ts';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ValidationConfig } from '@actions/languageservice/validate';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Finding, Source } from './finding.ts';

type FileProvider = NonNullable<ValidationConfig['fileProvider']>;

/**
 * What GitHub's own language service says about workflows and action.yml files: syntax, keys, expressions, and the
 * inputs given to this repository's actions and reusable workflows. The inputs of other repositories' actions stay
 * unchecked, since their action.yml is not here.
 *
 * @param root folder in which `$/…` is looked up
 * @throws Error when the service itself fails on a file, which otherwise would look like a file without faults
 */
export async function askGitHub(root: string, sources: readonly Source[]): Promise<readonly Finding[]> {
  // Loaded here and not at the head, where it would come before json-imports.ts takes effect.
  const { registerLogger, validate } = await import('@actions/languageservice');
  const failures: string[] = [];
  const ignore = () => undefined;
  registerLogger({ error: (message) => failures.push(message), warn: ignore, info: ignore, log: ignore });
  const findings: Finding[] = [];
  for (const { file, text } of sources) {
    const document = TextDocument.create(pathToFileURL(join(root, file)).href, 'yaml', 0, text);
    const diagnostics = await validate(document, { fileProvider: filesOf(root) });
    if (failures.length > 0) throw new Error(`GitHub's check of ${file} failed: ${failures.join(' ')}`);
    for (const { range, message } of diagnostics) {
      const sentence = typeof message === 'string' ? message : message.value;
      findings.push({ file, line: range.start.line + 1, message: sentence });
    }
  }
  return findings;
}

/** Reads what `$/…` and `./…` name. */
function filesOf(root: string): FileProvider {
  return {
    async getFileContent(reference) {
      if ('repository' in reference) throw new Error(`${reference.repository} is another repository.`);
      return { name: reference.path, content: await readFile(join(root, reference.path), 'utf8') };
    },
  };
}
