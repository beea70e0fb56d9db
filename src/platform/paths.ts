/** Paths of ccp's files. No file is created here. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from './environment.ts';

export interface Paths {
  readonly configDir: string;
  readonly configFile: string;
  readonly credentialsDir: string;
  readonly stateDir: string;
  readonly ledgerDir: string;
  /** Limits of plans that the sessions of this machine have met. */
  readonly wallsDir: string;
  readonly logDir: string;
  readonly proxyLog: string;
  readonly bodiesLog: string;
  readonly runDir: string;
  /** The system's policy. Its path is fixed: a variable must not replace it. */
  readonly systemPolicy: string;
  /** `CCP_MANAGED_POLICY`: a further policy, which replaces none. */
  readonly managedPolicy: string | undefined;
  readonly userPolicy: string;
  /** Denials of a policy that the user lifted for a while. */
  readonly policyOverrides: string;
  readonly auditFile: string;
}

export function pathsOf(env: Environment, platform: NodeJS.Platform = process.platform): Paths {
  const home = env.HOME || env.USERPROFILE || homedir();
  const windows = platform === 'win32';
  const configDir = windows
    ? join(env.APPDATA || join(home, 'AppData', 'Roaming'), 'ccp')
    : join(env.XDG_CONFIG_HOME || join(home, '.config'), 'ccp');
  const stateDir = windows
    ? join(env.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'ccp')
    : join(env.XDG_STATE_HOME || join(home, '.local', 'state'), 'ccp');
  return {
    configDir,
    configFile: join(configDir, 'config.json'),
    credentialsDir: join(configDir, 'credentials'),
    stateDir,
    ledgerDir: join(stateDir, 'ledger'),
    wallsDir: join(stateDir, 'walls'),
    logDir: join(stateDir, 'logs'),
    proxyLog: join(stateDir, 'logs', 'proxy.log'),
    bodiesLog: join(stateDir, 'logs', 'bodies.log'),
    runDir: join(stateDir, 'run'),
    systemPolicy: systemPolicyPath(platform),
    managedPolicy: env.CCP_MANAGED_POLICY || undefined,
    userPolicy: join(configDir, 'policy.json'),
    policyOverrides: join(stateDir, 'policy-overrides.json'),
    auditFile: join(stateDir, 'audit.jsonl'),
  };
}

function systemPolicyPath(platform: NodeJS.Platform): string {
  if (platform === 'darwin') return '/Library/Application Support/ccp/policy.json';
  if (platform === 'win32') return 'C:\\Program Files\\ccp\\policy.json';
  return '/etc/ccp/policy.json';
}
