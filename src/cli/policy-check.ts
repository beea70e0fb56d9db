/** `ccp policy check`: the files, rules without an effect, who may write the files, and the chain of the audit log. */
import { statSync } from 'node:fs';
import { auditFile } from '../app/audit.ts';
import type { AppContext } from '../app/context.ts';
import { knownSubjects } from '../app/policy-explain.ts';
import { checkAudit } from '../ledger/audit.ts';
import { sha256 } from '../platform/randomness.ts';
import { policyFindings } from '../policy/check.ts';
import type { PolicyLayer } from '../policy/policy.ts';

/** @returns 1 when a file cannot be used, a rule has a fault, or the audit log was changed. */
export function checkPolicy(head: string | undefined, context: AppContext): number {
  const { layers, problems } = context.policy.current;
  const lines: string[] = [];
  for (const layer of layers) lines.push(`ok       ${layer.path}: ${kindTexts[layer.kind]}${writersText(layer)}`);
  for (const { path, message } of problems) lines.push(`fault    ${path}: ${message}`);
  const findings = policyFindings(layers, knownSubjects(context.policy.repository, context));
  for (const { path, rule, message } of findings) lines.push(`fault    ${path}: ${rule}: ${message}`);
  const audit = auditLines(head, context);
  lines.push(...audit.lines);
  if (layers.length === 0 && problems.length === 0) lines.unshift('No policy is in force.');
  process.stdout.write(`${lines.join('\n')}\n`);
  return problems.length > 0 || findings.length > 0 || !audit.isWhole ? 1 : 0;
}

const kindTexts = {
  system: 'the policy of this system',
  managed: 'named by CCP_MANAGED_POLICY',
  user: 'your own; it only narrows',
  repository: 'of the repository; it only narrows',
} as const;

/** Who can change a file: an administrator's rules are worth what its permissions are. */
function writersText({ path }: PolicyLayer): string {
  if (process.platform === 'win32') return '';
  const { uid, mode } = statSync(path);
  const owner = uid === 0 ? 'root' : uid === process.getuid?.() ? 'you' : `user ${uid}`;
  const others = (mode & 0o002) !== 0 ? ' and everyone' : (mode & 0o020) !== 0 ? ' and its group' : '';
  return `; written by ${owner}${others}`;
}

function auditLines(expectedHead: string | undefined, context: AppContext): { lines: string[]; isWhole: boolean } {
  const file = auditFile(context);
  const texts = file.lines();
  const { problem, head, expectedHead: place } = checkAudit(texts, sha256, expectedHead);
  if (problem)
    return { lines: [`fault    ${context.paths.auditFile}: line ${problem.line}: ${problem.text}`], isWhole: false };
  if (place === 'missing')
    return { lines: [`fault    ${context.paths.auditFile}: no line has the hash ${expectedHead}`], isWhole: false };
  const lines = texts.length === 0 ? [] : [`ok       ${context.paths.auditFile}: ${texts.length} lines, head ${head}`];
  if (place === 'line') lines.push(`ok       the hash ${expectedHead} is in it`);
  if (place === 'removed')
    lines.push(
      `ok       the first line follows the hash ${expectedHead}; its own line is gone, as after the retention`,
    );
  return { lines, isWhole: true };
}
